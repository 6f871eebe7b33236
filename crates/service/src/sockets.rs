//! Open sockets: a row each. A socket is told where it stands when it resumes; from there it knows by the numbers what it missed.

use inbox::audience::Reader;
use inbox::event::{Counts, Event};
use inbox::id::ConnectionId;
use inbox::limits;
use inbox::moment::Moment;
use inbox::position::{Feed, Position, Segment};
use inbox::preferences::Preferences;
use table::Freshness;
use table::connections::{Connection, Rewritten};
use table::state::Muting;

use crate::catch_up::{CaughtUp, Missed, advance};
use crate::channels::Need;
use crate::snapshot::position;
use crate::{After, Error, Service};

/// Where each of a reader's feeds stands: their own first, then the channels in the order of their token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Positions(pub Vec<(Feed, Segment)>);

/// What one commit brought a socket that resumed.
#[derive(Clone, Debug)]
pub struct Step {
    /// In order; what the reader muted is left out.
    pub events: Vec<Event>,
    /// The position behind it.
    pub position: Position,
}

/// An answer to `resume`.
#[derive(Clone, Debug)]
pub struct Resumed {
    /// Whose socket it is.
    pub reader: Reader,
    /// What was missed, commit by commit; the last of them ends with the counts. Or one reset.
    pub steps: Vec<Step>,
    /// The position behind all of it.
    pub position: Position,
    /// Whether there is more to fetch at once, by resuming from `position`.
    pub more: bool,
    /// `position` by feed: the numbers that the socket holds from now on.
    pub positions: Positions,
}

impl Service {
    /// Takes note of a new socket; until it resumes it is pushed to all the same.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Internal`].
    pub async fn connect(&self, id: &ConnectionId, reader: &Reader, token_expires: Moment) -> Result<(), Error> {
        let state = self.inner.table.state(&reader.own_feed(), Freshness::Eventual).await?;
        let opened = self.now();
        let expires = token_expires.min(opened.plus(limits::SOCKET_LIFE));
        let socket = Connection { id: id.clone(), reader: reader.clone(), muting: state.muting(), opened, expires };
        Ok(self.inner.table.put_connection(&socket, self.shards()).await?)
    }

    /// Forgets a socket.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Internal`]; then its row stays until it expires or a push finds the socket gone.
    pub async fn disconnect(&self, id: &ConnectionId) -> Result<(), Error> {
        Ok(self.inner.table.remove_connection(id, self.shards()).await?)
    }

    /// What a socket's reader missed since a position, and where that leaves them. Its row heeds from now on what they mute now.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the socket is not known, or its time is over: it is to be closed. [`Error::Busy`], [`Error::Internal`].
    pub async fn resume(&self, id: &ConnectionId, after: After) -> Result<Resumed, Error> {
        let mut socket = self.open_socket(id).await?;
        let mut told = self.told_since(&socket.reader, after.clone()).await?;
        if socket.muting.muted != told.muting.muted {
            socket.muting = told.muting;
            if self.inner.table.rewrite_connection(&socket, self.shards()).await? == Rewritten::Gone {
                return Err(Error::NotFound("socket"));
            }
            // Of what came until now, the row may have let something through that this answer hides.
            told = self.told_since(&socket.reader, after).await?;
        }
        let Told { steps, position, more, .. } = told;
        let positions = by_feed(&socket.reader, &position);
        Ok(Resumed { reader: socket.reader, steps, position, more, positions })
    }

    async fn told_since(&self, reader: &Reader, after: After) -> Result<Told, Error> {
        let (position, muting) = match after {
            After::Now => {
                let (position, muting) = self.position_now(reader).await?;
                return Ok(Told { steps: Vec::new(), position, more: false, muting });
            }
            After::Unreadable => self.position_now(reader).await?,
            // Consistently: whoever heard of a number resumes to get it.
            After::Position(from) => match self.catch_up(reader, &from, Freshness::Consistent).await? {
                CaughtUp::Reset(position, muting) => (position, muting),
                CaughtUp::Groups(Missed { groups, muting, from, more }) => {
                    let (steps, position) = steps(&groups, &muting.muted, from);
                    return Ok(Told { steps, position, more, muting });
                }
            },
        };
        let steps = vec![Step { events: vec![Event::Reset], position: position.clone() }];
        Ok(Told { steps, position, more: false, muting })
    }

    /// Where a socket's feeds stand, as far as this process knows: a push that was lost shows in the numbers.
    ///
    /// # Errors
    /// As [`Service::resume`].
    pub async fn ping(&self, id: &ConnectionId) -> Result<Positions, Error> {
        let reader = self.open_socket(id).await?.reader;
        let views = self.views(&reader, Need::Recent).await?;
        let feed = reader.own_feed();
        let state = self.inner.table.state(&feed, Freshness::Eventual).await?;
        let head = self.inner.table.head(&feed, &state);
        Ok(by_feed(&reader, &position(&head, views.iter().map(|view| &**view), self.now())))
    }

    /// Counts a message that a socket should not have sent; tells whether to close it now: after some, or where it is not known.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Internal`].
    pub async fn socket_fault(&self, id: &ConnectionId) -> Result<bool, Error> {
        let faults = self.inner.table.connection_fault(id, self.shards()).await?;
        Ok(faults.is_none_or(|faults| faults > limits::SOCKET_FAULTS))
    }

    async fn open_socket(&self, id: &ConnectionId) -> Result<Connection, Error> {
        let found = self.inner.table.connection(id, self.shards()).await?;
        found.filter(|socket| socket.expires > self.now()).ok_or(Error::NotFound("socket"))
    }
}

/// What a socket's reader is told of what they missed.
struct Told {
    steps: Vec<Step>,
    position: Position,
    more: bool,
    muting: Muting,
}

fn by_feed(reader: &Reader, position: &Position) -> Positions {
    let channels = reader.channels().map(|channel| reader.channel_feed(&channel));
    Positions(std::iter::once(reader.own_feed()).chain(channels).zip(position.0.iter().copied()).collect())
}

/// One step a group that brings anything; the counts once, at the end.
fn steps(groups: &[(usize, std::sync::Arc<crate::Group>)], muted: &Preferences, mut position: Position) -> (Vec<Step>, Position) {
    let mut steps = Vec::new();
    let mut counts: Option<Counts> = None;
    for (feed, group) in groups {
        advance(&mut position, *feed, group.segment);
        let mut events = Vec::new();
        for (_, event) in group.shown(muted) {
            if let Event::Inbox(now) = event {
                counts = Some(*now);
            } else {
                events.push(event.clone());
            }
        }
        if !events.is_empty() {
            steps.push(Step { events, position: position.clone() });
        }
    }
    if let Some(counts) = counts {
        steps.push(Step { events: vec![Event::Inbox(counts)], position: position.clone() });
    }
    (steps, position)
}

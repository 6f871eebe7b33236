//! One reader's stream: what they missed, then what comes, until it ends. Knows no transport.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::FutureExt;
use inbox::audience::Reader;
use inbox::id::ClientId;
use inbox::moment::Moment;
use inbox::position::{Feed, FeedTag, Position, Seq};
use inbox::preferences::Preferences;
use inbox::stream::{Clockwork, Ending, Step};
use table::Freshness;
use table::stream_slots::StreamSlot;
use tokio::task::JoinHandle;

use crate::catch_up::{CaughtUp, advance};
use crate::group::Group;
use crate::hub::{Mailbox, Post};
use crate::tail::Tail;
use crate::{After, Error, Service};

/// A stream, please.
#[derive(Clone, Debug)]
pub struct OpenStream {
    /// Whose.
    pub reader: Reader,
    /// Since when.
    pub after: After,
    /// The client instance, whose newer stream ends its older one.
    pub client: Option<ClientId>,
    /// When the token that opens it expires: the stream ends then.
    pub token_expires: Moment,
    /// How often an idle stream beats.
    pub beat: Duration,
    /// How long it lasts at most.
    pub window: Duration,
}

/// What comes out of a stream. After a group or a reset, [`Stream::position`] is the place behind it.
#[derive(Debug)]
pub enum Item {
    /// The events of one commit.
    Group(Arc<Group>),
    /// The position that the reader came with cannot be honoured: fetch the lists again.
    Reset,
    /// Still here.
    Beat,
    /// No more.
    End(Ending),
}

/// A reader's stream. Dropping it takes it off the hub.
pub struct Stream {
    service: Service,
    reader: Reader,
    feed: Feed,
    id: u64,
    tails: Vec<Arc<Tail>>,
    mailbox: Arc<Mailbox>,
    position: Position,
    preferences: Preferences,
    clockwork: Clockwork,
    timer: Pin<Box<tokio::time::Sleep>>,
    client: Option<ClientId>,
    missed: std::collections::VecDeque<(usize, Arc<Group>)>,
    /// There is more behind what was missed; it is read once that is taken, so that a stream never holds all of it.
    more: bool,
    /// A reset that is still to be told, and the position behind it.
    reset: Option<Position>,
    /// A task of its own: a reader who takes nothing is not polled, and must not hold up those who wait for the same copy.
    reading: Option<JoinHandle<Result<Read, Error>>>,
    /// What it holds of the streams that all processes together may hold.
    slot: Option<StreamSlot>,
    /// The slot is being given back; then the stream ends. A process may be frozen after its last answer.
    releasing: Option<(JoinHandle<()>, Ending)>,
    ended: bool,
}

enum Read {
    CaughtUp(CaughtUp),
    Newest(bool),
}

impl Service {
    /// Opens a stream: hung on the hub first, then caught up, so that nothing falls between.
    ///
    /// # Errors
    /// [`Error::Busy`] where no stream is taken now; [`Error::Internal`].
    pub async fn open_stream(&self, ask: OpenStream) -> Result<Stream, Error> {
        if self.inner.hub.closed() || self.inner.hub.open_streams() >= self.inner.settings.streams_max {
            return Err(Error::busy());
        }
        let now = self.now();
        let feed = ask.reader.own_feed();
        // Numbers of different processes must not meet, so they are drawn by chance.
        let id = self.inner.entropy.u64();
        let mailbox = Arc::new(Mailbox::default());
        let mut stream = Stream {
            service: self.clone(),
            feed,
            id,
            tails: Vec::with_capacity(2 + ask.reader.topics.len()),
            mailbox,
            position: Position::default(),
            preferences: Preferences::default(),
            clockwork: Clockwork::new(now, ask.beat, ask.window, ask.token_expires),
            timer: Box::pin(tokio::time::sleep(Duration::ZERO)),
            client: None,
            missed: std::collections::VecDeque::new(),
            more: false,
            reset: None,
            reading: None,
            slot: None,
            releasing: None,
            ended: false,
            reader: ask.reader,
        };
        self.inner.hub.opened();
        if let Some(cap) = self.inner.settings.streams_everywhere_max {
            let cap = u32::try_from(cap).unwrap_or(u32::MAX);
            let slot = self.inner.table.acquire_stream_slot(now, ask.window + ask.beat * 2, cap).await?;
            stream.slot = Some(slot.ok_or_else(Error::busy)?);
        }
        stream.hang().await?;
        // Whoever hung a stream on the hub after all were told to end would not be told.
        if self.inner.hub.closed() {
            return Err(Error::busy());
        }
        if let Some(client) = ask.client {
            let expires = now.plus(ask.window + ask.beat * 2);
            self.inner.hub.take_over(&stream.feed, &client, &stream.mailbox, now);
            stream.client = Some(client.clone());
            // Not through the stream: shared across an await, it would have to be Sync.
            let feed = stream.feed.clone();
            self.inner.table.put_newest_stream(&feed, &client, id, expires).await?;
        }
        stream.begin(ask.after).await?;
        Ok(stream)
    }
}

impl Stream {
    async fn hang(&mut self) -> Result<(), Error> {
        let service = self.service.clone();
        let hub = service.hub();
        self.tails.push(hub.hang(&self.feed, Some(&self.reader), 0, self.id, &self.mailbox));
        for (index, channel) in self.reader.channels().enumerate() {
            let feed = self.reader.channel_feed(&channel);
            self.tails.push(hub.hang(&feed, None, index + 1, self.id, &self.mailbox));
        }
        for tail in &self.tails {
            service.begin_tail(tail).await?;
        }
        Ok(())
    }

    async fn begin(&mut self, after: After) -> Result<(), Error> {
        match after {
            After::Now => {
                let (fresh, muting) = self.service.position_now(&self.reader).await?;
                (self.position, self.preferences) = (fresh, muting.muted);
            }
            After::Unreadable => {
                let (fresh, muting) = self.service.position_now(&self.reader).await?;
                self.preferences = muting.muted;
                self.reset = Some(fresh);
            }
            After::Position(position) => {
                self.position = position.clone();
                let caught = self.service.catch_up(&self.reader, &position, Freshness::Consistent).await?;
                self.caught_up(caught);
            }
        }
        Ok(())
    }

    fn caught_up(&mut self, caught: CaughtUp) {
        match caught {
            CaughtUp::Reset(position, muting) => {
                self.preferences = muting.muted;
                self.missed.clear();
                self.more = false;
                self.reset = Some(position);
            }
            CaughtUp::Groups(missed) => {
                self.position = missed.from;
                self.preferences = missed.muting.muted;
                self.missed.extend(missed.groups);
                self.more = missed.more;
            }
        }
    }

    /// Where the reader stands: behind the last item. While a reset is still to come it is where they came from, so that a
    /// stream cut before it is told again.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// What the reader does not want to see of channels.
    pub fn preferences(&self) -> &Preferences {
        &self.preferences
    }

    /// How many streams all processes held when this one was opened, itself among them; `None` where nobody counts them.
    pub fn open_everywhere(&self) -> Option<u64> {
        self.slot.map(|slot| slot.open)
    }

    /// Whose stream it is.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The next item. After [`Item::End`] comes nothing.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        loop {
            if self.ended {
                return Poll::Ready(None);
            }
            if let Some((_, why)) = self.releasing {
                return self.end(cx, why);
            }
            if let Some(fresh) = self.reset.take() {
                self.position = fresh;
                return Poll::Ready(Some(Item::Reset));
            }
            if let Some((at, why)) = self.mailbox.ends() {
                self.clockwork.end_at(at, why);
            }
            // Whatever waits, waits for the next stream: this one does not outlive its token.
            if let Step::End(why) = self.clockwork.step(self.service.clock().now()) {
                return self.end(cx, why);
            }
            if let Some(reading) = &mut self.reading {
                let Poll::Ready(read) = reading.poll_unpin(cx) else {
                    self.mailbox.watch(cx.waker());
                    ready!(self.wait_until(cx, self.clockwork.ends()));
                    continue;
                };
                self.reading = None;
                match read {
                    Ok(Ok(Read::CaughtUp(caught))) => self.caught_up(caught),
                    Ok(Ok(Read::Newest(true))) => {}
                    Ok(Ok(Read::Newest(false))) => return self.end(cx, Ending::NewerTwin),
                    Ok(Err(_)) | Err(_) => return self.end(cx, Ending::StoreFailed),
                }
                continue;
            }
            if let Some((feed, group)) = self.missed.pop_front() {
                if let Some(item) = self.take(feed, group) {
                    return Poll::Ready(Some(item));
                }
                continue;
            }
            if std::mem::take(&mut self.more) {
                self.look();
                continue;
            }
            match self.mailbox.take(cx.waker()) {
                Post::Group(feed, group) => {
                    if let Some(item) = self.take(feed, group) {
                        return Poll::Ready(Some(item));
                    }
                }
                Post::Look => self.look(),
                Post::Nothing => return self.tick(cx),
            }
        }
    }

    /// A group that follows is taken; one that was shown is passed; one from further on sends us to the store.
    fn take(&mut self, feed: usize, group: Arc<Group>) -> Option<Item> {
        let held = self.position.0.get(feed)?;
        let begins = group.follows == Seq::ZERO && held.n == Seq::ZERO;
        let same_life = held.feed == group.segment.feed || begins;
        if held.feed == group.segment.feed && group.segment.n <= held.n {
            return None;
        }
        let shown_more = |(tag, n): &(FeedTag, Seq)| self.position.of(*tag).is_some_and(|shown| shown.n > *n);
        if !same_life || group.follows > held.n || group.beside.iter().any(shown_more) {
            self.look();
            return None;
        }
        advance(&mut self.position, feed, group.segment);
        if let Some(muting) = &group.muting {
            self.preferences = muting.muted.clone();
        }
        self.clockwork.sent(self.service.clock().now());
        Some(Item::Group(group))
    }

    fn look(&mut self) {
        self.missed.clear();
        let (service, reader, position) = (self.service.clone(), self.reader.clone(), self.position.clone());
        let read = async move { service.catch_up(&reader, &position, Freshness::Consistent).await.map(Read::CaughtUp) };
        self.reading = Some(tokio::spawn(read));
    }

    fn tick(&mut self, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        let now = self.service.clock().now();
        match self.clockwork.step(now) {
            Step::End(why) => self.end(cx, why),
            Step::Beat => {
                self.clockwork.sent(now);
                self.look_for_twin();
                Poll::Ready(Some(Item::Beat))
            }
            Step::WaitUntil(moment) => {
                ready!(self.wait_until(cx, moment));
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    fn wait_until(&mut self, cx: &mut Context<'_>, moment: Moment) -> Poll<()> {
        let deadline = self.timer.deadline();
        let wanted = instant_in(moment.since(self.service.clock().now()));
        let off = deadline.saturating_duration_since(wanted) > SLACK || wanted.saturating_duration_since(deadline) > SLACK;
        if off || self.timer.is_elapsed() {
            self.timer.as_mut().reset(wanted);
        }
        self.timer.poll_unpin(cx)
    }

    fn look_for_twin(&mut self) {
        let Some(client) = self.client.clone() else { return };
        let (service, feed, id) = (self.service.clone(), self.feed.clone(), self.id);
        let read = async move {
            let newest = service.inner.table.newest_stream(&feed, &client, Freshness::Eventual).await?;
            Ok(Read::Newest(newest.is_none_or(|newest| newest == id)))
        };
        self.reading = Some(tokio::spawn(read));
    }

    fn end(&mut self, cx: &mut Context<'_>, why: Ending) -> Poll<Option<Item>> {
        if let Some(reading) = self.reading.take() {
            reading.abort();
        }
        if let Some(slot) = self.slot.take() {
            self.releasing = Some((self.service.release(slot), why));
        }
        if let Some((released, _)) = &mut self.releasing {
            // However it went: what is not given back counts until its window is over.
            let _: Result<(), _> = ready!(released.poll_unpin(cx));
            self.releasing = None;
        }
        self.ended = true;
        Poll::Ready(Some(Item::End(why)))
    }
}

impl Service {
    fn release(&self, slot: StreamSlot) -> JoinHandle<()> {
        let service = self.clone();
        tokio::spawn(async move {
            let released = tokio::time::timeout(RELEASE_WITHIN, service.inner.table.release_stream_slot(slot)).await;
            if !matches!(released, Ok(Ok(()))) {
                tracing::debug!("a stream's slot is not given back; it counts until its window is over");
            }
        })
    }
}

/// How long an ending stream waits until its slot is given back.
const RELEASE_WITHIN: Duration = Duration::from_secs(1);

/// How far a timer may be off before it is set anew.
const SLACK: Duration = Duration::from_millis(1);

#[expect(clippy::disallowed_methods, reason = "a timer of tokio wants an instant of tokio; what time it is was asked of the clock")]
fn instant_in(wait: Duration) -> tokio::time::Instant {
    tokio::time::Instant::now() + wait
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take()
            && tokio::runtime::Handle::try_current().is_ok()
        {
            drop(self.service.release(slot));
        }
        let hub = self.service.hub();
        hub.dropped();
        for tail in &self.tails {
            hub.unhang(tail, self.id);
        }
        if let Some(client) = &self.client {
            hub.leave(&self.feed, client, &self.mailbox);
        }
    }
}

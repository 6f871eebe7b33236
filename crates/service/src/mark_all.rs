//! "All" is a watermark: a commit of two items, for one unread or for 100,000.

use inbox::audience::Reader;
use inbox::event::Counts;
use inbox::journal::Change;
use inbox::marks::{ChannelMarks, Watermarks};
use inbox::notification::Audience;
use inbox::position::{Feed, Position, Seq};
use table::commit::{Commit, Outcome};
use table::state::Epoch;

use crate::channels::{Need, View};
use crate::mark::numbers;
use crate::retry::{ATTEMPTS, LastFailure};
use crate::snapshot::{Part, Snapshot};
use crate::versions::digest;
use crate::{Error, Mark, Marked, Refusal, Service};

impl Service {
    pub(crate) async fn mark_all(&self, reader: &Reader, mark: Mark, up_to: Option<&Position>) -> Result<Marked, Error> {
        if !matches!(mark, Mark::Read | Mark::Seen | Mark::Delete) {
            return Err(Error::Refused(Refusal::SeenIsForAll));
        }
        let feed = reader.own_feed();
        let writer = self.writer(&feed);
        let _alone = writer.lock().await;
        let mut unclear = None;
        let marked = self.mark_all_alone(reader, &feed, mark, up_to, &mut unclear).await;
        // A commit whose answer was lost may be stored; then nothing is left to mark, and it is to be told all the same.
        if let Some(n) = unclear {
            self.marked_all(&feed, n, mark);
        }
        marked
    }

    /// Marks, while no other writer of this process does. `unclear` holds the number of a commit that may be stored, sent
    /// without a clear answer.
    async fn mark_all_alone(
        &self,
        reader: &Reader,
        feed: &Feed,
        mark: Mark,
        up_to: Option<&Position>,
        unclear: &mut Option<Seq>,
    ) -> Result<Marked, Error> {
        let mut failure = LastFailure::default();
        for attempt in 0..ATTEMPTS {
            let (mut snapshot, mut unread) = self.before_all(reader, mark, up_to, Need::Recent).await?;
            if up_to.is_some_and(|position| numbers(&snapshot, position).is_none()) {
                // Another process may have shown them more of a channel than this one's copy has.
                (snapshot, unread) = self.before_all(reader, mark, up_to, Need::Current).await?;
            }
            let seen = unread.map(|unread| Counts { unread, unseen: 0 });
            let fresh = Epoch(self.inner.entropy.u64());
            let mut commit = Commit::on(feed.clone(), snapshot.state.clone(), snapshot.now, fresh);
            if up_to.is_none() && nothing_since(&snapshot, mark) {
                let counts = if let Some(seen) = seen { seen } else { self.counts(reader).await?.0 };
                return Ok(Marked { changed: None, counts, more: false });
            }
            let places = places(&snapshot, commit.n(), up_to)?;
            raise(&mut commit, &snapshot, mark, &places);
            if commit.after.own == commit.before.own && commit.after.channels == commit.before.channels {
                return Ok(Marked { changed: None, counts: seen.unwrap_or_else(|| snapshot.counts()), more: false });
            }
            commit.changes = changes(mark, places);
            match self.inner.table.commit(&commit, self.now()).await {
                Ok(Outcome::Done) => {
                    *unclear = None;
                    self.marked_all(feed, commit.n(), mark);
                    let counts = seen.unwrap_or_else(|| counts_after(snapshot, &commit, mark, up_to));
                    return Ok(Marked { changed: None, counts, more: false });
                }
                Ok(Outcome::Lost | Outcome::Known(_)) => self.wait(attempt).await,
                Err(table::Error::Engine(source)) => {
                    failure.is(source);
                    *unclear = Some(commit.n());
                    self.wait(attempt).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(failure.give_up())
    }

    fn marked_all(&self, feed: &Feed, n: Seq, mark: Mark) {
        self.committed(feed, n);
        if mark == Mark::Delete {
            self.to_sweep(feed);
        }
    }

    /// Where all of it is marked read or deleted, nothing of it need be counted; where all is seen, what was counted when it was
    /// shown still holds, if nothing came since. That count is the second value.
    async fn before_all(
        &self,
        reader: &Reader,
        mark: Mark,
        up_to: Option<&Position>,
        need: Need,
    ) -> Result<(Snapshot, Option<u32>), Error> {
        if up_to.is_some() {
            return Ok((self.snapshot(reader, need).await?, None));
        }
        let light = self.uncounted(reader, need).await?;
        if mark != Mark::Seen {
            return Ok((light, None));
        }
        if let Some(unread) = self.inner.counted.unread(reader, digest(&light.position()), light.now) {
            return Ok((light, Some(unread)));
        }
        let views = light.parts.into_iter().map(|part| part.view).collect();
        Ok((self.snapshot_at(reader, light.feed, light.state, views).await?, None))
    }

    /// A reader's inbox without what is unread, and without their marks on broadcasts.
    async fn uncounted(&self, reader: &Reader, need: Need) -> Result<Snapshot, Error> {
        let feed = reader.own_feed();
        let (views, state) = self.read_beside(reader, &feed, need).await?;
        let now = self.now();
        let part = |(channel, view): (_, std::sync::Arc<View>)| {
            let marks = ChannelMarks::first_visit(view.head.tag, now);
            Part { channel, view, marks, stored: None }
        };
        let parts = reader.channels().zip(views).map(part).collect();
        let head = self.inner.table.head(&feed, &state);
        Ok(Snapshot { reader: reader.clone(), feed, state, head, parts, rows: Vec::new(), now })
    }
}

/// The places up to which all is marked, the reader's own feed first; a feed without a commit is left out.
fn places(snapshot: &Snapshot, n: Seq, up_to: Option<&Position>) -> Result<Vec<(Audience, Seq)>, Error> {
    let heads = match up_to {
        Some(position) => numbers(snapshot, position).ok_or(Error::Refused(Refusal::ForeignPosition))?,
        // Nothing becomes unread in the commit itself, so its own number may be the watermark.
        None => std::iter::once(n).chain(snapshot.parts.iter().map(|part| part.view.head.n)).collect(),
    };
    let audiences = std::iter::once(Audience::User).chain(snapshot.parts.iter().map(|part| Audience::Channel(part.channel.clone())));
    Ok(audiences.zip(heads).filter(|(_, n)| *n > Seq::ZERO).collect())
}

/// What the journal says of it. Deleting all reads what is left, such as a younger broadcast that was marked unread in between.
fn changes(mark: Mark, places: Vec<(Audience, Seq)>) -> Vec<Change> {
    let own = places.iter().find(|(audience, _)| *audience == Audience::User).cloned();
    match mark {
        Mark::Delete => own.map(|own| Change::ReadUpTo(vec![own])).into_iter().chain([Change::DeletedUpTo(places)]).collect(),
        Mark::Seen => vec![Change::SeenUpTo(places)],
        Mark::Read | Mark::Unread | Mark::Archive | Mark::Restore => vec![Change::ReadUpTo(places)],
    }
}

/// Whether all was marked before and nothing was committed since. A channel in which nothing is live has nothing to mark.
fn nothing_since(snapshot: &Snapshot, mark: Mark) -> bool {
    let place = |marks: Watermarks| match mark {
        Mark::Delete => marks.deleted,
        Mark::Seen => marks.seen,
        Mark::Read | Mark::Unread | Mark::Archive | Mark::Restore => marks.read,
    };
    place(snapshot.state.own) >= snapshot.head.n
        && snapshot
            .parts
            .iter()
            .all(|part| place(part.watermarks(&snapshot.state)) >= part.view.head.n || part.view.live_marks(snapshot.now).is_empty())
}

fn raise(commit: &mut Commit, snapshot: &Snapshot, mark: Mark, places: &[(Audience, Seq)]) {
    let lift = |marks: &mut Watermarks, n: Seq| match mark {
        Mark::Delete => marks.raise_deleted(n),
        Mark::Seen => marks.raise_seen(n),
        Mark::Read | Mark::Unread | Mark::Archive | Mark::Restore => marks.raise_read(n),
    };
    for (audience, n) in places {
        match audience {
            Audience::User => lift(&mut commit.after.own, *n),
            Audience::Channel(channel) => {
                let Some(part) = snapshot.parts.iter().find(|part| part.channel == *channel) else { continue };
                let mut marks = commit.after.channel(channel, part.view.head.tag);
                lift(&mut marks, *n);
                if let Some(held) = part.view.watermarks(marks, commit.after.channels.get(channel), snapshot.now) {
                    commit.after.channels.insert(channel.clone(), held);
                }
            }
        }
    }
}

fn counts_after(mut snapshot: Snapshot, commit: &Commit, mark: Mark, up_to: Option<&Position>) -> Counts {
    if up_to.is_none() && mark != Mark::Seen {
        return Counts::default();
    }
    snapshot.state = commit.after.clone();
    let marks = commit.after.own;
    snapshot.rows.retain(|row| row.since > marks.read && row.slot.born > marks.deleted);
    snapshot.counts()
}

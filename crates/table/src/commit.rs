//! One commit of a feed: what must become true, as one transaction.
//!
//! The counter on `STATE` moves from n−1 to n on condition that it was n−1, so no number burns and no two writers agree on one.
//!
//! An entry's time is that of its decision, and readers take an entry of a certain age for settled. So a commit lands within half
//! that age of its decision or is given up.
//!
//! A channel may stand in several partitions. The same transaction writes all of them, and its conditions stand on the feed's own alone.

use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, Delete, Put, ReturnConsumedCapacity, ReturnItemCollectionMetrics, TransactWriteItem};
use inbox::id::{Channel, EventId, Slot};
use inbox::journal::{Change, Entry};
use inbox::limits;
use inbox::marks::ChannelMarks;
use inbox::moment::Moment;
use inbox::position::{Feed, Seq};

use crate::item::{Item, number, text};
use crate::key::{self, PK, SK};
use crate::keys::{Name, Named};
use crate::notifications::Stored;
use crate::state::{Epoch, FeedState};
use crate::tasks::StoredTask;
use crate::{Error, Table, entry, failed, keys, marks, notifications, state, tasks};

/// How long after its decision a commit may still be on its way. The other half of the age is for clocks that disagree.
const IN_TIME: Duration = Duration::from_millis(limits::SETTLE_AGE.as_secs() * 500);

/// One item that a commit writes, besides the state and the entry.
#[derive(Clone, Debug)]
pub enum Write {
    /// A new notification.
    NewNotification(Stored),
    /// A changed notification; the second is the `rev` that was read.
    Notification(Stored, Seq),
    /// A deleted notification.
    RemoveNotification(Slot),
    /// A new task.
    NewTask(StoredTask),
    /// A task's further report; the second is the `rev` that was read.
    Task(StoredTask, Seq),
    /// An event's identity, on condition that it has none.
    Identity(EventId, Named),
    /// A name; the third is the `rev` that was read, `None` where it stood for nothing.
    Name(Name, Named, Option<Seq>),
    /// A user's marks on a channel; the third is the `rev` that was read, `None` where there was no item.
    Marks(Channel, ChannelMarks, Option<Seq>),
}

/// A commit, complete.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Whose journal.
    pub feed: Feed,
    /// When it was decided.
    pub decided: Moment,
    /// The state that it was decided on.
    pub before: FeedState,
    /// The state that it makes: one number further, with an epoch.
    pub after: FeedState,
    /// What the journal says.
    pub changes: Vec<Change>,
    /// The documents and names.
    pub writes: Vec<Write>,
}

/// What became of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is stored.
    Done,
    /// Another writer was first, or what was read is not so any more: read again, wait, decide again.
    Lost,
    /// Nothing is stored, for these events were applied before: decide again without them.
    Known(Vec<EventId>),
}

impl Commit {
    /// A commit on top of `before`, at `now` or the state's own time if later; `fresh` becomes the epoch of a feed's first commit.
    pub fn on(feed: Feed, before: FeedState, now: Moment, fresh: Epoch) -> Self {
        let mut after = before.clone();
        after.epoch = after.epoch.or(Some(fresh));
        after.n = before.n.next();
        after.at = before.at.max(now);
        Self { feed, decided: now, before, after, changes: Vec::new(), writes: Vec::new() }
    }

    /// Its number.
    pub fn n(&self) -> Seq {
        self.after.n
    }
}

impl Table {
    /// Makes a commit true, or changes nothing; at `now`, by the clock that it was decided by. One that was decided five seconds
    /// ago is lost before it is sent, one that is on its way at that time is given up.
    ///
    /// # Errors
    /// [`Error::Conflict`] never: it is [`Outcome::Lost`]. Otherwise as the table's; then it is not known whether it is stored.
    pub async fn commit(&self, commit: &Commit, now: Moment) -> Result<Outcome, Error> {
        let left = IN_TIME.saturating_sub(now.since(commit.decided));
        if left.is_zero() {
            return Ok(Outcome::Lost);
        }
        self.meter.commit();
        let own = key::feed(&commit.feed);
        let mut items = vec![self.state_item(&own, commit)?, self.entry_item(&own, commit)?];
        for write in &commit.writes {
            items.push(self.write_item(&own, write, commit.after.at)?);
        }
        // These come last: a refusal is read by its place.
        for partition in self.further_partitions(&commit.feed) {
            items.push(self.put(state::write(&partition, &commit.after), None)?);
            items.push(self.entry_item(&partition, commit)?);
            for write in &commit.writes {
                items.extend(self.followed_item(&partition, write)?);
            }
        }
        let sending = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .return_item_collection_metrics(ReturnItemCollectionMetrics::Size)
            .send();
        match tokio::time::timeout(left, sending).await.map_err(|late| Error::Engine(Box::new(late)))? {
            Ok(answer) => {
                self.meter.write(answer.consumed_capacity());
                self.meter.collections(answer.item_collection_metrics().into_iter().flat_map(|tables| tables.values().flatten()));
                Ok(Outcome::Done)
            }
            Err(error) => judge(commit, error).inspect(|outcome| {
                if *outcome == Outcome::Lost {
                    self.meter.conflict();
                }
            }),
        }
    }

    fn state_item(&self, pk: &str, commit: &Commit) -> Result<TransactWriteItem, Error> {
        let put = Put::builder().table_name(&*self.name).set_item(Some(state::write(pk, &commit.after)));
        let put = match commit.before.epoch {
            None => put.condition_expression("attribute_not_exists(PK)"),
            Some(epoch) => put
                .condition_expression("n = :n AND epoch = :epoch")
                .expression_attribute_values(":n", number(commit.before.n))
                .expression_attribute_values(":epoch", text(format!("{:016x}", epoch.0))),
        };
        Ok(TransactWriteItem::builder().put(put.build().map_err(engine)?).build())
    }

    fn entry_item(&self, pk: &str, commit: &Commit) -> Result<TransactWriteItem, Error> {
        let entry = Entry { n: commit.n(), at: commit.after.at, changes: commit.changes.clone() };
        let epoch = commit.after.epoch.ok_or(Error::Corrupt("epoch"))?;
        self.put(entry::write(pk, epoch, &entry), None)
    }

    fn write_item(&self, pk: &str, write: &Write, now: Moment) -> Result<TransactWriteItem, Error> {
        let absent = || Some(("attribute_not_exists(PK)", None));
        // An expired name stands for nothing, yet may still be there: TTL deletes late.
        let free = || Some(("attribute_not_exists(PK) OR expiresAt <= :was", Some(number(now.millis()))));
        let rev = |rev: &Seq| Some(("rev = :was", Some(number(rev))));
        match write {
            Write::NewNotification(stored) => self.put(notifications::write(pk, stored), None),
            Write::Notification(stored, was) => self.put(notifications::write(pk, stored), rev(was)),
            Write::RemoveNotification(slot) => self.delete(pk, *slot),
            Write::NewTask(stored) => self.put(tasks::write(pk, stored), None),
            Write::Task(stored, was) => self.put(tasks::write(pk, stored), rev(was)),
            Write::Identity(id, named) => self.put(keys::write(pk, &Name::Event(id.clone()), named), free()),
            Write::Name(name, named, was) => self.put(keys::write(pk, name, named), was.as_ref().map_or_else(free, rev)),
            Write::Marks(channel, held, was) => self.put(marks::write(pk, channel, held), was.as_ref().map_or_else(absent, rev)),
        }
    }

    /// The same in a further partition of a channel, which holds what its readers follow: no names, and nobody's tasks or marks.
    fn followed_item(&self, pk: &str, write: &Write) -> Result<Option<TransactWriteItem>, Error> {
        Ok(match write {
            Write::NewNotification(stored) | Write::Notification(stored, _) => Some(self.put(notifications::write(pk, stored), None)?),
            Write::RemoveNotification(slot) => Some(self.delete(pk, *slot)?),
            Write::NewTask(_) | Write::Task(..) | Write::Identity(..) | Write::Name(..) | Write::Marks(..) => None,
        })
    }

    fn delete(&self, pk: &str, slot: Slot) -> Result<TransactWriteItem, Error> {
        let delete = Delete::builder().table_name(&*self.name).key(PK, text(pk)).key(SK, text(key::notification(slot)));
        Ok(TransactWriteItem::builder().delete(delete.build().map_err(engine)?).build())
    }

    fn put(
        &self,
        item: Item,
        condition: Option<(&str, Option<aws_sdk_dynamodb::types::AttributeValue>)>,
    ) -> Result<TransactWriteItem, Error> {
        let mut put = Put::builder().table_name(&*self.name).set_item(Some(item));
        if let Some((expression, value)) = condition {
            put = put.condition_expression(expression);
            if let Some(value) = value {
                put = put.expression_attribute_values(":was", value);
            }
        }
        Ok(TransactWriteItem::builder().put(put.build().map_err(engine)?).build())
    }
}

fn engine(error: aws_sdk_dynamodb::error::BuildError) -> Error {
    Error::Engine(Box::new(error))
}

/// Reads a canceled transaction reason by reason. Whatever else happened, a lost race is a lost race: who was first decides anew.
fn judge(commit: &Commit, error: SdkError<TransactWriteItemsError>) -> Result<Outcome, Error> {
    let reasons = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => canceled.cancellation_reasons(),
        _ => {
            return match failed(error) {
                Error::Conflict | Error::Throttled(_) => Ok(Outcome::Lost),
                other @ (Error::Hole | Error::Corrupt(_) | Error::Invalid(_) | Error::Engine(_)) => Err(other),
            };
        }
    };
    let code = |reason: &CancellationReason| reason.code().unwrap_or("None").to_owned();
    let codes: Vec<String> = reasons.iter().map(code).collect();
    if codes.iter().any(|code| code == "ValidationError") {
        return Err(Error::Invalid(Box::new(error)));
    }
    if codes.iter().any(|code| code == "ItemCollectionSizeLimitExceeded") {
        return Err(failed(error));
    }
    let mut known = Vec::new();
    for (place, code) in codes.iter().enumerate() {
        let write = place.checked_sub(2).and_then(|place| commit.writes.get(place));
        match (code.as_str(), write) {
            ("None", _) => {}
            ("ConditionalCheckFailed", Some(Write::Identity(id, _))) => known.push(id.clone()),
            _ => return Ok(Outcome::Lost),
        }
    }
    Ok(if known.is_empty() { Outcome::Lost } else { Outcome::Known(known) })
}

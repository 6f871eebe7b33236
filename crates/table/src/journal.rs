//! The journal and the documents that its entries name, as single reads. What a reader may believe of them: `settle`.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{Get, KeysAndAttributes, ReturnConsumedCapacity, TransactGetItem};
use inbox::id::UserId;
use inbox::journal::{Doc, Entry};
use inbox::limits;
use inbox::moment::Moment;
use inbox::position::{Feed, FeedOf, Seq};

use crate::item::{Item, Read, text};
use crate::key::{self, PK, SK};
use crate::notifications::Stored;
use crate::state::Epoch;
use crate::tasks::StoredTask;
use crate::{Error, Freshness, Table, entry, failed, notifications, tasks, unprocessed};

/// A document that an entry named, as it stands now.
#[derive(Clone, Debug, PartialEq)]
pub enum Document {
    /// A notification or a broadcast.
    Notification(Stored),
    /// A task.
    Task(StoredTask),
}

impl Document {
    /// The commit that last wrote it.
    pub fn rev(&self) -> Seq {
        match self {
            Self::Notification(stored) => stored.rev,
            Self::Task(stored) => stored.rev,
        }
    }
}

/// What a read inside a transaction says of one item.
#[derive(Clone, Debug, PartialEq)]
pub enum Confirmed<T> {
    /// It is there, as no pending commit will change.
    Present(T),
    /// It is not there.
    Absent,
    /// A commit of it is under way: ask again.
    Pending,
}

/// DynamoDB takes at most 100 keys in one BatchGetItem.
const BATCH_KEYS: usize = 100;

impl Table {
    /// Entries after `after` up to `up_to`, in order; holes are the caller's to notice. At most 1,000.
    ///
    /// # Errors
    /// As the table's.
    pub async fn entries(&self, feed: &Feed, epoch: Epoch, after: Seq, up_to: Seq, freshness: Freshness) -> Result<Vec<Entry>, Error> {
        let mut entries = Vec::new();
        let mut start: Option<Item> = None;
        loop {
            let query = self.between(self.read_from(feed, freshness), key::entry(after.next()), key::entry(up_to));
            let answer = self.page(query.consistent_read(freshness.consistent()).set_exclusive_start_key(start.take())).await?;
            for item in answer.items() {
                entries.extend(entry::read(item, epoch)?);
            }
            start = answer.last_evaluated_key().cloned();
            if start.is_none() || entries.len() >= usize::try_from(limits::CURSOR_COMMITS).unwrap_or(usize::MAX) {
                return Ok(entries);
            }
        }
    }

    /// Entries up to `up_to` that are younger than `since`, newest first, consistently; it stops at the first older one.
    ///
    /// # Errors
    /// As the table's.
    pub async fn recent_entries(&self, feed: &Feed, epoch: Epoch, up_to: Seq, since: Moment) -> Result<Vec<Entry>, Error> {
        let mut entries = Vec::new();
        let mut start: Option<Item> = None;
        loop {
            let query = self.between(key::feed(feed), key::entry(Seq::ZERO), key::entry(up_to)).scan_index_forward(false);
            let answer = self.page(query.consistent_read(true).limit(50).set_exclusive_start_key(start.take())).await?;
            for item in answer.items() {
                if let Some(entry) = entry::read(item, epoch)? {
                    if entry.at < since {
                        return Ok(entries);
                    }
                    entries.push(entry);
                }
            }
            start = answer.last_evaluated_key().cloned();
            if start.is_none() {
                return Ok(entries);
            }
        }
    }

    /// The present state of documents; those that are absent are left out. Half a unit each, or one.
    ///
    /// # Errors
    /// As the table's; [`Error::Throttled`] also where some are not handed out, however often they are asked for.
    pub async fn documents(&self, feed: &Feed, docs: &[Doc], freshness: Freshness) -> Result<HashMap<Doc, Document>, Error> {
        let pk = self.read_from(feed, freshness);
        let mut found = HashMap::with_capacity(docs.len());
        for some in docs.chunks(BATCH_KEYS) {
            let mut keys: Vec<Item> =
                some.iter().map(|doc| Item::from([(PK.to_owned(), text(&pk)), (SK.to_owned(), text(key::doc(*doc)))])).collect();
            for attempt in 0.. {
                let ask = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(freshness.consistent()).build();
                let answer = self
                    .client
                    .batch_get_item()
                    .request_items(&*self.name, ask.map_err(|error| Error::Engine(Box::new(error)))?)
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send()
                    .await
                    .map_err(failed)?;
                self.meter.read(answer.consumed_capacity());
                for item in answer.responses().into_iter().flat_map(|tables| tables.values().flatten()) {
                    let (doc, document) = read_document(feed, item)?;
                    found.insert(doc, document);
                }
                let rest = answer.unprocessed_keys().and_then(|tables| tables.get(&*self.name));
                keys = rest.map(|rest| rest.keys().to_vec()).unwrap_or_default();
                if keys.is_empty() {
                    break;
                }
                unprocessed::pause(attempt).await?;
            }
        }
        Ok(found)
    }

    /// Asks for one document inside a transaction, which refuses while a commit of it is pending.
    ///
    /// # Errors
    /// As the table's.
    pub async fn confirm_document(&self, feed: &Feed, doc: Doc) -> Result<Confirmed<Document>, Error> {
        self.confirm(feed, key::doc(doc), |item| read_document(feed, item).map(|(_, document)| document)).await
    }

    /// Asks for one entry inside a transaction, likewise.
    ///
    /// # Errors
    /// As the table's.
    pub async fn confirm_entry(&self, feed: &Feed, epoch: Epoch, n: Seq) -> Result<Confirmed<Entry>, Error> {
        let found = self.confirm(feed, key::entry(n), |item| entry::read(item, epoch)).await?;
        Ok(match found {
            Confirmed::Present(Some(entry)) => Confirmed::Present(entry),
            Confirmed::Present(None) | Confirmed::Absent => Confirmed::Absent,
            Confirmed::Pending => Confirmed::Pending,
        })
    }

    async fn confirm<T>(&self, feed: &Feed, sk: String, read: impl FnOnce(&Item) -> Result<T, Error>) -> Result<Confirmed<T>, Error> {
        let get = Get::builder().table_name(&*self.name).key(PK, text(key::feed(feed))).key(SK, text(sk)).build();
        let get = get.map_err(|error| Error::Engine(Box::new(error)))?;
        let answer = self
            .client
            .transact_get_items()
            .transact_items(TransactGetItem::builder().get(get).build())
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                self.meter.read(answer.consumed_capacity());
                let item = answer.responses().first().and_then(|one| one.item()).filter(|item| !item.is_empty());
                item.map_or(Ok(Confirmed::Absent), |item| read(item).map(Confirmed::Present))
            }
            Err(error)
                if error.as_service_error().is_some_and(
                    aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsError::is_transaction_canceled_exception,
                ) =>
            {
                Ok(Confirmed::Pending)
            }
            Err(error) => Err(failed(error)),
        }
    }
}

fn read_document(feed: &Feed, item: &Item) -> Result<(Doc, Document), Error> {
    let doc = key::parse_doc(item.text(SK)?).ok_or(Error::Corrupt(SK))?;
    let document = match doc {
        Doc::Notification(_) => Document::Notification(notifications::read(item)?),
        Doc::Task(_) => Document::Task(tasks::read(item, owner(feed)?)?),
    };
    Ok((doc, document))
}

fn owner(feed: &Feed) -> Result<&UserId, Error> {
    match &feed.of {
        FeedOf::User(user) => Ok(user),
        FeedOf::Channel(_) => Err(Error::Corrupt("a task in a channel")),
    }
}

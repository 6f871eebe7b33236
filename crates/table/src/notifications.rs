//! Notifications and broadcasts: a list is a range of the table itself, what is unread a range of the index.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, ReturnConsumedCapacity, WriteRequest};
use inbox::id::{Category, EventKey, Slot};
use inbox::journal::Doc;
use inbox::limits;
use inbox::moment::Moment;
use inbox::notification::{Action, Content, Severity};
use inbox::position::{Feed, Seq};

use crate::item::{Item, Read, expire, number, text};
use crate::key::{self, PK, SK};
use crate::schema::UNREAD;
use crate::{Error, Table, failed, unprocessed};

/// `BatchWriteItem` takes no more at once (API reference, 2026).
const BATCH_WRITES: usize = 25;

/// A notification as stored in its feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Where it was born.
    pub slot: Slot,
    /// The commit that last wrote it.
    pub rev: Seq,
    /// The commit in which it became unread; `None` once read, archived, or in a channel.
    pub unread: Option<Seq>,
    /// Put away.
    pub archived: bool,
    /// What its author wrote.
    pub content: Content,
    /// When it was committed.
    pub created: Moment,
    /// When it goes.
    pub expires: Moment,
}

/// A row of the index of what is unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Which notification.
    pub slot: Slot,
    /// The commit in which it became unread.
    pub since: Seq,
    /// When it goes.
    pub expires: Moment,
}

/// A part of a list, newest first.
#[derive(Clone, Debug, Default)]
pub struct Range {
    /// What was read.
    pub found: Vec<Stored>,
    /// Where reading stopped before the range's end.
    pub more_below: Option<Slot>,
}

impl Table {
    /// Reads a range of notifications consistently, newest first: below `below`, born after `above`; at most `limit`, and 1 MB.
    ///
    /// # Errors
    /// As the table's.
    pub async fn notifications(&self, feed: &Feed, below: Slot, above: Seq, limit: Option<u32>) -> Result<Range, Error> {
        let (low, high) = (key::notification(Slot { born: above.next(), place: 0 }), below_key(below));
        let Some(high) = high.filter(|high| *high >= low) else { return Ok(Range::default()) };
        let query = self.between(key::feed(feed), low, high).scan_index_forward(false).consistent_read(true);
        let answer = self.page(query.set_limit(limit.and_then(|limit| i32::try_from(limit).ok()))).await?;
        let found = answer.items().iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let more_below = answer.last_evaluated_key().and_then(slot_of);
        Ok(Range { found, more_below })
    }

    /// What is unread above a watermark, newest first, consistently, up to `cap` that are not expired at `now`.
    ///
    /// # Errors
    /// As the table's.
    pub async fn unread(&self, feed: &Feed, above: Seq, deleted: Seq, now: Moment, cap: usize) -> Result<Vec<Unread>, Error> {
        let mut rows = Vec::new();
        let mut start: Option<Item> = None;
        loop {
            let query = self
                .a_query()
                .index_name(UNREAD)
                .key_condition_expression("PK = :pk AND unread > :above")
                .expression_attribute_values(":pk", text(key::feed(feed)))
                .expression_attribute_values(":above", number(above))
                .scan_index_forward(false)
                .consistent_read(true);
            let answer = self.page(query.limit(i32::try_from(cap).unwrap_or(i32::MAX)).set_exclusive_start_key(start.take())).await?;
            for item in answer.items() {
                let slot = slot_of(item).ok_or(Error::Corrupt(SK))?;
                let row = Unread { slot, since: item.seq(UNREAD)?, expires: item.moment("expiresAt")? };
                if row.expires > now && row.slot.born > deleted && rows.len() < cap {
                    rows.push(row);
                }
            }
            match answer.last_evaluated_key() {
                Some(key) if rows.len() < cap => start = Some(key.clone()),
                Some(_) | None => return Ok(rows),
            }
        }
    }

    /// The keys of up to `limit` documents from a slot on that were born at or below a watermark: what "delete all" hid and a sweep
    /// removes.
    ///
    /// # Errors
    /// As the table's.
    pub async fn hidden(&self, feed: &Feed, from: Slot, up_to: Seq, limit: u32) -> Result<Vec<Slot>, Error> {
        let high = key::notification(Slot { born: up_to, place: 99 });
        let query = self.between(key::feed(feed), key::notification(from), high).projection_expression(SK);
        let answer = self.page(query.limit(i32::try_from(limit).unwrap_or(i32::MAX))).await?;
        Ok(answer.items().iter().filter_map(slot_of).collect())
    }

    /// Removes documents that nobody sees any more, outside the journal: nothing changes for any reader.
    ///
    /// # Errors
    /// As the table's; [`Error::Throttled`] also where some stay, however often they are to go. What was removed stays removed.
    pub async fn remove(&self, feed: &Feed, slots: &[Slot]) -> Result<(), Error> {
        for some in slots.chunks(BATCH_WRITES) {
            let keys = some.iter().map(|slot| [(PK.to_owned(), text(key::feed(feed))), (SK.to_owned(), text(key::notification(*slot)))]);
            let delete =
                |key| Ok(WriteRequest::builder().delete_request(DeleteRequest::builder().set_key(Some(Item::from(key))).build()?).build());
            let deletes: Result<Vec<_>, BuildError> = keys.map(delete).collect();
            let mut deletes = deletes.map_err(|error| Error::Engine(Box::new(error)))?;
            for attempt in 0.. {
                let answer = self
                    .client
                    .batch_write_item()
                    .request_items(&*self.name, deletes)
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send()
                    .await
                    .map_err(failed)?;
                self.meter.write(answer.consumed_capacity());
                deletes = answer.unprocessed_items().and_then(|tables| tables.get(&*self.name)).cloned().unwrap_or_default();
                if deletes.is_empty() {
                    break;
                }
                unprocessed::pause(attempt).await?;
            }
        }
        Ok(())
    }
}

/// The greatest key below a slot; `None` below everything.
fn below_key(below: Slot) -> Option<String> {
    match (below.born.0, below.place) {
        (0, _) => None,
        (born, 0) => Some(key::notification(Slot { born: Seq(born - 1), place: 99 })),
        (_, place) => Some(key::notification(Slot { born: below.born, place: place - 1 })),
    }
}

fn slot_of(item: &Item) -> Option<Slot> {
    match key::parse_doc(item.opt_text(SK)?)? {
        Doc::Notification(slot) => Some(slot),
        Doc::Task(_) => None,
    }
}

pub(crate) fn read(item: &Item) -> Result<Stored, Error> {
    let severity = Severity::parse(item.text("type")?).ok_or(Error::Corrupt("type"))?;
    let category = item.opt_text("category").map(Category::parse).transpose().map_err(|_| Error::Corrupt("category"))?;
    let under = item.opt_text("key").map(EventKey::parse).transpose().map_err(|_| Error::Corrupt("key"))?;
    let actions = match item.get("actions") {
        Some(AttributeValue::L(list)) => list.iter().map(action).collect::<Option<Vec<_>>>().ok_or(Error::Corrupt("actions"))?,
        Some(_) | None => Vec::new(),
    };
    let expires = item.moment("expiresAt")?;
    Ok(Stored {
        slot: slot_of(item).ok_or(Error::Corrupt(SK))?,
        rev: item.seq("rev")?,
        unread: item.opt_number(UNREAD).map(Seq),
        archived: matches!(item.get("archived"), Some(AttributeValue::Bool(true))),
        content: Content {
            title: item.text("title")?.to_owned(),
            message: item.text("message")?.to_owned(),
            severity,
            category,
            key: under,
            actions,
            data: item.opt_text("data").map(str::to_owned),
            expires: Some(expires),
        },
        created: item.moment("at")?,
        expires,
    })
}

fn action(value: &AttributeValue) -> Option<Action> {
    let map = value.as_m().ok()?;
    Some(Action { label: map.opt_text("label")?.to_owned(), url: map.opt_text("url")?.to_owned() })
}

pub(crate) fn write(pk: &str, stored: &Stored) -> Item {
    let content = &stored.content;
    let mut item = Item::from([
        (PK.to_owned(), text(pk)),
        (SK.to_owned(), text(key::notification(stored.slot))),
        ("rev".to_owned(), number(stored.rev)),
        ("at".to_owned(), number(stored.created.millis())),
        ("title".to_owned(), text(&content.title)),
        ("message".to_owned(), text(&content.message)),
        ("type".to_owned(), text(content.severity.as_str())),
        ("expiresAt".to_owned(), number(stored.expires.millis())),
    ]);
    expire(&mut item, stored.expires);
    let mut put = |name: &str, value: Option<AttributeValue>| value.map(|value| item.insert(name.to_owned(), value));
    put(UNREAD, stored.unread.map(number));
    put("archived", stored.archived.then_some(AttributeValue::Bool(true)));
    put("category", content.category.as_ref().map(|category| text(category.as_str())));
    put("key", content.key.as_ref().map(|key| text(key.as_str())));
    put("data", content.data.as_ref().map(text));
    let buttons = content
        .actions
        .iter()
        .map(|action| AttributeValue::M(Item::from([("label".to_owned(), text(&action.label)), ("url".to_owned(), text(&action.url))])));
    put("actions", (!content.actions.is_empty()).then(|| AttributeValue::L(buttons.collect())));
    item
}

/// The longest that a notification made at `now` may be kept.
pub fn expiry(now: Moment, wanted: Option<Moment>, retention: std::time::Duration) -> Moment {
    let latest = now.plus(retention);
    wanted.map_or(latest, |wanted| wanted.min(latest))
}

/// How long an event's identity is kept: its life, or the notification's if longer.
pub fn identity_expiry(now: Moment, notification: Moment) -> Moment {
    now.plus(limits::EVENT_IDENTITY_LIFE).max(notification)
}

//! Names that events go by: their identity, their key, a task's name. Each leads to a document without a search.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use inbox::id::{EventId, EventKey, Slot, TaskId};
use inbox::journal::Doc;
use inbox::moment::Moment;
use inbox::position::{Feed, Seq};

use crate::item::{Item, Read, expire, number, text};
use crate::key::{self, PK, SK};
use crate::{Error, Table, failed};

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The commit that wrote the name.
    pub rev: Seq,
    /// The document; `None` where it was withdrawn or never stored.
    pub slot: Option<Slot>,
    /// The event's time: an older event under this key is too late.
    pub at: Moment,
    /// How long the name is remembered.
    pub expires: Moment,
}

/// A name within a feed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// What makes an event one event.
    Event(EventId),
    /// Under which a later notification replaces an earlier one.
    Key(EventKey),
    /// A task's.
    Task(TaskId),
}

impl Name {
    fn sort_key(&self) -> String {
        match self {
            Self::Event(id) => key::event(id),
            Self::Key(name) => key::event_key(name),
            Self::Task(id) => key::task_name(id),
        }
    }

    fn doc(&self, slot: Slot) -> Doc {
        match self {
            Self::Event(_) | Self::Key(_) => Doc::Notification(slot),
            Self::Task(_) => Doc::Task(slot),
        }
    }
}

impl Table {
    /// What a name stands for now: one unit, consistently. An expired name stands for nothing.
    ///
    /// # Errors
    /// As the table's.
    pub async fn named(&self, feed: &Feed, name: &Name, now: Moment) -> Result<Option<Named>, Error> {
        let answer = self
            .client
            .get_item()
            .table_name(&*self.name)
            .key(PK, text(key::feed(feed)))
            .key(SK, text(name.sort_key()))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(failed)?;
        self.meter.read(answer.consumed_capacity());
        Ok(answer.item().map(read).transpose()?.filter(|named| named.expires > now))
    }
}

fn read(item: &Item) -> Result<Named, Error> {
    let slot = match item.opt_text("doc") {
        None => None,
        Some(sk) => match key::parse_doc(sk).ok_or(Error::Corrupt("doc"))? {
            Doc::Notification(slot) | Doc::Task(slot) => Some(slot),
        },
    };
    Ok(Named { rev: item.seq("rev")?, slot, at: item.moment("at")?, expires: item.moment("expiresAt")? })
}

pub(crate) fn write(pk: &str, name: &Name, named: &Named) -> Item {
    let mut item = Item::from([
        (PK.to_owned(), text(pk)),
        (SK.to_owned(), text(name.sort_key())),
        ("rev".to_owned(), number(named.rev)),
        ("at".to_owned(), number(named.at.millis())),
        ("expiresAt".to_owned(), number(named.expires.millis())),
    ]);
    if let Some(slot) = named.slot {
        item.insert("doc".to_owned(), text(key::doc(name.doc(slot))));
    }
    expire(&mut item, named.expires);
    item
}

//! A user's exact marks on channels' broadcasts, one item a channel.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use inbox::id::{Channel, Slot};
use inbox::marks::ChannelMarks;
use inbox::position::{Feed, FeedTag, Seq};

use crate::item::{Item, Read, number, tag, text};
use crate::key::{self, MARKS, PK, SK};
use crate::{Error, Table, failed};

impl Table {
    /// All marks of a user, consistently: one unit while they are small.
    ///
    /// # Errors
    /// As the table's.
    pub async fn marks(&self, user: &Feed) -> Result<BTreeMap<Channel, ChannelMarks>, Error> {
        let mut marks = BTreeMap::new();
        let mut start: Option<Item> = None;
        loop {
            let query = self
                .a_query()
                .key_condition_expression("PK = :pk AND begins_with(SK, :marks)")
                .expression_attribute_values(":pk", text(key::feed(user)))
                .expression_attribute_values(":marks", text(MARKS))
                .consistent_read(true);
            let answer = self.page(query.set_exclusive_start_key(start.take())).await?;
            for item in answer.items() {
                let name = item.text(SK)?.strip_prefix(MARKS).ok_or(Error::Corrupt(SK))?;
                marks.insert(Channel::parse(name).map_err(|_| Error::Corrupt(SK))?, read(item)?);
            }
            start = answer.last_evaluated_key().cloned();
            if start.is_none() {
                return Ok(marks);
            }
        }
    }

    /// Remembers a user's first visit to a channel, unless one is remembered: one unit, outside the journal.
    ///
    /// # Errors
    /// As the table's.
    pub async fn first_visit(&self, user: &Feed, channel: &Channel, marks: &ChannelMarks) -> Result<(), Error> {
        let answer = self
            .client
            .put_item()
            .table_name(&*self.name)
            .set_item(Some(write(&key::feed(user), channel, marks)))
            .condition_expression("attribute_not_exists(PK)")
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match answer {
            Ok(answer) => self.meter.write(answer.consumed_capacity()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(aws_sdk_dynamodb::operation::put_item::PutItemError::is_conditional_check_failed_exception) => {}
            Err(error) => match failed(error) {
                // Somebody writes these very marks: they are there in a moment, or the next visit is the first.
                Error::Conflict => {}
                error @ (Error::Throttled(_) | Error::Hole | Error::Corrupt(_) | Error::Invalid(_) | Error::Engine(_)) => {
                    return Err(error);
                }
            },
        }
        Ok(())
    }
}

pub(crate) fn read(item: &Item) -> Result<ChannelMarks, Error> {
    let set = |name: &'static str| -> Result<BTreeSet<Slot>, Error> {
        let Some(value) = item.get(name) else { return Ok(BTreeSet::new()) };
        let numbers = value.as_ns().map_err(|_| Error::Corrupt(name))?;
        numbers.iter().map(|number| slot(number).ok_or(Error::Corrupt(name))).collect()
    };
    let mut unread = BTreeMap::new();
    if let Some(value) = item.get("unread_again") {
        for (place, n) in value.as_m().map_err(|_| Error::Corrupt("unread_again"))? {
            let n = n.as_n().ok().and_then(|n| n.parse().ok()).map(Seq);
            unread.insert(slot(place).ok_or(Error::Corrupt("unread_again"))?, n.ok_or(Error::Corrupt("unread_again"))?);
        }
    }
    Ok(ChannelMarks {
        tag: item.tag("tag")?,
        rev: item.seq("rev")?,
        since: item.moment("since")?,
        read: set("read")?,
        unread,
        archived: set("archived")?,
        deleted: set("deleted")?,
    })
}

pub(crate) fn write(pk: &str, channel: &Channel, marks: &ChannelMarks) -> Item {
    let mut item = Item::from([
        (PK.to_owned(), text(pk)),
        (SK.to_owned(), text(key::marks(channel))),
        ("tag".to_owned(), tag(marks.tag)),
        ("rev".to_owned(), number(marks.rev)),
        ("since".to_owned(), number(marks.since.millis())),
    ]);
    for (name, set) in [("read", &marks.read), ("archived", &marks.archived), ("deleted", &marks.deleted)] {
        if !set.is_empty() {
            item.insert(name.to_owned(), AttributeValue::Ns(set.iter().map(|slot| packed(*slot).to_string()).collect()));
        }
    }
    if !marks.unread.is_empty() {
        let map = marks.unread.iter().map(|(slot, n)| (packed(*slot).to_string(), number(n))).collect();
        item.insert("unread_again".to_owned(), AttributeValue::M(map));
    }
    item
}

/// A slot as one number, so that a set of them is small.
fn packed(slot: Slot) -> u64 {
    slot.born.0 * 100 + u64::from(slot.place)
}

fn slot(number: &str) -> Option<Slot> {
    let number: u64 = number.parse().ok()?;
    Some(Slot { born: Seq(number / 100), place: u8::try_from(number % 100).ok()? })
}

/// Marks that another life of the channel left: their sets are void, the first visit stands.
#[must_use]
pub fn in_life(mut marks: ChannelMarks, tag: FeedTag) -> ChannelMarks {
    if marks.tag != tag {
        marks = ChannelMarks { rev: marks.rev, ..ChannelMarks::first_visit(tag, marks.since) };
    }
    marks
}

//! A journal entry as an item: one short line of text a change, so that an entry of 48 stays within a kilobyte or two.

use aws_sdk_dynamodb::types::AttributeValue;
use inbox::id::{Channel, Slot};
use inbox::journal::{BroadcastMark, Change, Doc, Entry};
use inbox::limits;
use inbox::notification::{Audience, UnreadSince};
use inbox::position::Seq;

use crate::Error;
use crate::item::{Item, Read, expire, number, text};
use crate::key::{PK, SK, entry as entry_key};
use crate::state::Epoch;

pub(crate) fn write(pk: &str, epoch: Epoch, entry: &Entry) -> Item {
    let mut item = Item::from([
        (PK.to_owned(), text(pk)),
        (SK.to_owned(), text(entry_key(entry.n))),
        ("epoch".to_owned(), text(format!("{:016x}", epoch.0))),
        ("at".to_owned(), number(entry.at.millis())),
        ("changes".to_owned(), AttributeValue::L(entry.changes.iter().map(|change| text(line(change))).collect())),
    ]);
    expire(&mut item, entry.at.plus(limits::JOURNAL_LIFE));
    item
}

/// `None` for an entry of another epoch.
pub(crate) fn read(item: &Item, epoch: Epoch) -> Result<Option<Entry>, Error> {
    if item.text("epoch")? != format!("{:016x}", epoch.0) {
        return Ok(None);
    }
    let n = item.text(SK)?.strip_prefix("J#").and_then(|digits| digits.parse().ok()).map(Seq).ok_or(Error::Corrupt("J#"))?;
    let lines = item.get("changes").and_then(|value| value.as_l().ok()).ok_or(Error::Corrupt("changes"))?;
    let parse_value = |value: &AttributeValue| value.as_s().ok().and_then(|line| parse(line));
    let changes: Option<Vec<Change>> = lines.iter().map(parse_value).collect();
    Ok(Some(Entry { n, at: item.moment("at")?, changes: changes.ok_or(Error::Corrupt("changes"))? }))
}

fn line(change: &Change) -> String {
    match change {
        Change::Upsert(Doc::Notification(slot)) => format!("+N {}", place(*slot)),
        Change::Upsert(Doc::Task(slot)) => format!("+T {}", place(*slot)),
        Change::Gone(slot) => format!("-N {}", place(*slot)),
        Change::Broadcast { channel, slot, became } => format!("B {channel} {} {}", place(*slot), mark(became)),
        Change::ReadUpTo(places) => format!("R {}", up_to(places)),
        Change::SeenUpTo(places) => format!("S {}", up_to(places)),
        Change::DeletedUpTo(places) => format!("D {}", up_to(places)),
        Change::Preferences => "P".to_owned(),
    }
}

fn place(slot: Slot) -> String {
    format!("{}.{}", slot.born, slot.place)
}

fn mark(became: &BroadcastMark) -> String {
    match became {
        BroadcastMark::Deleted => "gone".to_owned(),
        BroadcastMark::Shown { unread_since, archived } => {
            let kept = if *archived { "archived" } else { "shown" };
            match unread_since {
                Some(since) => format!("{kept} {}={}", since.feed.as_str(), since.n),
                None => kept.to_owned(),
            }
        }
    }
}

fn up_to(places: &[(Audience, Seq)]) -> String {
    places.iter().map(|(feed, n)| format!("{}={n}", feed.as_str())).collect::<Vec<_>>().join(" ")
}

fn parse(line: &str) -> Option<Change> {
    let mut words = line.split_whitespace();
    let change = match words.next()? {
        "+N" => Change::Upsert(Doc::Notification(parse_place(words.next()?)?)),
        "+T" => Change::Upsert(Doc::Task(parse_place(words.next()?)?)),
        "-N" => Change::Gone(parse_place(words.next()?)?),
        "B" => {
            let channel = Channel::parse(words.next()?).ok()?;
            let slot = parse_place(words.next()?)?;
            let kept = words.next()?;
            let unread_since = match words.next() {
                Some(since) => parse_up_to(since).map(|(feed, n)| UnreadSince { feed, n }).map(Some)?,
                None => None,
            };
            let became = match kept {
                "gone" => BroadcastMark::Deleted,
                "archived" => BroadcastMark::Shown { unread_since, archived: true },
                "shown" => BroadcastMark::Shown { unread_since, archived: false },
                _ => return None,
            };
            Change::Broadcast { channel, slot, became }
        }
        "R" => Change::ReadUpTo(words.map(parse_up_to).collect::<Option<_>>()?),
        "S" => Change::SeenUpTo(words.map(parse_up_to).collect::<Option<_>>()?),
        "D" => Change::DeletedUpTo(words.map(parse_up_to).collect::<Option<_>>()?),
        "P" => Change::Preferences,
        _ => return None,
    };
    Some(change)
}

fn parse_place(word: &str) -> Option<Slot> {
    let (born, place) = word.split_once('.')?;
    Some(Slot { born: Seq(born.parse().ok()?), place: place.parse().ok()? })
}

fn parse_up_to(word: &str) -> Option<(Audience, Seq)> {
    let (feed, n) = word.split_once('=')?;
    let feed = if feed == "user" { Audience::User } else { Audience::Channel(Channel::parse(feed).ok()?) };
    Some((feed, Seq(n.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_comes_back_as_it_was() {
        let slot = Slot { born: Seq(42), place: 7 };
        let topic = Channel::parse("ops:eu-1").unwrap();
        let shown = |unread_since, archived| BroadcastMark::Shown { unread_since, archived };
        let since = UnreadSince { feed: Audience::Channel(topic.clone()), n: Seq(9) };
        let marks = [BroadcastMark::Deleted, shown(None, true), shown(Some(since), false)];
        let places = vec![(Audience::User, Seq(3)), (Audience::Channel(topic.clone()), Seq(0))];
        let mut changes = vec![
            Change::Upsert(Doc::Notification(slot)),
            Change::Upsert(Doc::Task(slot)),
            Change::Gone(slot),
            Change::ReadUpTo(places.clone()),
            Change::SeenUpTo(places.clone()),
            Change::DeletedUpTo(places),
            Change::ReadUpTo(Vec::new()),
            Change::Preferences,
        ];
        changes.extend(marks.into_iter().map(|became| Change::Broadcast { channel: topic.clone(), slot, became }));
        let entry = Entry { n: Seq(50), at: inbox::moment::Moment::from_millis(1_234), changes };
        let item = write("a feed", Epoch(5), &entry);
        assert_eq!(read(&item, Epoch(5)).unwrap(), Some(entry));
        assert_eq!(read(&item, Epoch(6)).unwrap(), None);
    }
}

//! A feed's state: its epoch, its counter, and a user's watermarks and preferences.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use inbox::id::{Category, Channel};
use inbox::marks::{ChannelWatermarks, Watermarks};
use inbox::moment::Moment;
use inbox::position::{Feed, FeedTag, Head, Seq};
use inbox::preferences::Preferences;

use crate::item::{Item, Read, number, tag, text};
use crate::key::{self, PK, SK, STATE};
use crate::{Error, Freshness, Table, failed};

/// What tells one life of a feed from another: random, born with the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch(pub u64);

impl Epoch {
    /// As it is stored: 16 hexadecimal digits, all of them 0 where there is none.
    pub(crate) fn text(epoch: Option<Self>) -> String {
        format!("{:016x}", epoch.map_or(0, |epoch| epoch.0))
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        u64::from_str_radix(text, 16).map(Self).map_err(|_| Error::Corrupt("epoch"))
    }
}

/// What a user mutes, and as of which commit of their feed that is known: of two, the later counts.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Muting {
    /// What is muted.
    pub muted: Preferences,
    /// The life of the feed that this was read in.
    pub epoch: Option<Epoch>,
    /// The feed's last commit when it was read.
    pub n: Seq,
}

/// A feed's state. The default is that of a feed without a first commit.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct FeedState {
    /// `None` before the first commit.
    pub epoch: Option<Epoch>,
    /// The last commit.
    pub n: Seq,
    /// When it was made.
    pub at: Moment,
    /// A user's watermarks in their own feed.
    pub own: Watermarks,
    /// A user's watermarks in channels.
    pub channels: BTreeMap<Channel, ChannelWatermarks>,
    /// A user's preferences.
    pub preferences: Preferences,
}

impl FeedState {
    /// What the user mutes, as of this state.
    pub fn muting(&self) -> Muting {
        Muting { muted: self.preferences.clone(), epoch: self.epoch, n: self.n }
    }

    /// A user's watermarks in a channel; none where the channel lives another life by now.
    pub fn channel(&self, channel: &Channel, tag: FeedTag) -> Watermarks {
        self.channels.get(channel).filter(|held| held.tag == tag).map(|held| held.marks).unwrap_or_default()
    }
}

impl Table {
    /// Where a feed stands, by its state.
    pub fn head(&self, feed: &Feed, state: &FeedState) -> Head {
        let unborn = key::tag(&self.generation, feed, None);
        let tag = if state.epoch.is_some() { key::tag(&self.generation, feed, state.epoch) } else { unborn };
        Head { tag, unborn, n: state.n }
    }

    /// Reads a feed's state: half a unit, or one consistently.
    ///
    /// # Errors
    /// As the table's.
    pub async fn state(&self, feed: &Feed, freshness: Freshness) -> Result<FeedState, Error> {
        let answer = self
            .client
            .get_item()
            .table_name(&*self.name)
            .key(PK, text(self.read_from(feed, freshness)))
            .key(SK, text(STATE))
            .consistent_read(freshness.consistent())
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(failed)?;
        self.meter.read(answer.consumed_capacity());
        answer.item().map_or_else(|| Ok(FeedState::default()), read)
    }
}

fn read(item: &Item) -> Result<FeedState, Error> {
    let mut state =
        FeedState { epoch: Some(Epoch::parse(item.text("epoch")?)?), n: item.seq("n")?, at: item.moment("at")?, ..FeedState::default() };
    if let Some(AttributeValue::M(own)) = item.get("own") {
        state.own = watermarks(own)?;
    }
    if let Some(AttributeValue::M(channels)) = item.get("channels") {
        for (name, value) in channels {
            let channel = Channel::parse(name).map_err(|_| Error::Corrupt("channels"))?;
            let value = value.as_m().map_err(|_| Error::Corrupt("channels"))?;
            let until = if value.contains_key("until") { value.moment("until")? } else { Moment::NEVER };
            state.channels.insert(channel, ChannelWatermarks { tag: value.tag("tag")?, marks: watermarks(value)?, until });
        }
    }
    if let Some(AttributeValue::L(muted)) = item.get("muted") {
        let parse = |value: &AttributeValue| value.as_s().ok().and_then(|name| Category::parse(name).ok());
        let muted: Option<BTreeSet<Category>> = muted.iter().map(parse).collect();
        state.preferences.muted = muted.ok_or(Error::Corrupt("muted"))?;
    }
    Ok(state)
}

fn watermarks(item: &Item) -> Result<Watermarks, Error> {
    Ok(Watermarks { read: item.seq("r")?, seen: item.seq("s")?, deleted: item.seq("d")? })
}

fn watermark_item(marks: Watermarks) -> Item {
    Item::from([("r".to_owned(), number(marks.read)), ("s".to_owned(), number(marks.seen)), ("d".to_owned(), number(marks.deleted))])
}

/// The whole item; what is at its default is left out, and so is what tells nothing apart any more: who meets other topics every week
/// would drag all of them along for ever.
pub(crate) fn write(pk: &str, state: &FeedState) -> Item {
    let mut item = Item::from([
        (PK.to_owned(), text(pk)),
        (SK.to_owned(), text(STATE)),
        ("epoch".to_owned(), text(Epoch::text(state.epoch))),
        ("n".to_owned(), number(state.n)),
        ("at".to_owned(), number(state.at.millis())),
    ]);
    if state.own != Watermarks::default() {
        item.insert("own".to_owned(), AttributeValue::M(watermark_item(state.own)));
    }
    let telling: Vec<_> = state.channels.iter().filter(|(_, held)| held.until > state.at).collect();
    if !telling.is_empty() {
        let one = |(channel, held): (&Channel, &ChannelWatermarks)| {
            let mut map = watermark_item(held.marks);
            map.insert("tag".to_owned(), tag(held.tag));
            map.insert("until".to_owned(), number(held.until.millis()));
            (channel.as_str().to_owned(), AttributeValue::M(map))
        };
        item.insert("channels".to_owned(), AttributeValue::M(telling.into_iter().map(one).collect()));
    }
    if !state.preferences.muted.is_empty() {
        let muted = state.preferences.muted.iter().map(|category| text(category.as_str())).collect();
        item.insert("muted".to_owned(), AttributeValue::L(muted));
    }
    item
}

//! What readers are shown, while it differs from the truth: copies of the database that follow it item by item.
//!
//! The *seen* copy serves consistent reads and, half of the time, eventual ones; the *late* copy, kept only for stale reads, serves
//! the others. Each committed version of an item is put into a copy at its own moment, so every read is the engine's own, with
//! indexes, paging and consumed capacity as they should be. Versions of one item keep their order.

use std::collections::{BTreeMap, HashMap};

use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::put_item::PutItemRequest;
use dynoxide::{Database, DynoxideError, Item, Result};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};

use crate::touched::ItemKey;
use crate::truth::Truth;

/// When the writer of a transaction is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ack {
    /// Once every item is seen, as `DynamoDB` does.
    #[default]
    AfterVisible,
    /// At once: the writer itself may then read less than it wrote.
    Immediately,
}

/// How a transaction's items come to be seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Visibility {
    /// Each item is seen at its own random moment within so many milliseconds of the commit.
    pub spread_ms: u64,
    /// When the writer is answered.
    pub ack: Ack,
    /// Probability that the writer gets a connection error at once (on each of the SDK's retries, too) while the items come to be
    /// seen within [`stall_ms`](Self::stall_ms).
    pub stall: f64,
    /// In milliseconds; may be longer than any client waits.
    pub stall_ms: u64,
    /// Probability that a write of an item which is not yet seen is refused for a conflict, as `DynamoDB` does while a transaction
    /// is in flight; else it goes ahead on the truth, and is seen after what was before it.
    pub pending_conflict: f64,
}

impl Default for Visibility {
    fn default() -> Self {
        Self { spread_ms: 0, ack: Ack::default(), stall: 0.0, stall_ms: 0, pending_conflict: 0.5 }
    }
}

/// When a version of an item comes to be seen.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Show {
    At(u64),
    WhenRevealed,
}

/// What a commit's writer waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    Over,
    Ms(u64),
    Held,
}

/// An item as a commit left it; without an image it was deleted.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) id: ItemKey,
    pub(crate) key: Item,
    pub(crate) image: Option<Item>,
    pub(crate) commit: u64,
}

/// Versions of one item on their way into a copy.
#[derive(Default)]
struct Slot {
    count: usize,
    last_at: u64,
}

/// A copy and what is on its way into it, by moment and order.
struct Copy {
    db: Database,
    queue: BTreeMap<(u64, u64), Version>,
    slots: HashMap<ItemKey, Slot>,
    next: u64,
}

pub(crate) struct Replicas {
    seen: Copy,
    late: Option<Copy>,
    /// Versions to be revealed; later ones of the same item stand behind.
    held: BTreeMap<ItemKey, Vec<Version>>,
    stale_ms: u64,
}

impl Replicas {
    /// Copies the truth; with a lag for eventual reads where `stale_ms` is more than 0.
    pub(crate) fn of(truth: &Truth, stale_ms: u64) -> Result<Self> {
        let late = if stale_ms > 0 { Some(Copy::of(truth)?) } else { None };
        Ok(Self { seen: Copy::of(truth)?, late, held: BTreeMap::new(), stale_ms })
    }

    pub(crate) fn seen(&self) -> &Database {
        &self.seen.db
    }

    pub(crate) fn late(&self) -> Option<&Database> {
        self.late.as_ref().map(|copy| &copy.db)
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = &Database> {
        std::iter::once(self.seen()).chain(self.late())
    }

    pub(crate) fn is_pending(&self, id: &ItemKey) -> bool {
        self.held.contains_key(id) || self.seen.slots.contains_key(id)
    }

    pub(crate) fn pending(&self) -> usize {
        self.seen.queue.len() + self.held.values().map(Vec::len).sum::<usize>()
    }

    /// Plans when a version is seen, never before an earlier one of its item.
    pub(crate) fn plan(&mut self, version: Version, show: Show) {
        let behind = self.held.get_mut(&version.id);
        match (show, behind) {
            (_, Some(held)) => held.push(version),
            (Show::WhenRevealed, None) => drop(self.held.insert(version.id.clone(), vec![version])),
            (Show::At(at), None) => self.seen.plan(version, at),
        }
    }

    /// Lets held items go that are wanted; they are seen once time has been advanced to `now`.
    pub(crate) fn reveal(&mut self, now: u64, wanted: impl Fn(&ItemKey) -> bool) -> bool {
        let ids: Vec<ItemKey> = self.held.keys().filter(|id| wanted(id)).cloned().collect();
        for version in ids.iter().filter_map(|id| self.held.remove(id)).flatten() {
            self.seen.plan(version, now);
        }
        !ids.is_empty()
    }

    /// Puts into the copies whatever is due by `now`.
    pub(crate) fn advance(&mut self, now: u64, rng: &mut StdRng) -> Result<()> {
        while let Some((at, version)) = self.seen.next_due(now) {
            self.seen.apply(&version)?;
            if let Some(late) = &mut self.late {
                let lag = rng.random_range(0..=self.stale_ms);
                late.plan(version, at.saturating_add(lag));
            }
        }
        while let Some((_, version)) = self.late.as_mut().and_then(|late| late.next_due(now)) {
            if let Some(late) = &self.late {
                late.apply(&version)?;
            }
        }
        Ok(())
    }

    /// How long until every item of the commit is seen.
    pub(crate) fn wait(&self, commit: u64, now: u64) -> Wait {
        if self.held.values().flatten().any(|version| version.commit == commit) {
            return Wait::Held;
        }
        let of_commit = self.seen.queue.iter().filter(|(_, version)| version.commit == commit);
        of_commit.map(|((at, _), _)| *at).max().map_or(Wait::Over, |at| Wait::Ms(at.saturating_sub(now).max(1)))
    }
}

impl Copy {
    fn of(truth: &Truth) -> Result<Self> {
        let db = Database::memory()?;
        for table in truth.tables()? {
            copy_table(truth, &db, &table)?;
        }
        Ok(Self { db, queue: BTreeMap::new(), slots: HashMap::new(), next: 0 })
    }

    fn plan(&mut self, version: Version, at: u64) {
        let slot = self.slots.entry(version.id.clone()).or_default();
        slot.count += 1;
        slot.last_at = slot.last_at.max(at);
        self.queue.insert((slot.last_at, self.next), version);
        self.next += 1;
    }

    fn next_due(&mut self, now: u64) -> Option<(u64, Version)> {
        let entry = self.queue.first_entry().filter(|entry| entry.key().0 <= now)?;
        let ((at, _), version) = entry.remove_entry();
        if let Some(slot) = self.slots.get_mut(&version.id) {
            slot.count -= 1;
            if slot.count == 0 {
                self.slots.remove(&version.id);
            }
        }
        Some((at, version))
    }

    /// A table dropped in the meantime takes its items with it.
    fn apply(&self, version: &Version) -> Result<()> {
        let table_name = version.id.table.clone();
        let done = if let Some(item) = version.image.clone() {
            self.db.put_item(PutItemRequest { table_name, item, ..Default::default() }).map(drop)
        } else {
            let key = version.key.clone();
            self.db.delete_item(DeleteItemRequest { table_name, key, ..Default::default() }).map(drop)
        };
        if let Err(DynoxideError::ResourceNotFoundException(_)) = done { Ok(()) } else { done }
    }
}

fn copy_table(truth: &Truth, copy: &Database, table: &str) -> Result<()> {
    let described = truth.ask("DescribeTable", &json!({ "TableName": table }))?;
    copy.create_table(creation(&described["Table"])?)?;
    let mut request = json!({ "TableName": table, "ConsistentRead": true });
    loop {
        let page = truth.ask("Scan", &request)?;
        for item in page["Items"].as_array().into_iter().flatten() {
            let item = serde_json::from_value(item.clone()).map_err(internal)?;
            copy.put_item(PutItemRequest { table_name: table.to_owned(), item, ..Default::default() })?;
        }
        match page.get("LastEvaluatedKey") {
            Some(last) => request["ExclusiveStartKey"] = last.clone(),
            None => return Ok(()),
        }
    }
}

/// The request that makes a table like the one described.
fn creation(described: &Value) -> Result<CreateTableRequest> {
    let mut request = Map::new();
    for name in ["TableName", "KeySchema", "AttributeDefinitions"] {
        request.insert(name.into(), described[name].clone());
    }
    request.insert("BillingMode".into(), json!("PAY_PER_REQUEST"));
    for name in ["LocalSecondaryIndexes", "GlobalSecondaryIndexes"] {
        let Some(indexes) = described[name].as_array().filter(|indexes| !indexes.is_empty()) else { continue };
        let plain =
            |index: &Value| json!({ "IndexName": index["IndexName"], "KeySchema": index["KeySchema"], "Projection": index["Projection"] });
        request.insert(name.into(), indexes.iter().map(plain).collect());
    }
    serde_json::from_value(Value::Object(request)).map_err(internal)
}

#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
fn internal(error: serde_json::Error) -> DynoxideError {
    DynoxideError::InternalServerError(error.to_string())
}

//! A table of its own for each test, and what an act on it costs.

use inbox::audience::Reader;
use inbox::id::{Category, ConnectionId, Tenant, Topic, UserId};
use inbox::moment::Moment;
use inbox::position::Seq;
use inbox::preferences::Preferences;
use table::connections::Connection;
use table::state::{Epoch, Muting};
use table::{Table, Units};
use testkit::Store;

pub(crate) const SHARDS: u32 = 16;

pub(crate) async fn table() -> (Store, Table) {
    let store = Store::new();
    let table = Table::new(store.client(), "belfry", "g1");
    table.create_if_missing().await.unwrap();
    (store, table)
}

/// What an act uses.
pub(crate) async fn used<T>(table: &Table, act: impl Future<Output = T>) -> (T, Units) {
    let before = table.meter().used();
    let done = act.await;
    (done, table.meter().used() - before)
}

#[track_caller]
pub(crate) fn costs(used: Units, write: f64, read: f64) {
    assert!((used.write, used.read) == (write, read), "{used:?}, expected are {write} writes and {read} reads");
}

/// A whole hour, and so the beginning of a minute.
pub(crate) fn noon() -> Moment {
    Moment::from_seconds(1_795_608_000)
}

pub(crate) fn id(text: &str) -> ConnectionId {
    ConnectionId::parse(text).unwrap()
}

pub(crate) fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

/// A socket of a user of no tenant, open for two hours.
pub(crate) fn connection(name: &str, of: &str) -> Connection {
    Connection {
        id: id(name),
        reader: Reader::new(None, user(of), vec![Topic::parse("ops").unwrap(), Topic::parse("web").unwrap()]),
        muting: muting(&["social"], 1),
        opened: noon(),
        expires: noon().plus(inbox::limits::SOCKET_LIFE),
    }
}

/// These, as of so many commits of their user.
pub(crate) fn muting(categories: &[&str], commits: u64) -> Muting {
    let muted = Preferences { muted: categories.iter().map(|name| Category::parse(name).unwrap()).collect() };
    Muting { muted, epoch: Some(Epoch(7)), n: Seq(commits) }
}

pub(crate) fn tenant(name: &str) -> Tenant {
    Tenant::parse(name).unwrap()
}

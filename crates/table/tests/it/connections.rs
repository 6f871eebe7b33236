//! Rows of open sockets.

use std::collections::BTreeSet;
use std::time::Duration;

use inbox::audience::Reader;
use inbox::id::ConnectionId;
use inbox::limits;
use table::Table;
use table::connections::{Connection, Rewritten};
use table::key;
use table::state::{Epoch, Muting};

use crate::common::{SHARDS, connection, costs, id, muting, noon, table, tenant, used, user};

const MINUTE: Duration = Duration::from_mins(1);

fn ids(connections: &[Connection]) -> Vec<&str> {
    connections.iter().map(|connection| connection.id.as_str()).collect()
}

#[tokio::test]
async fn a_connection_is_found_as_it_was_stored_until_it_is_removed() {
    let (_store, table) = table().await;
    let one =
        Connection { reader: Reader::new(Some(tenant("acme")), user("änna #1/2"), vec![]), ..connection("L0SM9cOFvHcCIhw=", "anna") };
    let ((), cost) = used(&table, async { table.put_connection(&one, SHARDS).await.unwrap() }).await;
    costs(cost, 2.0, 0.0);
    let (found, cost) = used(&table, async { table.connection(&one.id, SHARDS).await.unwrap() }).await;
    costs(cost, 0.0, 1.0);
    assert_eq!(found, Some(one.clone()));
    assert_eq!(table.connection(&id("other"), SHARDS).await.unwrap(), None);
    let ((), cost) = used(&table, async { table.remove_connection(&one.id, SHARDS).await.unwrap() }).await;
    costs(cost, 2.0, 0.0);
    assert_eq!(table.connection(&one.id, SHARDS).await.unwrap(), None);
    table.remove_connection(&one.id, SHARDS).await.unwrap();
}

#[tokio::test]
async fn a_rewrite_changes_what_may_be_seen_and_nothing_else() {
    let (_store, table) = table().await;
    let stored = connection("a", "anna");
    table.put_connection(&stored, SHARDS).await.unwrap();
    let reader = Reader::new(None, user("anna"), vec![]);
    let wish = Connection { muting: muting(&["builds"], 2), reader, expires: noon().plus(Duration::from_hours(9)), ..stored.clone() };
    let (rewritten, cost) = used(&table, async { table.rewrite_connection(&wish, SHARDS).await.unwrap() }).await;
    assert_eq!(rewritten, Rewritten::Done);
    costs(cost, 2.0, 0.0);
    let found = table.connection(&stored.id, SHARDS).await.unwrap();
    assert_eq!(found, Some(Connection { expires: stored.expires, ..wish }));
}

/// Two processes tell a row what is muted, and the one that read earlier comes later.
#[tokio::test]
async fn a_row_that_was_told_of_a_later_commit_keeps_it() {
    let (_store, table) = table().await;
    let stored = connection("a", "anna");
    table.put_connection(&stored, SHARDS).await.unwrap();
    let told = async |muting: Muting| table.rewrite_connection(&Connection { muting, ..stored.clone() }, SHARDS).await.unwrap();
    let held = async || table.connection(&stored.id, SHARDS).await.unwrap().unwrap().muting;
    assert_eq!(told(muting(&["builds"], 5)).await, Rewritten::Done);
    let (late, cost) = used(&table, told(muting(&[], 4))).await;
    assert_eq!(late, Rewritten::Later);
    // The refusal costs a unit as well, which no answer tells.
    costs(cost, 0.0, 1.0);
    assert_eq!(held().await, muting(&["builds"], 5));
    assert_eq!(told(muting(&["builds"], 5)).await, Rewritten::Done, "the same again");
    // Numbers of another life of the feed tell nothing of this one's.
    let reborn = Muting { epoch: Some(Epoch(8)), ..muting(&["news"], 1) };
    assert_eq!(told(reborn.clone()).await, Rewritten::Done);
    assert_eq!(held().await, reborn);
}

#[tokio::test]
async fn what_is_gone_is_not_brought_back() {
    let (_store, table) = table().await;
    let gone = connection("a", "anna");
    assert_eq!(table.rewrite_connection(&gone, SHARDS).await.unwrap(), Rewritten::Gone);
    assert_eq!(table.connection_fault(&gone.id, SHARDS).await.unwrap(), None);
    assert_eq!(table.connection(&gone.id, SHARDS).await.unwrap(), None);
}

#[tokio::test]
async fn bad_messages_are_counted_for_each_connection() {
    let (_store, table) = table().await;
    for name in ["a", "b"] {
        table.put_connection(&connection(name, "anna"), SHARDS).await.unwrap();
    }
    assert_eq!(table.connection_fault(&id("a"), SHARDS).await.unwrap(), Some(1));
    let (count, cost) = used(&table, async { table.connection_fault(&id("a"), SHARDS).await.unwrap() }).await;
    assert_eq!(count, Some(2));
    costs(cost, 2.0, 0.0);
    assert_eq!(table.rewrite_connection(&connection("a", "anna"), SHARDS).await.unwrap(), Rewritten::Done);
    assert_eq!(table.connection_fault(&id("a"), SHARDS).await.unwrap(), Some(3), "a rewrite forgives nothing");
    assert_eq!(table.connection_fault(&id("b"), SHARDS).await.unwrap(), Some(1));
}

/// Case 48: a user whose sockets were cut without a word has 500 stale rows and three live ones.
#[tokio::test]
async fn a_user_finds_the_live_first_and_never_reads_the_stale() {
    let (_store, table) = table().await;
    for number in 0..500 {
        let stale = Connection { expires: noon().minus(MINUTE * number), ..connection(&format!("stale{number}"), "anna") };
        table.put_connection(&stale, SHARDS).await.unwrap();
    }
    for (name, minutes) in [("soon", 1), ("late", 90), ("later", 100)] {
        let live = Connection { expires: noon().plus(MINUTE * minutes), ..connection(name, "anna") };
        table.put_connection(&live, SHARDS).await.unwrap();
    }
    table.put_connection(&connection("other", "bert"), SHARDS).await.unwrap();
    let (found, cost) = used(&table, async { table.connections_of(None, &user("anna"), noon(), 100).await.unwrap() }).await;
    assert_eq!(ids(&found), ["later", "late", "soon"]);
    assert_eq!(found[2], Connection { expires: noon().plus(MINUTE), ..connection("soon", "anna") });
    costs(cost, 0.0, 0.5);
    let (two, cost) = used(&table, async { table.connections_of(None, &user("anna"), noon(), 2).await.unwrap() }).await;
    assert_eq!(ids(&two), ["later", "late"]);
    costs(cost, 0.0, 0.5);
    let (none, cost) = used(&table, async { table.connections_of(None, &user("carl"), noon(), 100).await.unwrap() }).await;
    assert!(none.is_empty());
    costs(cost, 0.0, 0.5);
}

#[tokio::test]
async fn users_of_one_name_in_two_tenants_are_two() {
    let (_store, table) = table().await;
    for (name, of) in [("a", None), ("b", Some("acme")), ("c", Some("other"))] {
        let reader = Reader::new(of.map(tenant), user("anna"), vec![]);
        table.put_connection(&Connection { reader, ..connection(name, "anna") }, SHARDS).await.unwrap();
    }
    let of = async |of: Option<&str>| {
        let found = table.connections_of(of.map(tenant).as_ref(), &user("anna"), noon(), 100).await.unwrap();
        ids(&found).join(",")
    };
    assert_eq!((of(None).await, of(Some("acme")).await, of(Some("other")).await), ("a".into(), "b".into(), "c".into()));
}

async fn walk(table: &Table, shard: u32, page: usize, mut each: impl FnMut(&ConnectionId)) {
    let mut start = None;
    loop {
        let (found, next) = table.connections_in(shard, start.as_ref(), page).await.unwrap();
        assert!(found.len() <= page);
        for connection in &found {
            each(&connection.id);
        }
        let Some(next) = next else { return };
        start = Some(next);
    }
}

#[tokio::test]
async fn all_shards_together_hold_each_connection_once() {
    let (_store, table) = table().await;
    let names: BTreeSet<String> = (0..200).map(|number| format!("c{number}=")).collect();
    for name in &names {
        table.put_connection(&connection(name, name), SHARDS).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut largest = 0;
    for shard in 0..SHARDS {
        let before = seen.len();
        walk(&table, shard, 7, |id| seen.push(id.as_str().to_owned())).await;
        largest = largest.max(seen.len() - before);
    }
    assert_eq!((seen.len(), seen.iter().cloned().collect::<BTreeSet<_>>()), (200, names));
    assert!(largest <= 30, "one shard of {SHARDS} holds {largest} of 200");
}

#[tokio::test]
async fn a_walk_goes_on_behind_a_connection_that_is_gone() {
    let (_store, table) = table().await;
    for name in ["a", "b", "c", "d"] {
        table.put_connection(&connection(name, "anna"), 1).await.unwrap();
    }
    let (first, next) = table.connections_in(0, None, 2).await.unwrap();
    assert_eq!((ids(&first), next.clone()), (vec!["a", "b"], Some(id("b"))));
    table.remove_connection(&id("b"), 1).await.unwrap();
    let (second, next) = table.connections_in(0, next.as_ref(), 100).await.unwrap();
    assert_eq!((ids(&second), next), (vec!["c", "d"], None));
}

#[tokio::test]
async fn a_page_of_a_shard_costs_a_unit_for_each_4_kb() {
    let (_store, table) = table().await;
    for number in 0..100 {
        table.put_connection(&connection(&format!("L0SM9cOFvHc{number:03}="), &format!("user{number:03}")), 1).await.unwrap();
    }
    let (page, cost) = used(&table, async { table.connections_in(0, None, 100).await.unwrap().0 }).await;
    assert_eq!(page.len(), 100);
    assert!(cost.read <= 6.0, "100 rows cost {cost:?}");
    costs(used(&table, async { table.connections_in(3, None, 100).await.unwrap() }).await.1, 0.0, 1.0);
}

/// The largest row that there may be: ten topics, fifty muted categories, long names.
#[tokio::test]
async fn the_largest_row_is_stored_and_found() {
    let (_store, table) = table().await;
    let topics = (0..limits::TOPICS).map(|number| inbox::id::Topic::parse(&format!("{number:064}")).unwrap()).collect();
    let categories: Vec<String> = (0..limits::MUTED_CATEGORIES).map(|number| format!("{number:0128}")).collect();
    let one = Connection {
        id: id(&"x".repeat(limits::ID_BYTES)),
        reader: Reader::new(Some(tenant(&"t".repeat(64))), user(&"u".repeat(limits::ID_BYTES)), topics),
        muting: muting(&categories.iter().map(String::as_str).collect::<Vec<_>>(), u64::MAX),
        ..connection("a", "anna")
    };
    table.put_connection(&one, SHARDS).await.unwrap();
    assert_eq!(table.connection(&one.id, SHARDS).await.unwrap().as_ref(), Some(&one));
    assert_eq!(table.connections_of(one.reader.tenant.as_ref(), &one.reader.user, noon(), 1).await.unwrap(), [one]);
}

#[test]
fn a_shard_is_the_same_in_every_process() {
    let shard = |name, shards| key::shard_of(&id(name), shards);
    assert_eq!((shard("L0SM9cOFvHcCIhw=", 16), shard("a", 16), shard("a", 1), shard("a", 0)), (10, 4, 0, 0));
}

#[tokio::test]
async fn rows_expire_by_themselves() {
    let (store, table) = table().await;
    table.put_connection(&connection("a", "anna"), SHARDS).await.unwrap();
    assert_eq!(store.engine().sweep_ttl(noon().plus(Duration::from_mins(119)).millis()).unwrap(), 0);
    assert_eq!(store.engine().sweep_ttl(noon().plus(Duration::from_mins(121)).millis()).unwrap(), 1);
    assert_eq!(table.connection(&id("a"), SHARDS).await.unwrap(), None);
}

//! What the table's indexes rest on: connections alone have a `userId`, so the index of connections holds nothing else.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeyType;
use inbox::id::{Channel, ClientId, EventId, EventKey, Slot, TaskId};
use inbox::journal::{Change, Doc};
use inbox::marks::ChannelMarks;
use inbox::moment::Moment;
use inbox::notification::{Content, Severity};
use inbox::position::{Feed, FeedTag, Seq};
use inbox::task::{Task, TaskStatus};
use table::commit::{Commit, Outcome, Write};
use table::idempotency::Held;
use table::keys::{Name, Named};
use table::notifications::Stored;
use table::schema::{BY_USER, EXPIRES_AT};
use table::state::{Epoch, FeedState};
use table::tasks::StoredTask;
use table::{Table, key};

use crate::common::{SHARDS, connection, noon, table, user};

const SLOT: Slot = Slot { born: Seq(1), place: 0 };

fn notification(expires: Moment) -> Stored {
    let content = Content { severity: Severity::Error, data: Some(r#"{"userId":"anna"}"#.into()), ..Content::titled("Build 7 failed") };
    Stored { slot: SLOT, rev: Seq(1), unread: Some(Seq(1)), archived: false, content, created: noon(), expires }
}

fn task(expires: Moment) -> StoredTask {
    let task = Task {
        id: TaskId::parse("t1").unwrap(),
        user: user("anna"),
        name: "Export".into(),
        status: TaskStatus::Running,
        progress: None,
        result: None,
        error: None,
        created: noon(),
        updated: noon(),
        at: noon(),
        expires,
    };
    StoredTask { slot: Slot { place: 1, ..SLOT }, rev: Seq(1), task }
}

/// One item of every kind that a commit writes.
async fn commit(table: &Table, feed: &Feed, expires: Moment) {
    let named = Named { rev: Seq(1), slot: Some(SLOT), at: noon(), expires };
    let marks = ChannelMarks {
        tag: FeedTag([1; 6]),
        rev: Seq(1),
        since: noon(),
        read: [SLOT].into(),
        unread: BTreeMap::new(),
        archived: [SLOT].into(),
        deleted: [SLOT].into(),
    };
    let commit = Commit {
        changes: vec![Change::Upsert(Doc::Notification(SLOT)), Change::Preferences],
        writes: vec![
            Write::NewNotification(notification(expires)),
            Write::NewTask(task(expires)),
            Write::Identity(EventId::parse("e").unwrap(), named),
            Write::Name(Name::Key(EventKey::parse("k").unwrap()), named, None),
            Write::Name(Name::Task(TaskId::parse("t1").unwrap()), named, None),
            Write::Marks(Channel::Everyone, marks, None),
        ],
        ..Commit::on(feed.clone(), FeedState::default(), noon(), Epoch(1))
    };
    assert_eq!(table.commit(&commit, commit.decided).await.unwrap(), Outcome::Done);
}

/// One item of every other kind, the connections aside.
async fn others(table: &Table, feed: &Feed, expires: Moment) {
    let held = Held { fingerprint: "f".into(), event: "e".into(), lease: expires, answer: None, expires };
    table.take_idempotency(feed, "key", &held, None).await.unwrap();
    table.put_ticket("ticket", "anna", expires).await.unwrap();
    table.put_newest_stream(feed, &ClientId::parse("tab").unwrap(), 1, expires).await.unwrap();
    assert!(table.acquire_stream_slot(noon(), std::time::Duration::from_mins(2), 1).await.unwrap().is_some());
}

async fn keys_with_user(client: &Client) -> Vec<String> {
    let all = client.scan().table_name("belfry").send().await.unwrap();
    assert_eq!(all.count(), 8 + 4 + 1, "one item of each kind");
    let with = all.items().iter().filter(|item| item.contains_key(key::USER_ID));
    with.map(|item| item[key::SK].as_s().unwrap().clone()).collect()
}

#[tokio::test]
async fn connections_alone_have_a_user_id() {
    let (store, table) = table().await;
    let (feed, expires) = (Feed::user(None, user("anna")), noon().plus(inbox::limits::RETENTION));
    commit(&table, &feed, expires).await;
    others(&table, &feed, expires).await;
    table.put_connection(&connection("a", "anna"), SHARDS).await.unwrap();
    assert_eq!(keys_with_user(&store.client()).await, ["C#a"]);
}

#[tokio::test]
async fn the_index_of_connections_is_by_user_and_end() {
    let (store, _table) = table().await;
    let described = store.client().describe_table().table_name("belfry").send().await.unwrap();
    let indexes = described.table().unwrap().global_secondary_indexes();
    assert_eq!(indexes.len(), 1);
    assert_eq!(indexes[0].index_name(), Some(BY_USER));
    let parts: Vec<_> = indexes[0].key_schema().iter().map(|part| (part.attribute_name(), part.key_type().clone())).collect();
    assert_eq!(parts, [(key::USER_ID, KeyType::Hash), (EXPIRES_AT, KeyType::Range)]);
}

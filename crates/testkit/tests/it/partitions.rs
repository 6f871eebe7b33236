//! Channels that stand in several partitions: each has the same, and each process follows one of them.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use inbox::id::Channel;
use inbox::position::{Feed, FeedOf};
use service::{Outcome, Service, Settings};
use table::key::{self, PK, SK};
use testkit::site::TABLE;
use testkit::units::allowed;
use testkit::{World, broadcast, reader, withdraw_key};

use crate::common::{SECOND, list, page, polled, titles};

const CHANGED: Outcome = Outcome::Applied { changed: true };

fn over(channel_partitions: u32) -> Settings {
    Settings { channel_partitions, ..Settings::default() }
}

fn everyone() -> Feed {
    Feed { tenant: None, of: FeedOf::Channel(Channel::Everyone) }
}

/// A process that follows another partition than the channels' own.
fn follower(w: &mut World) -> Service {
    for _ in 0..64 {
        let one = w.process();
        if one.table().follows_a_further_partition() {
            return one;
        }
    }
    panic!("chance falls on the first partition alone");
}

/// What a partition holds, by sort key, without the partition's name.
async fn held(w: &World, partition: &str) -> Vec<(String, String)> {
    let client = w.client();
    let query = client.query().table_name(TABLE).key_condition_expression("PK = :pk").consistent_read(true);
    let found = query.expression_attribute_values(":pk", AttributeValue::S(partition.to_owned())).send().await.unwrap();
    let item = |item: &std::collections::HashMap<String, AttributeValue>| {
        let mut rest: Vec<_> = item.iter().filter(|(name, _)| *name != PK && *name != SK).collect();
        rest.sort_by_key(|(name, _)| (*name).clone());
        (item[SK].as_s().unwrap().clone(), format!("{rest:?}"))
    };
    found.items().iter().map(item).collect()
}

#[tokio::test(start_paused = true)]
async fn every_partition_holds_what_is_followed_and_the_first_the_names() {
    let w = World::with(401, over(3)).await;
    w.deliver([broadcast("everyone", "kept"), broadcast("everyone", "old").key("k"), broadcast("everyone", "gone").key("g")]).await;
    w.deliver([broadcast("everyone", "new").key("k"), withdraw_key("#everyone", "g")]).await;
    let mut first = held(&w, &key::partition(&everyone(), 0)).await;
    assert!(first.iter().any(|(sk, _)| sk.starts_with("K#")));
    first.retain(|(sk, _)| !sk.starts_with("K#"));
    assert_eq!(first.iter().map(|(sk, _)| &sk[..2]).collect::<Vec<_>>(), ["J#", "J#", "N#", "N#", "ST"]);
    for number in [1, 2] {
        assert_eq!(held(&w, &key::partition(&everyone(), number)).await, first, "{number}");
    }
    assert_eq!(held(&w, &key::partition(&everyone(), 3)).await, []);
}

/// A partition that nobody has written to says nothing, and costs no surer look: there would be thousands of them at once.
#[tokio::test(start_paused = true)]
async fn a_new_partition_costs_no_more_than_another() {
    let mut w = World::with(402, over(2)).await;
    let (process, anna) = (follower(&mut w), reader("anna", &[]));
    w.send(broadcast("everyone", "first")).await;
    let position = page(&process, &anna).await.position;
    w.run_for(11 * SECOND).await;
    let look = async || {
        w.run_for(2 * SECOND).await;
        let before = process.table().meter().used();
        polled(&process, &anna, position.clone()).await;
        (process.table().meter().used() - before).read
    };
    let quiet = look().await;
    let delete = w.client().delete_item().table_name(TABLE);
    let delete = delete.key(PK, AttributeValue::S(key::partition(&everyone(), 1)));
    delete.key(SK, AttributeValue::S(key::STATE.to_owned())).send().await.unwrap();
    let empty = look().await;
    assert!((empty - quiet).abs() < 0.01, "{empty}, and {quiet} before");
    w.send(broadcast("everyone", "second")).await;
    w.run_for(2 * SECOND).await;
    assert_eq!(polled(&process, &anna, position).await.0, ["second"]);
}

/// While a deployment raises the number, old functions write the first partition alone: who follows another is a minute late at most,
/// and at once where the next commit writes all.
#[tokio::test(start_paused = true)]
async fn while_the_number_changes_nobody_is_left_behind() {
    let mut w = World::with(403, over(3)).await;
    let (process, old) = (follower(&mut w), w.process_with(over(1)));
    let anna = reader("anna", &[]);
    w.send(broadcast("everyone", "before")).await;
    let position = page(&process, &anna).await.position;
    w.run_for(11 * SECOND).await;
    w.deliver_by(&old, [broadcast("everyone", "by an old one")]).await;
    w.run_for(20 * SECOND).await;
    assert_eq!(polled(&process, &anna, position.clone()).await.0, Vec::<String>::new(), "its partition was not written");
    w.run_for(41 * SECOND).await;
    let (told, position) = polled(&process, &anna, position).await;
    assert_eq!(told, ["by an old one"]);
    let position = position.unwrap();
    w.deliver_by(&old, [broadcast("everyone", "by an old one again")]).await;
    w.run_for(SECOND / 2).await;
    w.send(broadcast("everyone", "by a new one")).await;
    w.run_for(2 * SECOND).await;
    let (told, _) = polled(&process, &anna, position).await;
    assert_eq!(told, ["by an old one again", "by a new one"]);
    assert_eq!(titles(&process, &anna).await.len(), 4);
    assert_eq!(titles(&old, &anna).await.len(), 4);
}

/// A name outlives the broadcast that it stood for, so an event may write its own document and identity, move the name, remove what
/// is long gone, and evict the oldest: five items, and three more in each further partition.
#[tokio::test(start_paused = true)]
async fn a_full_channel_takes_twenty_keyed_broadcasts_at_once() {
    for partitions in [1, 4, 8] {
        let w = World::with(404, over(partitions)).await;
        let keyed = |round: u32| (0..20).map(move |number| broadcast("everyone", &format!("{round}-{number}")).key(&format!("k{number}")));
        w.deliver(keyed(0)).await;
        for _ in 0..50 {
            w.deliver((0..20).map(|number| broadcast("everyone", &format!("{number}")))).await;
        }
        let messages = testkit::world::messages(w.finish(keyed(1)));
        assert_eq!(w.service.deliver(&messages).await, vec![CHANGED; 20], "{partitions}");
        let shown = list(&w.service, &reader("anna", &[])).await;
        assert!(shown.iter().filter(|one| one.content.title.starts_with("1-")).count() == 20, "{partitions}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_further_partition_costs_its_own_writes() {
    let w = World::with(405, over(3)).await;
    w.send(broadcast("everyone", "first")).await;
    w.run_for(Duration::from_secs(11)).await;
    list(&w.service, &reader("anna", &[])).await;
    let before = w.service.table().meter().used();
    w.send(broadcast("everyone", "all")).await;
    let (used, one, more) = (w.service.table().meter().used() - before, allowed("broadcast"), allowed("broadcast in a further partition"));
    assert!(used.write <= 2.0_f64.mul_add(more.write, one.write) && used.read <= one.read, "{used:?}");
}

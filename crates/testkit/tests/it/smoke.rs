//! The simplest round trips: were these broken, nothing else would mean anything.

use std::time::Duration;

use inbox::event::Event;
use inbox::page::Filter;
use inbox::task::TaskStatus;
use service::{From, Mark, PageAsk, Target, TaskAsk, TaskFrom};
use testkit::{Client, Way, World, broadcast, notify, reader, task};

const FIRST: PageAsk =
    PageAsk { from: From::Page(1), limit: 50, filter: Filter { unread: false, archived: false, severity: None, category: None } };

#[tokio::test(start_paused = true)]
async fn a_notification_is_streamed_listed_marked_and_gone() {
    let w = World::new(1).await;
    let anna = reader("anna", &[]);
    let client = Client::start(&w.service, &anna, Way::Stream);
    let poller = Client::start(&w.service, &anna, Way::Poll(Duration::from_millis(300)));
    w.run_for(Duration::from_secs(1)).await;
    assert!(w.send(notify("anna", "one")).await);
    w.run_for(Duration::from_secs(1)).await;
    let page = w.service.page(&anna, &FIRST).await.unwrap();
    assert_eq!(page.notifications.len(), 1);
    assert_eq!((page.counts.unread, page.counts.unseen), (1, 1));
    assert!(matches!(client.held().log.as_slice(), [Event::Notification(_), Event::Inbox(_)]), "{:?}", client.held().log);
    assert!(matches!(poller.held().log.as_slice(), [Event::Notification(_), Event::Inbox(_)]), "{:?}", poller.held().log);
    let id = page.notifications[0].id;
    let marked = w.service.mark(&anna, Target::Ids(vec![id]), Mark::Read).await.unwrap();
    assert_eq!((marked.changed, marked.counts.unread), (Some(1), 0));
    let again = w.service.mark(&anna, Target::Ids(vec![id]), Mark::Read).await.unwrap();
    assert_eq!(again.changed, Some(0));
    w.run_for(Duration::from_secs(1)).await;
    assert_eq!(client.held().model.unread(w.now()), 0);
    w.service.mark(&anna, Target::Ids(vec![id]), Mark::Delete).await.unwrap();
    w.run_for(Duration::from_secs(1)).await;
    assert!(w.service.page(&anna, &FIRST).await.unwrap().notifications.is_empty());
    assert!(client.held().model.shown(w.now()).is_empty());
    assert!(poller.held().model.shown(w.now()).is_empty());
    assert_eq!(client.held().resets + poller.held().resets, 0);
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_reaches_every_process_and_is_marked_by_each_user_alone() {
    let mut w = World::new(2).await;
    let other = w.process();
    let (anna, ben) = (reader("anna", &["ops"]), reader("ben", &[]));
    let clients = [Client::start(&w.service, &anna, Way::Stream), Client::start(&other, &ben, Way::Stream)];
    w.run_for(Duration::from_secs(1)).await;
    assert!(w.send(broadcast("everyone", "maintenance at six")).await);
    assert!(w.send(broadcast("ops", "disk full")).await);
    w.run_for(Duration::from_secs(3)).await;
    assert_eq!(clients[0].held().model.unread(w.now()), 2);
    assert_eq!(clients[1].held().model.unread(w.now()), 1);
    let page = w.service.page(&anna, &FIRST).await.unwrap();
    assert_eq!(page.counts.unread, 2);
    let marked = other.mark(&anna, Target::Ids(vec![page.notifications[1].id]), Mark::Read).await.unwrap();
    assert_eq!((marked.changed, marked.counts.unread), (Some(1), 1));
    w.service.mark(&anna, Target::All { up_to: None }, Mark::Read).await.unwrap();
    w.run_for(Duration::from_secs(3)).await;
    assert_eq!(clients[0].held().model.unread(w.now()), 0);
    assert_eq!(w.service.counts(&anna).await.unwrap().0.unread, 0);
    assert_eq!(w.service.counts(&ben).await.unwrap().0.unread, 1);
}

#[tokio::test(start_paused = true)]
async fn a_task_runs_and_ends_and_does_not_run_again() {
    let w = World::new(3).await;
    let anna = reader("anna", &[]);
    let client = Client::start(&w.service, &anna, Way::Stream);
    w.run_for(Duration::from_secs(1)).await;
    assert!(w.send(task("anna", "t1", TaskStatus::Running, Some(10.0))).await);
    assert!(w.send(task("anna", "t1", TaskStatus::Completed, None)).await);
    assert!(!w.send(task("anna", "t1", TaskStatus::Running, Some(40.0))).await);
    w.run_for(Duration::from_secs(1)).await;
    let page = w.service.tasks(&anna, &TaskAsk { from: TaskFrom::Page(1), limit: 10 }).await.unwrap();
    assert_eq!(page.tasks.iter().map(|task| task.status).collect::<Vec<_>>(), [TaskStatus::Completed]);
    assert_eq!(client.held().model.tasks(w.now()), page.tasks.iter().collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_conditional_request_sees_whether_anything_changed() {
    let w = World::new(4).await;
    let anna = reader("anna", &[]);
    let version = w.service.page(&anna, &FIRST).await.unwrap().version;
    assert!(w.service.unchanged(&anna, &version).await.unwrap());
    w.send(notify("anna", "one")).await;
    assert!(!w.service.unchanged(&anna, &version).await.unwrap());
}

//! A later commit that is seen before an earlier one: a missing number stops every reader until it is there.

use engine::Forced;
use inbox::event::Event;
use service::{After, Polled};
use table::key;
use testkit::{Client, Way, World, notify, reader};

use crate::common::SECOND;

fn titles(events: &[Event]) -> Vec<&str> {
    let mut titles = Vec::new();
    for event in events {
        if let Event::Notification(one) = event {
            titles.push(one.content.title.as_str());
        }
    }
    titles
}

#[tokio::test(start_paused = true)]
async fn i3_a_missing_number_stops_every_reader() {
    let w = World::new(43).await;
    let anna = reader("anna", &[]);
    w.send(notify("anna", "first")).await;
    let Polled::News { position, .. } = w.service.poll(&anna, After::Now).await.unwrap() else { panic!("no position") };
    let clients = [Client::start(&w.service, &anna, Way::Stream), Client::start(&w.service, &anna, Way::Poll(SECOND / 10))];
    w.run_for(SECOND).await;
    w.engine().faults().next_transaction(Forced::Hold);
    w.send(notify("anna", "second")).await;
    // The counter is seen, and so is all of the commit behind; the entry and the document in between are not.
    assert!(w.engine().faults().reveal(&key::feed(&anna.own_feed()), key::STATE));
    w.send(notify("anna", "third")).await;
    let polled = w.service.poll(&anna, After::Position(position.clone())).await.unwrap();
    assert!(matches!(polled, Polled::Nothing), "{polled:?}");
    w.run_for(SECOND * 2).await;
    for client in &clients {
        assert_eq!(titles(&client.held().log), Vec::<&str>::new(), "{:#?}", client.held().story);
    }
    w.engine().faults().reveal_all();
    w.run_for(SECOND * 5).await;
    for client in &clients {
        assert_eq!(titles(&client.held().log), ["second", "third"], "{:#?}", client.held().story);
    }
}

//! Time and units of reads: `cargo bench -p benches --bench read`.

#![expect(clippy::large_futures, reason = "one future at a time")]

use benches::store::{deliver, notification, open, reader, used};
use benches::{figure, micros, timed_async};
use inbox::page::Filter;
use service::{After, From, PageAsk, Polled};

const TIMES: u32 = 500;

#[tokio::main]
async fn main() {
    let store = open().await;
    let service = &store.service;
    let anna = reader("anna");
    for batch in 0..10 {
        deliver(service, (0..20).map(|number| notification(service, "anna", batch * 20 + number)).collect()).await;
    }
    service.mark(&anna, service::Target::All { up_to: None }, service::Mark::Read).await.expect("a mark");
    deliver(service, (0..20).map(|number| notification(service, "anna", 1_000 + number)).collect()).await;
    let ask = PageAsk { from: From::Page(1), limit: 50, filter: Filter::default() };
    service.page(&anna, &ask).await.expect("a page");
    // After ten seconds a commit counts as settled; before that a page also reads the journal.
    tokio::time::sleep(inbox::limits::SETTLE_AGE).await;

    let before = service.table().meter().used();
    let ((), span) = timed_async(async {
        for _ in 0..TIMES {
            service.page(&anna, &ask).await.expect("a page");
        }
    })
    .await;
    figure("page of 50 with counts, time", micros(span, TIMES), "us");
    figure("page of 50 with counts, reads", used(service, before).read / f64::from(TIMES), "units");

    let Polled::News { position, .. } = service.poll(&anna, After::Now).await.expect("a position") else { return };
    let before = service.table().meter().used();
    let ((), span) = timed_async(async {
        for _ in 0..TIMES {
            service.poll(&anna, After::Position(position.clone())).await.expect("a poll");
        }
    })
    .await;
    figure("unchanged poll, or an idle stream's tick, time", micros(span, TIMES), "us");
    figure("unchanged poll, or an idle stream's tick, reads", used(service, before).read / f64::from(TIMES), "units");

    let mut position = position;
    let (mut reads, mut total) = (0.0, std::time::Duration::ZERO);
    for number in 0..TIMES {
        deliver(service, vec![notification(service, "anna", 5_000 + number)]).await;
        let before = service.table().meter().used();
        let (polled, span) = timed_async(service.poll(&anna, After::Position(position.clone()))).await;
        if let Polled::News { position: after, .. } = polled.expect("a poll") {
            position = after;
        }
        reads += used(service, before).read;
        total += span;
        if number % 10 == 9 {
            service.mark(&anna, service::Target::All { up_to: None }, service::Mark::Read).await.expect("a mark");
            if let Polled::News { position: after, .. } = service.poll(&anna, After::Now).await.expect("a position") {
                position = after;
            }
        }
    }
    figure("a tick that brings one change with counts, time", micros(total, TIMES), "us");
    figure("a tick that brings one change with counts, reads", reads / f64::from(TIMES), "units");
}

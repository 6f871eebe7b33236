//! Time and units of writes: `cargo bench -p benches --bench write`.

#![expect(clippy::large_futures, reason = "one future at a time")]

use benches::store::{Store, deliver, notification, open, reader, used};
use benches::{figure, micros, timed_async};
use inbox::page::Filter;
use service::{From, Mark, PageAsk, Target};

const ALONE: u32 = 500;
const BATCHES: u32 = 50;
const BATCH: u32 = 20;
const UNREAD: u32 = 10_000;

#[tokio::main]
async fn main() {
    let store = open().await;
    create(&store).await;
    mark(&store).await;
}

async fn create(store: &Store) {
    let service = &store.service;
    deliver(service, vec![notification(service, "warm", 0)]).await;
    let before = service.table().meter().used();
    let ((), span) = timed_async(async {
        for number in 0..ALONE {
            deliver(service, vec![notification(service, "alone", number)]).await;
        }
    })
    .await;
    let units = used(service, before);
    figure("create one notification alone, time", micros(span, ALONE), "us");
    figure("create one notification alone, writes", units.write / f64::from(ALONE), "units");
    let before = service.table().meter().used();
    let ((), span) = timed_async(async {
        for batch in 0..BATCHES {
            let events = (0..BATCH).map(|number| notification(service, "batched", batch * BATCH + number)).collect();
            deliver(service, events).await;
        }
    })
    .await;
    let units = used(service, before);
    figure("create in commits of 20, time each", micros(span, BATCHES * BATCH), "us");
    figure("create in commits of 20, writes each", units.write / f64::from(BATCHES * BATCH), "units");
}

async fn mark(store: &Store) {
    let service = &store.service;
    let anna = reader("anna");
    for batch in 0..UNREAD / BATCH {
        let events = (0..BATCH).map(|number| notification(service, "anna", batch * BATCH + number)).collect();
        deliver(service, events).await;
    }
    // After ten seconds a commit counts as settled; before that every mark also reads the journal of the burst above.
    tokio::time::sleep(inbox::limits::SETTLE_AGE).await;
    let ask = PageAsk { from: From::Page(1), limit: 100, filter: Filter::default() };
    let page = service.page(&anna, &ask).await.expect("a page");
    let before = service.table().meter().used();
    let ((), span) = timed_async(async {
        for one in &page.notifications {
            service.mark(&anna, Target::Ids(vec![one.id]), Mark::Read).await.expect("a mark");
        }
    })
    .await;
    let units = used(service, before);
    figure("mark one read of 10,000 unread, time", micros(span, 100), "us");
    figure("mark one read of 10,000 unread, writes", units.write / 100.0, "units");
    let before = service.table().meter().used();
    let (marked, span) = timed_async(service.mark(&anna, Target::All { up_to: None }, Mark::Read)).await;
    marked.expect("a mark");
    let units = used(service, before);
    figure("mark all read of 10,000 unread, time", micros(span, 1), "us");
    figure("mark all read of 10,000 unread, writes", units.write, "units");
    figure("mark all read of 10,000 unread, reads", units.read, "units");
}

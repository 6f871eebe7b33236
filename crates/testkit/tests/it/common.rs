//! What many tests say in few words.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use inbox::audience::Reader;
use inbox::event::Counts;
use inbox::id::{Category, NotificationId};
use inbox::notification::Notification;
use inbox::page::Filter;
use inbox::position::Position;
use inbox::preferences::Preferences;
use service::{After, From, Item, Mark, Marked, Page, PageAsk, Polled, Service, Stream, Target};
use testkit::World;
use testkit::client::open;

pub(crate) const ALL: Filter = Filter { unread: false, archived: false, severity: None, category: None };
pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn first(limit: u32) -> PageAsk {
    PageAsk { from: From::Page(1), limit, filter: ALL }
}

pub(crate) async fn page(service: &Service, who: &Reader) -> Page {
    service.page(who, &first(100)).await.unwrap()
}

pub(crate) async fn list(service: &Service, who: &Reader) -> Vec<Notification> {
    page(service, who).await.notifications
}

pub(crate) fn title(one: &Notification) -> &str {
    &one.content.title
}

pub(crate) async fn titles(service: &Service, who: &Reader) -> Vec<String> {
    list(service, who).await.iter().map(|one| title(one).to_owned()).collect()
}

/// The id of the one with this title.
pub(crate) async fn find(service: &Service, who: &Reader, wanted: &str) -> NotificationId {
    list(service, who).await.iter().find(|one| title(one) == wanted).map(|one| one.id).unwrap()
}

pub(crate) async fn mark(service: &Service, who: &Reader, ids: impl IntoIterator<Item = NotificationId>, mark: Mark) -> Marked {
    service.mark(who, Target::Ids(ids.into_iter().collect()), mark).await.unwrap()
}

pub(crate) async fn mark_all(service: &Service, who: &Reader, mark: Mark, up_to: Option<Position>) -> Marked {
    service.mark(who, Target::All { up_to }, mark).await.unwrap()
}

pub(crate) async fn counts(service: &Service, who: &Reader) -> (u32, u32) {
    both(service.counts(who).await.unwrap().0)
}

pub(crate) fn both(counts: Counts) -> (u32, u32) {
    (counts.unread, counts.unseen)
}

pub(crate) async fn mute(service: &Service, who: &Reader, names: &[&str]) {
    let muted = names.iter().map(|name| Category::parse(name).unwrap()).collect();
    service.set_preferences(who, Preferences { muted }).await.unwrap();
}

pub(crate) async fn stream(service: &Service, who: &Reader, after: After) -> Stream {
    service.open_stream(open(who, after, service)).await.unwrap()
}

/// The next item, whatever it is.
pub(crate) async fn next(stream: &mut Stream) -> Option<Item> {
    poll_fn(|cx| stream.poll_next(cx)).await
}

/// Everything that a stream has at hand or gets within a while, as titles; ends and resets as words.
pub(crate) async fn heard(w: &World, stream: &mut Stream, span: Duration) -> Vec<String> {
    let mut words = Vec::new();
    let mut over = pin!(w.run_for(span));
    loop {
        tokio::select! {
            biased;
            item = next(stream) => match item {
                Some(Item::Group(group)) => words.extend(group.events.iter().filter_map(word)),
                Some(Item::Reset) => words.push("reset".to_owned()),
                Some(Item::Beat) => {}
                Some(Item::End(why)) => words.push(format!("{why:?}")),
                None => return words,
            },
            () = &mut over => return words,
        }
    }
}

/// What a poll brings, as titles and words; and the position behind it.
pub(crate) async fn polled(service: &Service, who: &Reader, after: Position) -> (Vec<String>, Option<Position>) {
    match service.poll(who, After::Position(after)).await.unwrap() {
        Polled::Nothing => (Vec::new(), None),
        Polled::News { events, position, .. } => (events.iter().filter_map(word).collect(), Some(position)),
    }
}

/// What an event says to a test: the counts say nothing.
pub(crate) fn word(event: &inbox::event::Event) -> Option<String> {
    use inbox::event::Event;
    match event {
        Event::Broadcast(one) | Event::Notification(one) => Some(title(one).to_owned()),
        Event::NotificationDeleted(id) => Some(format!("-{}.{}", id.slot.born, id.slot.place)),
        Event::TaskProgress(task) | Event::TaskCompleted(task) => Some(format!("{} {}", task.id, task.status.as_str())),
        Event::Watermark(which, _) => Some(format!("{which:?}")),
        Event::Reset => Some("reset".to_owned()),
        Event::Inbox(_) => None,
    }
}

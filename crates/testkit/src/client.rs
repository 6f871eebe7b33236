//! A client that follows an inbox by itself, over a stream or by polls, as the contract tells it to.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::poll_fn;
use inbox::audience::Reader;
use inbox::event::Event;
use inbox::limits;
use inbox::notification::Notification;
use inbox::page::Filter;
use inbox::position::Position;
use inbox::task::Task;
use service::{After, Error, From, Item, OpenStream, PageAsk, Polled, Service, TaskAsk, TaskFrom};
use tokio::sync::Notify;

use crate::{Chance, Model};

/// How a client hears of news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// An open stream, opened again where it ends.
    Stream,
    /// A poll every so often.
    Poll(Duration),
}

/// A client at work. Dropping it stops it.
pub struct Client {
    held: Arc<Mutex<Held>>,
    renewed: Arc<Notify>,
    task: tokio::task::JoinHandle<()>,
}

/// What a client knows and what it went through.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// The inbox as it knows it.
    pub model: Model,
    /// Every event, in the order in which it came.
    pub log: Vec<Event>,
    /// Where it stands.
    pub position: Option<Position>,
    /// How often it was told to begin anew.
    pub resets: usize,
    /// How its streams ended.
    pub endings: Vec<inbox::stream::Ending>,
    /// What it did and when, for whoever wonders why a test failed.
    pub story: Vec<String>,
    /// What the service did that the contract forbids.
    pub faults: Vec<String>,
    /// Who it is; another token may name other topics.
    reader: Option<Reader>,
}

impl Client {
    /// Starts a client: it fetches the lists and follows from there.
    pub fn start(service: &Service, reader: &Reader, way: Way) -> Self {
        let held = Arc::new(Mutex::new(Held { reader: Some(reader.clone()), ..Held::default() }));
        let renewed = Arc::new(Notify::new());
        let follower = Follower { service: service.clone(), held: Arc::clone(&held), renewed: Arc::clone(&renewed) };
        let task = tokio::spawn(async move {
            match way {
                Way::Stream => follower.stream().await,
                Way::Poll(pause) => follower.poll(pause).await,
            }
        });
        Self { held, renewed, task }
    }

    /// Goes on with another token from where it stands.
    pub fn renew(&self, reader: &Reader) {
        lock(&self.held).reader = Some(reader.clone());
        self.renewed.notify_one();
    }

    /// Who it is now.
    ///
    /// # Panics
    /// Never: a client is somebody.
    #[expect(clippy::unwrap_used, reason = "set where it is made")]
    pub fn reader(&self) -> Reader {
        lock(&self.held).reader.clone().unwrap()
    }

    /// What it knows now. A copy: an assertion that names it twice would wait for itself with a lock.
    pub fn held(&self) -> Held {
        lock(&self.held).clone()
    }
}

fn lock(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Follower {
    service: Service,
    held: Arc<Mutex<Held>>,
    renewed: Arc<Notify>,
}

/// How long a client waits after trouble.
const PAUSE: Duration = Duration::from_millis(200);

impl Follower {
    fn held(&self) -> MutexGuard<'_, Held> {
        lock(&self.held)
    }

    #[expect(clippy::unwrap_used, reason = "set where it is made")]
    fn reader(&self) -> Reader {
        self.held().reader.clone().unwrap()
    }

    fn note(&self, what: &str) {
        let at = self.service.clock().now().since(crate::clock::BEGIN);
        self.held().story.push(format!("{at:?} {what}"));
    }

    /// Fetches the lists; a client goes on from the position of the first page.
    async fn refill(&self) -> Position {
        loop {
            if let Ok(lists) = Lists::fetch(&self.service, &self.reader(), 7).await {
                let titles: Vec<&str> = lists.notifications.iter().map(|one| one.content.title.as_str()).collect();
                self.note(&format!("fetched {titles:?} at {}", numbers(&lists.position)));
                let mut held = self.held();
                held.model.refill(lists.notifications, lists.tasks);
                held.position = Some(lists.position.clone());
                return lists.position;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Applies events; where one of them is a reset, the lists are fetched again and the position is theirs.
    fn apply(&self, events: &[Event], position: &Position) -> bool {
        let now = self.service.clock().now();
        let reader = self.reader();
        self.note(&format!("took {:?} to {}", events.iter().map(told).collect::<Vec<_>>(), numbers(position)));
        let mut held = self.held();
        held.position = Some(position.clone());
        let mut reset = false;
        for event in events {
            held.log.push(event.clone());
            reset |= held.model.apply(&with_reader(event, &reader), now);
        }
        held.resets += usize::from(reset);
        reset
    }

    async fn poll(&self, pause: Duration) {
        let mut position = self.refill().await;
        loop {
            match self.service.poll(&self.reader(), After::Position(position.clone())).await {
                Ok(Polled::News { events, position: next, more }) => {
                    position = next;
                    if self.apply(&events, &position) {
                        position = self.refill().await;
                    }
                    if more {
                        continue;
                    }
                }
                Ok(Polled::Nothing) | Err(_) => {}
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn stream(&self) {
        let mut position = self.refill().await;
        loop {
            position = self.one_stream(position).await;
        }
    }

    /// Groups of one feed follow each other without a hole and without a repetition.
    fn check(&self, before: &Position, item: &Item) {
        let Item::Group(group) = item else { return };
        let stood = before.of(group.segment.feed).map_or(0, |segment| segment.n.0);
        if group.follows.0 > stood || group.segment.n.0 <= stood {
            self.held().faults.push(format!("at {stood} came the group {} behind {}", group.segment.n, group.follows));
        }
    }

    /// Follows one stream to its end; answers where to go on.
    async fn one_stream(&self, position: Position) -> Position {
        let ask = open(&self.reader(), After::Position(position.clone()), &self.service);
        let Ok(mut stream) = self.service.open_stream(ask).await else {
            tokio::time::sleep(PAUSE).await;
            self.note("was refused");
            return position;
        };
        self.note(&format!("streams from {}, asked for {}", numbers(stream.position()), numbers(&position)));
        loop {
            let before = stream.position().clone();
            let item = tokio::select! {
                item = poll_fn(|cx| stream.poll_next(cx)) => item,
                () = self.renewed.notified() => return before,
            };
            let Some(item) = item else { return before };
            self.check(&before, &item);
            let reset = match item {
                Item::Group(group) => {
                    let hidden =
                        |event: &Event| matches!(event, Event::Broadcast(one) if stream.preferences().hides(one.content.category.as_ref()));
                    let events: Vec<Event> = group.events.iter().filter(|event| !hidden(event)).cloned().collect();
                    self.apply(&events, stream.position())
                }
                Item::Reset => self.apply(&[Event::Reset], stream.position()),
                Item::Beat => false,
                Item::End(why) => {
                    self.held().endings.push(why);
                    false
                }
            };
            if reset {
                drop(stream);
                return self.refill().await;
            }
        }
    }
}

/// A stream as a client opens it, with a token that lasts a day.
pub fn open(reader: &Reader, after: After, service: &Service) -> OpenStream {
    OpenStream {
        reader: reader.clone(),
        after,
        client: None,
        token_expires: service.clock().now().plus(Duration::from_hours(24)),
        beat: limits::HEARTBEAT,
        window: Duration::from_mins(14),
    }
}

fn numbers(position: &Position) -> String {
    position.0.iter().map(|segment| segment.n.to_string()).collect::<Vec<_>>().join("~")
}

fn told(event: &Event) -> String {
    match event {
        Event::Broadcast(one) | Event::Notification(one) => format!("{} {}", event.kind().as_str(), one.content.title),
        Event::TaskProgress(task) | Event::TaskCompleted(task) => format!("{} {}", task.id, task.status.as_str()),
        Event::NotificationDeleted(id) => format!("deleted {}.{}", id.slot.born, id.slot.place),
        Event::Watermark(..) | Event::Inbox(_) | Event::Reset => event.kind().as_str().to_owned(),
    }
}

/// Broadcasts name no reader, since many share them: the transport puts its own in.
pub fn with_reader(event: &Event, reader: &Reader) -> Event {
    match event {
        Event::Broadcast(one) => Event::Broadcast(Notification { user: Some(reader.user.clone()), ..one.clone() }),
        Event::Notification(_)
        | Event::NotificationDeleted(_)
        | Event::TaskProgress(_)
        | Event::TaskCompleted(_)
        | Event::Watermark(..)
        | Event::Inbox(_)
        | Event::Reset => event.clone(),
    }
}

/// Everything that the lists show.
#[derive(Debug)]
pub struct Lists {
    /// Notifications in their order: first those that are not archived, then the archived.
    pub notifications: Vec<Notification>,
    /// Tasks in their order.
    pub tasks: Vec<Task>,
    /// From before anything was read.
    pub position: Position,
}

impl Lists {
    /// Walks all lists with cursors, so many on a page.
    ///
    /// # Errors
    /// As the service's.
    pub async fn fetch(service: &Service, reader: &Reader, limit: u32) -> Result<Self, Error> {
        let (mut notifications, position) = walk(service, reader, limit, Filter::default()).await?;
        let archived = Filter { archived: true, ..Filter::default() };
        notifications.extend(walk(service, reader, limit, archived).await?.0);
        let mut tasks = Vec::new();
        let mut from = TaskFrom::Page(1);
        loop {
            let page = service.tasks(reader, &TaskAsk { from, limit }).await?;
            tasks.extend(page.tasks);
            let Some((slot, tag)) = page.next else { break };
            from = TaskFrom::Cursor(slot, tag);
        }
        Ok(Self { notifications, tasks, position })
    }
}

/// Walks one list with cursors; the position is that of its first page.
///
/// # Errors
/// As the service's.
pub async fn walk(service: &Service, reader: &Reader, limit: u32, filter: Filter) -> Result<(Vec<Notification>, Position), Error> {
    let mut found = Vec::new();
    let mut first = None;
    let mut from = From::Page(1);
    loop {
        let page = service.page(reader, &PageAsk { from, limit, filter: filter.clone() }).await?;
        found.extend(page.notifications);
        let position = first.get_or_insert(page.position).clone();
        match page.next {
            Some(next) => from = From::Cursor(next),
            None => return Ok((found, position)),
        }
    }
}

/// Waits a while that chance decides, below `most`.
pub async fn pause(chance: &Chance, most: Duration) {
    let most_ms = u64::try_from(most.as_millis()).unwrap_or(u64::MAX).max(1);
    tokio::time::sleep(Duration::from_millis(chance.below(most_ms))).await;
}

//! A client on a socket, as the contract tells it to be: it applies pushes by their numbers, resumes where one is missing, and pings.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use inbox::audience::Reader;
use inbox::event::Event;
use inbox::id::ConnectionId;
use inbox::position::{Position, Segment, Seq};
use service::{After, Entropy, Error, Positions, Service};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::client::{Lists, with_reader};
use crate::sockets::{Sockets, Told};
use crate::{Chance, Model};

/// A client at work. Dropping it stops it and leaves its socket as it is.
pub struct SocketClient {
    held: Arc<Mutex<Holding>>,
    reader: Reader,
    task: tokio::task::JoinHandle<()>,
}

/// What a client knows and what it went through.
#[derive(Debug, Default)]
pub struct Holding {
    /// The inbox as it knows it.
    pub model: Model,
    /// Its cursor.
    pub position: Option<Position>,
    /// Its socket.
    pub socket: Option<ConnectionId>,
    /// Its feeds by name, in the order of its cursor.
    pub feeds: Vec<String>,
    /// How often it was told to begin anew.
    pub resets: usize,
    /// How often it asked for what it missed.
    pub resumes: usize,
    /// Pushes that it applied.
    pub applied: usize,
    /// Pushes that it knew already.
    pub ignored: usize,
    /// What it did, for whoever wonders why a test failed.
    pub story: Vec<String>,
}

/// How long a client waits after trouble.
const PAUSE: Duration = Duration::from_millis(200);

impl SocketClient {
    /// Starts a client: it fetches the lists, connects to this process and follows from there, with a ping every so often.
    pub fn start(service: &Service, sockets: &Sockets, reader: &Reader, ping: Duration, seed: u64) -> Self {
        let held = Arc::new(Mutex::new(Holding::default()));
        let chance = Chance::new(seed);
        let (service, sockets) = (service.clone(), sockets.clone());
        let follower = Follower { service, sockets, held: Arc::clone(&held), reader: reader.clone(), ping, chance };
        Self { held, reader: reader.clone(), task: tokio::spawn(async move { follower.run().await }) }
    }

    /// Who it is.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// What it knows now.
    pub fn held(&self) -> MutexGuard<'_, Holding> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SocketClient {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Follower {
    service: Service,
    sockets: Sockets,
    held: Arc<Mutex<Holding>>,
    reader: Reader,
    ping: Duration,
    chance: Chance,
}

/// What a push asks of a client.
enum Next {
    Applied,
    Known,
    Resume,
    Refill,
}

impl Follower {
    fn held(&self) -> MutexGuard<'_, Holding> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, what: &str) {
        let at = self.service.clock().now().since(crate::clock::BEGIN);
        self.held().story.push(format!("{at:?} {what}"));
    }

    async fn run(&self) {
        loop {
            #[expect(clippy::unwrap_used, reason = "hexadecimal digits are a name")]
            let id = ConnectionId::parse(&format!("{:016x}=", self.chance.u64())).unwrap();
            let mut inbox = self.sockets.open(&id);
            let expires = self.service.clock().now().plus(Duration::from_hours(24));
            if self.service.connect(&id, &self.reader, expires).await.is_err() {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            self.note(&format!("connected as {id}"));
            self.held().socket = Some(id.clone());
            self.one_socket(&id, &mut inbox).await;
            // The platform tells of most that close, not of all.
            if self.chance.percent(70) {
                drop(self.service.disconnect(&id).await);
            }
        }
    }

    /// Follows one socket until it closes.
    async fn one_socket(&self, id: &ConnectionId, inbox: &mut UnboundedReceiver<Told>) {
        if self.held().position.is_none() {
            self.refill().await;
        }
        if !self.resume(id).await {
            return self.sockets.cut(id);
        }
        let mut ping = tokio::time::interval(self.ping);
        ping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let next = tokio::select! {
                told = inbox.recv() => match told {
                    Some(told) => self.take(&told),
                    None => return,
                },
                _ = ping.tick() => match self.service.ping(id).await {
                    Ok(positions) if self.behind(&positions) => Next::Resume,
                    Ok(_) | Err(Error::Busy { .. } | Error::Internal(_) | Error::Refused(_)) => Next::Known,
                    Err(Error::NotFound(_)) => return self.sockets.cut(id),
                },
            };
            if matches!(next, Next::Refill) {
                self.refill().await;
            }
            if matches!(next, Next::Refill | Next::Resume) && !self.resume(id).await {
                return self.sockets.cut(id);
            }
        }
    }

    /// Applies a push whose number follows.
    fn take(&self, told: &Told) -> Next {
        let (place, held) = {
            let holding = self.held();
            let Some(place) = holding.feeds.iter().position(|name| name == told.feed()) else { return Next::Resume };
            let Some(held) = holding.position.as_ref().and_then(|position| position.0.get(place).copied()) else { return Next::Resume };
            (place, held)
        };
        let next = match told {
            Told::Notice { n, .. } if *n <= held.n => Next::Known,
            Told::Push { n, at, .. } if at.feed == held.feed && *n <= held.n => Next::Known,
            Told::Push { n, at, events, .. } if follows(held, *at, *n) => {
                if self.apply(events) {
                    Next::Refill
                } else {
                    if let Some(position) = &mut self.held().position {
                        position.0[place] = *at;
                    }
                    Next::Applied
                }
            }
            Told::Push { .. } | Told::Notice { .. } => Next::Resume,
        };
        let (word, mut holding) = match next {
            Next::Applied | Next::Refill => ("applied", self.held()),
            Next::Known => ("knew", self.held()),
            Next::Resume => ("missed something before", self.held()),
        };
        holding.applied += usize::from(matches!(next, Next::Applied | Next::Refill));
        holding.ignored += usize::from(matches!(next, Next::Known));
        drop(holding);
        self.note(&format!("{word} {} {}", told.feed(), told.n()));
        next
    }

    /// Whether the store holds more than this client, or another life of a feed.
    fn behind(&self, positions: &Positions) -> bool {
        let holding = self.held();
        let held = holding.position.iter().flat_map(|position| &position.0);
        held.zip(&positions.0).any(|(held, (_, at))| at.feed != held.feed || at.n > held.n)
    }

    /// Applies events; `true` where one of them is a reset.
    fn apply(&self, events: &[Event]) -> bool {
        let now = self.service.clock().now();
        let mut holding = self.held();
        let mut reset = false;
        for event in events {
            reset |= holding.model.apply(&with_reader(event, &self.reader), now);
        }
        holding.resets += usize::from(reset);
        reset
    }

    /// Asks for what it missed until there is no more; `false` where the socket is not known any more.
    async fn resume(&self, id: &ConnectionId) -> bool {
        loop {
            let after = self.held().position.clone().map_or(After::Now, After::Position);
            match self.service.resume(id, after).await {
                Ok(resumed) => {
                    self.held().resumes += 1;
                    let steps: Vec<usize> = resumed.steps.iter().map(|step| step.events.len()).collect();
                    let numbers: Vec<u64> = resumed.position.0.iter().map(|segment| segment.n.0).collect();
                    self.note(&format!("resumed by {steps:?} to {numbers:?}"));
                    let mut reset = false;
                    for step in &resumed.steps {
                        reset |= self.apply(&step.events);
                    }
                    {
                        let mut holding = self.held();
                        holding.position = Some(resumed.position);
                        holding.feeds = resumed.positions.0.iter().map(|(feed, _)| feed.name().to_owned()).collect();
                    }
                    if reset {
                        self.refill().await;
                    } else if !resumed.more {
                        return true;
                    }
                }
                Err(Error::NotFound(_)) => return false,
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Fetches the lists; a client goes on from the position of the first page.
    async fn refill(&self) {
        loop {
            if let Ok(lists) = Lists::fetch(&self.service, &self.reader, 7).await {
                self.note(&format!("fetched {} notifications", lists.notifications.len()));
                let mut holding = self.held();
                holding.model.refill(lists.notifications, lists.tasks);
                holding.position = Some(lists.position);
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

fn follows(held: Segment, at: Segment, n: Seq) -> bool {
    let begins = held.n == Seq::ZERO && n == Seq(1);
    held.n.next() == n && (at.feed == held.feed || begins)
}

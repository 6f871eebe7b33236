//! A client that follows the contract's "Over WebSocket" and knows nothing but its texts, against pushes that are lost, late, doubled and out of
//! order, and feeds that begin anew.

use std::collections::{BTreeMap, BTreeSet};

use contract::cursor;
use contract::event::{ReaderName, encode};
use contract::query::After;
use contract::socket::{self, Answer, Batch, ClientMessage};
use inbox::event::Event;
use inbox::id::{Channel, NotificationId, Slot};
use inbox::position::{FeedTag, Position, Segment, Seq};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::sample;

const FEEDS: [&str; 3] = ["user", "everyone", "ops"];

/// One feed: which life it lives (0 before its first commit), and its last commit.
#[derive(Clone, Copy, Default)]
struct Feed {
    life: u8,
    n: u64,
}

/// Everything that there is, and the messages that are under way.
#[derive(Default)]
struct Server {
    feeds: [Feed; 3],
    pushes: Vec<Value>,
}

fn reader() -> ReaderName {
    ReaderName::new(&sample::anna())
}

fn value(message: &[u8]) -> Value {
    serde_json::from_slice(message).unwrap()
}

impl Server {
    fn segment(&self, feed: usize, n: u64) -> Segment {
        let tag = [u8::try_from(feed).unwrap(), self.feeds[feed].life, 0, 0, 0, 0];
        Segment { feed: FeedTag(tag), n: Seq(n), hour: 490_000 }
    }

    fn event(&self, feed: usize, n: u64) -> contract::event::EncodedEvent {
        encode(&Event::NotificationDeleted(NotificationId { feed: self.segment(feed, n).feed, slot: Slot { born: Seq(n), place: 0 } }))
    }

    fn ids(&self) -> BTreeSet<String> {
        let of = |feed: usize| (1..=self.feeds[feed].n).map(move |n| id(&value_of(&self.event(feed, n))));
        (0..FEEDS.len()).flat_map(of).collect()
    }

    fn position(&self) -> Position {
        Position((0..FEEDS.len()).map(|feed| self.segment(feed, self.feeds[feed].n)).collect())
    }

    fn commit(&mut self, feed: usize) {
        self.feeds[feed].life = self.feeds[feed].life.max(1);
        self.feeds[feed].n += 1;
        let n = self.feeds[feed].n;
        self.pushes.push(value(&socket::push(FEEDS[feed], &self.segment(feed, n), &[self.event(feed, n)], &reader())));
    }

    /// What a feed was is gone, and its next life has a commit.
    fn begin_anew(&mut self, feed: usize) {
        self.feeds[feed] = Feed { life: self.feeds[feed].life + 1, n: 0 };
        self.commit(feed);
    }

    fn positions(&self) -> Vec<(&'static str, Segment)> {
        FEEDS.into_iter().zip(self.position().0).collect()
    }

    /// The answer to a resume, in its messages; a place in another life of a feed is a reset.
    fn resume(&self, message: &str) -> Vec<Value> {
        let Ok(ClientMessage::Resume { after: After::Position(from) }) = socket::parse(message) else { panic!("{message}") };
        let now = self.position();
        let lost = from.0.iter().zip(&now.0).any(|(held, head)| held.n > Seq::ZERO && held.feed != head.feed);
        let mut place = from.clone();
        let mut batches = Vec::new();
        for (feed, held) in from.0.iter().enumerate() {
            for n in held.n.0 + 1..=self.feeds[feed].n {
                place.0[feed] = self.segment(feed, n);
                batches.push(Batch { events: vec![self.event(feed, n)], cursor: cursor::position_text(&place) });
            }
        }
        let text = cursor::position_text(&now);
        if lost {
            batches = vec![Batch { events: vec![encode(&Event::Reset)], cursor: text.clone() }];
        }
        let before = cursor::position_text(&from);
        let answer = Answer { before, batches, cursor: text, positions: self.positions(), more: false };
        answer.messages(&reader()).iter().map(|message| value(message)).collect()
    }
}

fn value_of(event: &contract::event::EncodedEvent) -> Value {
    serde_json::from_str(event.to_raw(&reader()).get()).unwrap()
}

fn id(event: &Value) -> String {
    event["id"].as_str().unwrap().to_owned()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// What the contract tells a client to keep.
struct Client {
    cursor: String,
    held: BTreeMap<String, (u64, String)>,
    seen: BTreeSet<String>,
}

impl Client {
    fn new(server: &Server) -> Self {
        let mut client = Self { cursor: cursor::position_text(&server.position()), held: BTreeMap::new(), seen: server.ids() };
        client.resume(server);
        client
    }

    fn resume(&mut self, server: &Server) {
        let message = json!({"action": "resume", "after": self.cursor}).to_string();
        for part in server.resume(&message) {
            self.take_events(&part, server);
            self.cursor = text(&part["cursor"]);
            for (feed, at) in part.get("positions").and_then(Value::as_object).into_iter().flatten() {
                self.held.insert(feed.clone(), (at["n"].as_u64().unwrap(), text(&at["at"])));
            }
        }
    }

    fn take_events(&mut self, message: &Value, server: &Server) {
        for event in message["events"].as_array().unwrap() {
            match event["type"].as_str().unwrap() {
                // The lists are fetched again.
                "reset" => self.seen = server.ids(),
                _ => assert!(self.seen.insert(id(event)), "told twice: {event}"),
            }
        }
    }

    fn hear(&mut self, push: &Value, server: &Server) {
        let (n, held) = (push["n"].as_u64().unwrap(), self.held.get(push["feed"].as_str().unwrap()).cloned());
        let Some((last, at)) = held else { return self.resume(server) };
        let Some(new) = push.get("at").map(text) else {
            if n > last {
                self.resume(server);
            }
            return;
        };
        if last > 0 && new[..8] != at[..8] || n > last + 1 {
            return self.resume(server);
        }
        if n == last + 1 {
            self.take_events(push, server);
            self.cursor = self.cursor.replace(&at, &new);
            self.held.insert(text(&push["feed"]), (n, new));
        }
    }

    fn ping(&mut self, server: &Server) {
        let told = value(&socket::positions(&server.positions()));
        let behind = told["positions"].as_object().unwrap().iter().any(|(feed, at)| {
            let (last, held) = &self.held[feed];
            at["n"].as_u64().unwrap() > *last || *last > 0 && at["at"].as_str().unwrap()[..8] != held[..8]
        });
        if behind {
            self.resume(server);
        }
    }

    /// Its cursor and its numbers are one place, and it has seen what lies before it.
    fn check(&self, server: &Server) {
        let position = cursor::parse_position(&self.cursor).unwrap();
        for ((name, feed), segment) in FEEDS.iter().zip(&server.feeds).zip(&position.0) {
            assert_eq!(self.held[*name], (segment.n.0, cursor::segment_text(segment)));
            assert!(segment.feed.0[1] != feed.life || segment.n.0 <= feed.n);
        }
    }
}

/// What may happen next: a commit, a feed that begins anew, one of the pushes under way arriving (and staying under way, or not) or being lost.
#[derive(Clone, Debug)]
enum Step {
    Commit(usize),
    Anew(usize),
    Arrives(prop::sample::Index, bool),
    Shrinks(prop::sample::Index),
    Lost(prop::sample::Index),
    Ping,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let one = prop_oneof![
        8 => (0..FEEDS.len()).prop_map(Step::Commit),
        1 => (0..FEEDS.len()).prop_map(Step::Anew),
        8 => (any::<prop::sample::Index>(), prop::bool::weighted(0.2)).prop_map(|(which, again)| Step::Arrives(which, again)),
        1 => any::<prop::sample::Index>().prop_map(Step::Shrinks),
        2 => any::<prop::sample::Index>().prop_map(Step::Lost),
        1 => Just(Step::Ping),
    ];
    prop::collection::vec(one, 0..60)
}

fn run(server: &mut Server, client: &mut Client, step: &Step) {
    let under_way = server.pushes.len();
    match step {
        Step::Commit(feed) => server.commit(*feed),
        Step::Anew(feed) => server.begin_anew(*feed),
        Step::Ping => client.ping(server),
        Step::Arrives(..) | Step::Shrinks(_) | Step::Lost(_) if under_way == 0 => {}
        Step::Arrives(which, again) => {
            let push = server.pushes[which.index(under_way)].clone();
            if !again {
                server.pushes.remove(which.index(under_way));
            }
            client.hear(&push, server);
        }
        Step::Shrinks(which) => {
            let push = server.pushes.remove(which.index(under_way));
            let notice = socket::notice(push["feed"].as_str().unwrap(), Seq(push["n"].as_u64().unwrap()));
            client.hear(&value(&notice), server);
        }
        Step::Lost(which) => {
            server.pushes.remove(which.index(under_way));
        }
    }
}

proptest! {
    /// Case 8, and more: nothing is missed for good, nothing is told twice, and the cursor never stands behind a hole.
    #[test]
    fn a_client_misses_nothing_whatever_becomes_of_pushes(steps in steps()) {
        let mut server = Server::default();
        let mut client = Client::new(&server);
        for step in steps {
            run(&mut server, &mut client, &step);
            client.check(&server);
        }
        client.ping(&server);
        client.check(&server);
        prop_assert_eq!(&client.cursor, &cursor::position_text(&server.position()));
        prop_assert_eq!(client.seen, server.ids());
    }
}

/// Case 8 itself.
#[test]
fn a_push_over_a_hole_moves_no_cursor() {
    let mut server = Server::default();
    (0..3).for_each(|_| server.commit(0));
    let mut client = Client::new(&server);
    let before = client.cursor.clone();
    server.pushes.clear();
    (0..3).for_each(|_| server.commit(0));
    let third = server.pushes.remove(2);
    assert_eq!(third["n"], 6);
    client.hear(&third, &server);
    assert_ne!(client.cursor, before);
    assert_eq!(client.seen, server.ids(), "it resumed from where it was");
}

/// Case 4: text comes out as it went in.
#[test]
fn a_pushed_text_is_the_published_one() {
    for odd in ["line\n", "\n", "a\n\n\nb", "ok\rdata: {\"type\":\"reset\"}", "\u{2028}\u{fffe}👩‍👩‍👧\u{202e}\0"] {
        let mut one = sample::broadcast();
        odd.clone_into(&mut one.content.message);
        let events = [encode(&Event::Broadcast(one))];
        let at = sample::position().0[1];
        let told = value(&socket::push(Channel::Everyone.as_str(), &at, &events, &reader()));
        assert_eq!(told["events"][0]["notification"]["message"], odd);
    }
}

//! A socket whose client keeps the rules: it applies what follows, ignores what it has, and resumes where something is missing.

use std::collections::{BTreeMap, VecDeque};

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::client::{Request, Response};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::wait::in_time;

/// An open socket and what its client holds.
pub(crate) struct Socket {
    line: WebSocketStream<MaybeTlsStream<TcpStream>>,
    held: BTreeMap<String, Held>,
    waiting: VecDeque<Value>,
}

/// How far the client is in a feed.
struct Held {
    n: u64,
    at: String,
}

impl Socket {
    /// Connects with a ticket; the error is the handshake's.
    pub(crate) async fn open(url: &str, ticket: &str) -> Result<Self, Error> {
        let request = tokio_tungstenite::tungstenite::client::IntoClientRequest::into_client_request(format!("{url}?ticket={ticket}"))?;
        Self::open_by(request).await.map(|(socket, _)| socket)
    }

    /// Connects by this request and gives the answer to it.
    pub(crate) async fn open_by(request: Request) -> Result<(Self, Response), Error> {
        let (line, response) = in_time("a socket", connect_async(request)).await?;
        Ok((Self { line, held: BTreeMap::new(), waiting: VecDeque::new() }, response))
    }

    pub(crate) async fn say(&mut self, message: Message) {
        self.line.send(message).await.unwrap();
    }

    /// The same to a socket that may be closed by now.
    pub(crate) async fn say_if_open(&mut self, message: Message) {
        let _ = self.line.send(message).await;
    }

    /// The next message; nothing at the end.
    async fn hear(&mut self) -> Option<Value> {
        loop {
            match in_time("something on the socket", self.line.next()).await? {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_)) => {}
            }
        }
    }

    /// Asks for what came after a place, or for the place of now, until there is no more; what it brings waits to be taken.
    pub(crate) async fn resume(&mut self, mut after: Option<String>) {
        let mut pushed = Vec::new();
        loop {
            let ask = after.as_ref().map_or_else(|| json!({"action": "resume"}), |after| json!({"action": "resume", "after": after}));
            self.say(Message::text(ask.to_string())).await;
            let last = loop {
                let answer = self.hear().await.expect("an answer to resume");
                if answer.get("feed").is_some() {
                    pushed.push(answer);
                    continue;
                }
                self.waiting.extend(answer["events"].as_array().unwrap_or_else(|| panic!("{answer}")).iter().cloned());
                if answer.get("positions").is_some() {
                    break answer;
                }
            };
            self.hold(&last["positions"]);
            if last["more"] != true {
                break;
            }
            after = last["cursor"].as_str().map(str::to_owned);
        }
        for push in pushed {
            Box::pin(self.take(push)).await;
        }
    }

    fn hold(&mut self, positions: &Value) {
        for (feed, place) in positions.as_object().unwrap() {
            let (n, at) = (place["n"].as_u64().unwrap(), place["at"].as_str().unwrap().to_owned());
            self.held.insert(feed.clone(), Held { n, at });
        }
    }

    /// Takes a push by the rules.
    async fn take(&mut self, push: Value) {
        let (feed, n) = (push["feed"].as_str().unwrap(), push["n"].as_u64().unwrap());
        let held = self.held.get(feed).map(|held| held.n);
        if held.is_some_and(|held| n <= held) {
            return;
        }
        match (held, push["at"].as_str(), push["events"].as_array()) {
            (Some(held), Some(at), Some(events)) if n == held + 1 => {
                self.held.insert(feed.to_owned(), Held { n, at: at.to_owned() });
                self.waiting.extend(events.iter().cloned());
            }
            _ => self.resume(Some(self.cursor())).await,
        }
    }

    /// The cursor of all that it holds: good for a stream and a poll too.
    pub(crate) fn cursor(&self) -> String {
        let places: Vec<&str> = self.held.values().map(|held| held.at.as_str()).collect();
        format!("1.{}", places.join("~"))
    }

    /// How far the server is, by feed; pushes that come first are taken.
    pub(crate) async fn ping(&mut self) -> Value {
        self.say(Message::text(r#"{"action":"ping"}"#)).await;
        loop {
            let answer = self.hear().await.expect("an answer to ping");
            if let Some(positions) = answer.get("positions") {
                return positions.clone();
            }
            self.take(answer).await;
        }
    }

    /// How far the client is, by feed, in the form of [`Self::ping`].
    pub(crate) fn positions(&self) -> Value {
        self.held.iter().map(|(feed, held)| (feed.clone(), json!({"n": held.n, "at": held.at}))).collect::<serde_json::Map<_, _>>().into()
    }

    /// The next event that is this; those before it are dropped.
    pub(crate) async fn event(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            while let Some(event) = self.waiting.pop_front() {
                if wanted(&event) {
                    return event;
                }
            }
            let push = self.hear().await.expect("the socket is closed");
            self.take(push).await;
        }
    }

    /// The next error that the server tells; nothing where it closes instead.
    pub(crate) async fn error(&mut self) -> Option<Value> {
        loop {
            let message = self.hear().await?;
            if let Some(error) = message.get("error") {
                return Some(error.clone());
            }
        }
    }

    /// Says goodbye.
    pub(crate) async fn close(mut self) {
        let _ = self.line.close(None).await;
    }
}

//! A WebSocket as a client holds it.

use futures::{SinkExt as _, StreamExt as _};
use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{PATIENCE, Server};

/// An open socket.
pub(crate) struct Socket {
    pub(crate) line: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The subprotocol that the server chose.
    pub(crate) subprotocol: Option<String>,
}

/// An answer to `resume`, all its messages.
pub(crate) struct Resumed {
    pub(crate) events: Vec<Value>,
    pub(crate) cursor: String,
    pub(crate) positions: Value,
    /// How many messages it came in.
    pub(crate) parts: usize,
    /// The longest of them.
    pub(crate) bytes_max: usize,
}

impl Server<'_> {
    /// A ticket of this user.
    pub(crate) async fn ticket(&self, user: &str) -> String {
        let answer = self.post(user, "/api/stream/ticket", &json!({})).await;
        answer["ticket"].as_str().unwrap().to_owned()
    }

    /// A socket of this user, from now on.
    pub(crate) async fn socket(&self, user: &str) -> (Socket, Resumed) {
        self.socket_after(user, None).await
    }

    /// A socket of this user, from this place on.
    pub(crate) async fn socket_after(&self, user: &str, after: Option<&str>) -> (Socket, Resumed) {
        let ticket = self.ticket(user).await;
        let mut socket = self.try_socket(&format!("?ticket={ticket}"), &[]).await.unwrap();
        let resumed = socket.resume(after).await;
        (socket, resumed)
    }

    /// A handshake; where it is refused, the status and the problem.
    pub(crate) async fn try_socket(&self, query: &str, headers: &[(&'static str, &str)]) -> Result<Socket, (u16, Value)> {
        let mut request = format!("ws://{}/ws{query}", self.address()).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        match connect_async(request).await {
            Ok((line, answer)) => {
                let subprotocol = answer.headers().get("sec-websocket-protocol").map(|value| value.to_str().unwrap().to_owned());
                Ok(Socket { line, subprotocol })
            }
            Err(Error::Http(answer)) => {
                let problem = answer.body().as_deref().map(|body| serde_json::from_slice(body).unwrap());
                Err((answer.status().as_u16(), problem.unwrap_or_default()))
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Mutes these categories of a user.
    pub(crate) async fn mute(&self, user: &str, muted: &[&str]) {
        let request = self.request(Method::PUT, user, "/api/preferences").header("content-type", "application/json");
        let answer = request.body(json!({ "muted": muted }).to_string()).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
    }
}

impl Socket {
    pub(crate) async fn send(&mut self, message: Message) {
        self.line.send(message).await.unwrap();
    }

    pub(crate) async fn say(&mut self, message: &Value) {
        self.send(Message::text(message.to_string())).await;
    }

    /// The next message; nothing once it is closed, with the code.
    pub(crate) async fn next(&mut self) -> Result<Value, u16> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.line.next()).await.expect("nothing comes, and it does not end");
            match next {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(1_005, |frame| frame.code.into())),
                Some(Ok(other)) => assert!(!other.is_binary(), "{other:?}"),
                Some(Err(_)) | None => return Err(1_006),
            }
        }
    }

    /// The next message, which must come.
    pub(crate) async fn told(&mut self) -> Value {
        self.next().await.unwrap_or_else(|code| panic!("closed with {code}"))
    }

    /// The next push of this feed.
    pub(crate) async fn push_of(&mut self, feed: &str) -> Value {
        loop {
            let told = self.told().await;
            if told["feed"] == feed {
                return told;
            }
        }
    }

    /// The code with which it is closed, whatever comes before.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }

    /// Asks for what came since, and reads the whole answer, for so long as there is more. Pushes that come between are dropped:
    /// what they bring is in the answer, or in the next.
    pub(crate) async fn resume(&mut self, after: Option<&str>) -> Resumed {
        let (events, cursor) = (Vec::new(), after.unwrap_or_default().to_owned());
        let mut resumed = Resumed { events, cursor, positions: Value::Null, parts: 0, bytes_max: 0 };
        loop {
            let ask =
                if resumed.cursor.is_empty() { json!({"action": "resume"}) } else { json!({"action": "resume", "after": resumed.cursor}) };
            self.say(&ask).await;
            let more = loop {
                let told = self.told().await;
                let Some(events) = told["events"].as_array().filter(|_| told["feed"].is_null()) else { continue };
                resumed.events.extend(events.iter().cloned());
                resumed.parts += 1;
                resumed.bytes_max = resumed.bytes_max.max(told.to_string().len());
                told["cursor"].as_str().unwrap().clone_into(&mut resumed.cursor);
                if told["positions"].is_object() {
                    resumed.positions = told["positions"].clone();
                    break told["more"] == true;
                }
            };
            if !more {
                return resumed;
            }
        }
    }
}

/// The titles among events.
pub(crate) fn titles(events: &Value) -> Vec<&str> {
    events.as_array().unwrap().iter().filter_map(|event| event["notification"]["title"].as_str()).collect()
}

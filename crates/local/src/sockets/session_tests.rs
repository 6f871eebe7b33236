//! Sockets over a pipe and paused time, with a handler that only listens.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use aws_lambda_events::apigw::{ApiGatewayProxyResponse, ApiGatewayWebsocketProxyRequest};
use futures::FutureExt as _;
use http::Request;
use inbox::moment::Moment;
use tokio::io::DuplexStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::super::line::{Line, NotTaken, Peer};
use super::*;
use crate::ports::{Clock, Entropy};
use crate::sockets::{Hall, Handler};

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Moment {
        Moment::from_seconds(1_800_000_000)
    }
}

impl Entropy for Fixed {
    fn u64(&self) -> u64 {
        700
    }
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0xff);
    }
}

type Heard = Arc<Mutex<Vec<ApiGatewayWebsocketProxyRequest>>>;

/// A client, the other side's line, and what the handler heard.
struct Pair {
    client: WebSocketStream<DuplexStream>,
    hall: Hall,
    heard: Heard,
    ended: JoinHandle<()>,
}

fn handler(heard: &Heard) -> Handler {
    let heard = Arc::clone(heard);
    Arc::new(move |event| {
        heard.lock().unwrap().push(event);
        let mut answer = ApiGatewayProxyResponse::default();
        (answer.status_code, answer.body) = (200, Some("never sent".to_owned().into()));
        async { answer }.boxed()
    })
}

async fn open() -> Pair {
    let (ours, theirs) = tokio::io::duplex(64 * 1_024);
    let (hall, heard) = (Hall::default(), Heard::default());
    let sockets = Sockets {
        hall: hall.clone(),
        handler: handler(&heard),
        most: 1,
        keys: Arc::new([]),
        clock: Arc::new(Fixed),
        entropy: Arc::new(Fixed),
    };
    let (parts, ()) = Request::get("/ws").header("host", "belfry.test").body(()).unwrap().into_parts();
    let peer = Peer::new(Ipv4Addr::LOCALHOST.into(), "test");
    let socket = Socket::new("id=".into(), &parts, peer.clone(), Fixed.now());
    let (line, waiting) = Line::new(peer, Fixed.now());
    let stay = hall.enter(socket.id(), line);
    let ended = tokio::spawn(async move { run(ours, &sockets, &socket, &stay, waiting).await });
    Pair { client: WebSocketStream::from_raw_socket(theirs, Role::Client, None).await, hall, heard, ended }
}

impl Pair {
    async fn say(&mut self, message: Message) {
        self.client.send(message).await.unwrap();
    }

    async fn post(&self, message: impl Into<Bytes>) -> Result<(), NotTaken> {
        self.hall.line("id=").ok_or(NotTaken::Gone)?.post(message.into()).await
    }

    /// Reads to the close frame, and gives its code and whether both sides parted well.
    async fn closed(&mut self) -> u16 {
        let mut code = 1006;
        while let Some(Ok(message)) = self.client.next().await {
            if let Message::Close(frame) = message {
                code = frame.map_or(1005, |frame| frame.code.into());
            }
        }
        code
    }

    /// What the handler heard to the end: route, body or code.
    async fn story(self) -> Vec<(String, String)> {
        drop(self.client);
        self.ended.await.unwrap();
        let heard = std::mem::take(&mut *self.heard.lock().unwrap());
        let told = |event: ApiGatewayWebsocketProxyRequest| {
            let code = event.request_context.disconnect_status_code.map(|code| code.to_string());
            (event.request_context.route_key.unwrap(), event.body.or(code).unwrap_or_default())
        };
        heard.into_iter().map(told).collect()
    }
}

fn story(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(route, said)| ((*route).to_owned(), (*said).to_owned())).collect()
}

#[tokio::test(start_paused = true)]
async fn what_a_client_says_is_an_event_and_the_answer_is_for_nobody() {
    let mut pair = open().await;
    pair.say(Message::text("{\"a\": \"é\"}")).await;
    pair.say(Message::binary(vec![0, 255])).await;
    pair.say(Message::Ping("p".into())).await;
    assert_eq!(pair.client.next().await.unwrap().unwrap(), Message::Pong("p".into()));
    {
        let heard = pair.heard.lock().unwrap();
        let context = &heard[0].request_context;
        assert_eq!(context.event_type.as_deref(), Some("MESSAGE"));
        assert_eq!((context.connection_id.as_deref(), context.domain_name.as_deref()), (Some("id="), Some("belfry.test")));
        assert_eq!((context.connected_at, context.request_time.as_deref()), (1_800_000_000_000, Some("15/Jan/2027:08:00:00 +0000")));
        assert!(context.message_id.is_some() && !heard[0].is_base64_encoded && heard[1].is_base64_encoded);
    }
    pair.say(Message::Close(Some(CloseFrame { code: 4_000.into(), reason: "bye".into() }))).await;
    assert_eq!(pair.closed().await, 4_000);
    assert_eq!(pair.story().await, story(&[("$default", "{\"a\": \"é\"}"), ("$default", "AP8="), ("$disconnect", "4000")]));
}

#[tokio::test(start_paused = true)]
async fn what_is_posted_arrives_in_order_and_in_frames_of_the_platforms_size() {
    let mut pair = open().await;
    let long = "é".repeat(MESSAGE_BYTES / 2);
    for text in ["one", "", &long] {
        assert_eq!(pair.post(text.to_owned()).await, Ok(()));
    }
    assert_eq!(pair.post(vec![0xff]).await, Ok(()));
    assert_eq!(pair.post(vec![b'x'; MESSAGE_BYTES + 1]).await, Err(NotTaken::TooLarge));
    for text in ["one", "", &long] {
        assert_eq!(pair.client.next().await.unwrap().unwrap(), Message::text(text));
    }
    assert_eq!(pair.client.next().await.unwrap().unwrap(), Message::binary(vec![0xff]));
    assert_eq!(pair.story().await, story(&[("$disconnect", "1006")]));
}

#[tokio::test(start_paused = true)]
async fn frames_and_messages_have_limits() {
    let fragment = |text: &str, kind, last| Message::Frame(Frame::message(text.to_owned(), OpCode::Data(kind), last));
    let within = "x".repeat(FRAME_BYTES);
    let mut pair = open().await;
    pair.say(Message::text(within.as_str())).await;
    pair.say(Message::text(format!("{within}x"))).await;
    assert_eq!(pair.closed().await, 1_009);
    assert_eq!(pair.post("late").await, Err(NotTaken::Gone));
    assert_eq!(pair.story().await, story(&[("$default", &within), ("$disconnect", "1009")]));

    let mut pair = open().await;
    for (n, kind) in [Data::Text, Data::Continue, Data::Continue, Data::Continue].into_iter().enumerate() {
        pair.say(fragment(&within, kind, n == 3)).await;
    }
    for kind in [Data::Text, Data::Continue, Data::Continue, Data::Continue, Data::Continue] {
        pair.say(fragment(&within, kind, false)).await;
    }
    assert_eq!(pair.closed().await, 1_009);
    assert_eq!(pair.story().await, story(&[("$default", &within.repeat(4)), ("$disconnect", "1009")]));

    let mut pair = open().await;
    pair.say(Message::Frame(Frame::message(vec![0xff], OpCode::Data(Data::Text), true))).await;
    assert_eq!(pair.closed().await, 1_007);
    let mut pair = open().await;
    pair.say(fragment("x", Data::Continue, true)).await;
    assert_eq!(pair.closed().await, 1_002);
}

#[tokio::test(start_paused = true)]
async fn a_socket_ends_when_nobody_speaks_and_when_it_is_old() {
    let minutes = |n| tokio::time::sleep(Duration::from_mins(n));
    let mut pair = open().await;
    minutes(9).await;
    pair.say(Message::text("client")).await;
    minutes(9).await;
    pair.say(Message::Ping(Bytes::new())).await;
    minutes(9).await;
    assert_eq!(pair.post("server").await, Ok(()));
    minutes(9).await;
    assert!(!pair.ended.is_finished());
    minutes(2).await;
    assert_eq!(pair.closed().await, 1_001);
    assert_eq!(pair.story().await, story(&[("$default", "client"), ("$disconnect", "1001")]));

    let mut pair = open().await;
    for _ in 0..14 {
        minutes(9).await;
        let _ = pair.client.send(Message::Ping(Bytes::new())).await;
    }
    assert_eq!(pair.closed().await, 1_001);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_is_cut() {
    let pair = open().await;
    let message = Bytes::from(vec![b'x'; MESSAGE_BYTES]);
    let mut taken = 0;
    while pair.post(message.clone()).await.is_ok() {
        taken += 1;
    }
    // One is on its way, and the queue holds three.
    assert!((3..=4).contains(&taken), "{taken}");
    tokio::time::sleep(2 * FAREWELL).await;
    assert!(pair.ended.is_finished());
    assert_eq!(pair.heard.lock().unwrap()[0].request_context.disconnect_status_code, Some(1_001));
}

#[tokio::test(start_paused = true)]
async fn the_process_ends_its_sockets_and_waits_until_that_is_told() {
    let mut pair = open().await;
    let hall = pair.hall.clone();
    let ((), code) = tokio::join!(hall.shutdown(Duration::from_secs(2), &Fixed), pair.closed());
    assert_eq!((code, hall.open_sockets()), (1_001, 0));
    assert_eq!(pair.story().await, story(&[("$disconnect", "1001")]));
    assert!(hall.closed());
    hall.shutdown(Duration::from_secs(2), &Fixed).await;
}

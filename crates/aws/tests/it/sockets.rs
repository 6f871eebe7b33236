//! API Gateway's WebSocket events, handled by `websocket`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws::encode::Encoder;
use aws::jobs::NoJobs;
use aws::push::Gateway;
use aws::websocket::Sockets;
use belfry_http::app::Settings;
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use inbox::id::ConnectionId;
use inbox::limits;
use serde_json::{Value, json};
use service::{Push, PushError, PushSettings, Service};
use testkit::cloud::{Cloud, Told};
use testkit::{World, broadcast, notify, reader};

use crate::support::{app, bearer, clients_at, token};

/// What sockets were told, by their ids; those closed hear nothing.
#[derive(Default)]
pub(crate) struct Heard {
    messages: Mutex<HashMap<String, Vec<Bytes>>>,
    closed: Mutex<Vec<String>>,
    refuses: Mutex<Vec<PushError>>,
    /// How long each post takes.
    hangs: Mutex<Duration>,
}

impl Heard {
    /// What a socket was told since the last time.
    pub(crate) fn take(&self, id: &str) -> Vec<Value> {
        let messages = self.messages.lock().unwrap().remove(id).unwrap_or_default();
        messages.iter().map(|message| serde_json::from_slice(message).unwrap()).collect()
    }

    fn longest(&self) -> usize {
        self.messages.lock().unwrap().values().flatten().map(Bytes::len).max().unwrap_or(0)
    }

    fn closed(&self) -> Vec<String> {
        std::mem::take(&mut self.closed.lock().unwrap())
    }
}

impl Push for Heard {
    fn post<'a>(&'a self, connection: &'a ConnectionId, message: Bytes) -> BoxFuture<'a, Result<(), PushError>> {
        async move {
            let hangs = *self.hangs.lock().unwrap();
            tokio::time::sleep(hangs).await;
            if let Some(error) = self.refuses.lock().unwrap().pop() {
                return Err(error);
            }
            if self.closed.lock().unwrap().iter().any(|closed| closed == connection.as_str()) {
                return Err(PushError::Gone);
            }
            self.messages.lock().unwrap().entry(connection.as_str().to_owned()).or_default().push(message);
            Ok(())
        }
        .boxed()
    }

    fn close<'a>(&'a self, connection: &'a ConnectionId) -> BoxFuture<'a, Result<(), PushError>> {
        async move {
            self.closed.lock().unwrap().push(connection.as_str().to_owned());
            Ok(())
        }
        .boxed()
    }
}

/// Has a process push to these.
pub(crate) fn push_to(service: &Service, heard: &Arc<Heard>) {
    let push: Arc<Heard> = Arc::clone(heard);
    service.push_to(push, Arc::new(NoJobs), Arc::new(Encoder), PushSettings::default());
}

/// A socket of this user is open.
pub(crate) async fn connected(world: &World, user: &str, id: &str) {
    let expires = world.now().plus(Duration::from_hours(1));
    world.service.connect(&ConnectionId::parse(id).unwrap(), &reader(user, &[]), expires).await.unwrap();
}

fn event(kind: &str, id: &str) -> Value {
    let route = match kind {
        "CONNECT" => "$connect",
        "DISCONNECT" => "$disconnect",
        _ => "$default",
    };
    json!({
        "requestContext": {
            "routeKey": route, "eventType": kind, "connectionId": id, "stage": "prod", "domainName": "ws.example", "apiId": "f6g7h8",
            "connectedAt": 1_772_366_400_000_i64, "requestTimeEpoch": 1_772_366_400_000_i64, "requestId": "r=", "messageDirection": "IN",
            "identity": {"sourceIp": "203.0.113.1"},
        },
        "isBase64Encoded": false,
    })
}

pub(crate) struct Side {
    pub(crate) world: World,
    sockets: Sockets,
    heard: Arc<Heard>,
}

impl Side {
    pub(crate) async fn new() -> Self {
        let world = World::new(1).await;
        let heard = Arc::new(Heard::default());
        push_to(&world.service, &heard);
        let push: Arc<Heard> = Arc::clone(&heard);
        let sockets = Sockets { app: app(&world, Settings::default()), push };
        Self { world, sockets, heard }
    }

    async fn handle(&self, event: Value) -> Value {
        serde_json::to_value(self.sockets.handle(serde_json::from_value(event).unwrap()).await).unwrap()
    }

    pub(crate) async fn connect(&self, id: &str, headers: &[(&str, &str)], query: &[(&str, &str)]) -> Value {
        let mut event = event("CONNECT", id);
        for (name, value) in headers {
            event["headers"][*name] = json!(value);
            event["multiValueHeaders"][*name] = json!([value]);
        }
        for (name, value) in query {
            event["queryStringParameters"][*name] = json!(value);
        }
        self.handle(event).await
    }

    pub(crate) async fn say(&self, id: &str, message: impl ToString) -> Vec<Value> {
        let mut event = event("MESSAGE", id);
        event["body"] = json!(message.to_string());
        assert_eq!(self.handle(event).await["statusCode"], 200);
        self.heard.take(id)
    }

    async fn bring_in(&self, id: &str, user: &str) {
        let answer = self.connect(id, &[("Authorization", &bearer(&self.world, user))], &[]).await;
        assert_eq!(answer["statusCode"], 200, "{answer}");
    }

    async fn ticket(&self, user: &str) -> String {
        let expires = self.world.now().plus(Duration::from_hours(1));
        let holder = service::TicketHolder { reader: reader(user, &[]), admin: false, service: false, expires };
        self.world.service.issue_ticket(&holder).await.unwrap()
    }
}

/// Case 50: a cookie is never enough, and a ticket is good once, for a minute.
#[tokio::test(start_paused = true)]
async fn a_ticket_opens_one_socket_within_a_minute_and_a_cookie_none() {
    let side = Side::new().await;
    let cookie = format!("__Host-belfry={}", token("anna", side.world.now(), Duration::from_hours(1)));
    let refused = side.connect("A=", &[("Cookie", &cookie)], &[]).await;
    assert_eq!((&refused["statusCode"], refused["headers"]["content-type"].as_str()), (&json!(401), Some("application/problem+json")));

    let ticket = side.ticket("anna").await;
    let query = [("ticket", ticket.as_str())];
    let (one, two) = tokio::join!(side.connect("A=", &[], &query), side.connect("B=", &[], &query));
    let mut both = [one["statusCode"].as_i64().unwrap(), two["statusCode"].as_i64().unwrap()];
    both.sort_unstable();
    assert_eq!(both, [200, 401], "two redemptions at once: one wins");
    assert_eq!(side.connect("C=", &[], &[("ticket", &ticket)]).await["statusCode"], 401);

    let late = side.ticket("anna").await;
    side.world.run_for(Duration::from_secs(61)).await;
    assert_eq!(side.connect("D=", &[], &[("ticket", &late)]).await["statusCode"], 401);
}

#[tokio::test(start_paused = true)]
async fn the_first_subprotocol_that_is_asked_for_is_echoed() {
    let side = Side::new().await;
    let token = bearer(&side.world, "anna");
    let answer = side.connect("A=", &[("Authorization", &token), ("Sec-WebSocket-Protocol", "belfry.v1, other")], &[]).await;
    assert_eq!((&answer["statusCode"], &answer["headers"]["sec-websocket-protocol"]), (&json!(200), &json!("belfry.v1")));
    let answer = side.connect("B=", &[("Authorization", &token)], &[]).await;
    assert_eq!(answer["headers"].as_object().unwrap().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_expired_within_the_leeway_opens_no_socket() {
    let side = Side::new().await;
    let token = format!("Bearer {}", token("anna", side.world.now(), Duration::from_secs(1)));
    side.world.run_for(Duration::from_secs(2)).await;
    assert_eq!(side.connect("A=", &[("Authorization", &token)], &[]).await["statusCode"], 401);
}

#[tokio::test(start_paused = true)]
async fn resume_brings_what_was_missed_and_ping_where_it_stands() {
    let side = Side::new().await;
    side.bring_in("A=", "anna").await;
    let now = side.say("A=", json!({"action": "resume"})).await;
    assert_eq!((now.len(), &now[0]["events"], &now[0]["more"]), (1, &json!([]), &json!(false)));
    assert_eq!(now[0]["positions"]["user"]["n"], 0);
    side.world.deliver([notify("anna", "one"), broadcast("everyone", "two")]).await;
    let ping = side.say("A=", json!({"action": "ping"})).await;
    assert_eq!((&ping[0]["positions"]["user"]["n"], &ping[0]["positions"]["everyone"]["n"]), (&json!(1), &json!(1)));
    let missed = side.say("A=", json!({"action": "resume", "after": now[0]["cursor"]})).await;
    let text = missed[0].to_string();
    assert!(text.contains("\"one\"") && text.contains("\"two\"") && missed[0]["positions"] == ping[0]["positions"], "{text}");
    let odd = side.say("A=", json!({"action": "resume", "after": "grüße"})).await;
    assert_eq!(odd[0]["events"][0]["type"], "reset");
}

/// What was pushed for a user reaches every socket of theirs, a muted category none.
#[tokio::test(start_paused = true)]
async fn a_commit_is_pushed_to_all_sockets_of_its_user() {
    let side = Side::new().await;
    for (id, user) in [("A=", "anna"), ("B=", "anna"), ("C=", "ben")] {
        side.bring_in(id, user).await;
    }
    side.world.deliver([notify("anna", "one")]).await;
    side.world.service.flush_pushes().await;
    let (a, b, c) = (side.heard.take("A="), side.heard.take("B="), side.heard.take("C="));
    assert_eq!((a.len(), &a, c.len()), (1, &b, 0));
    assert_eq!((&a[0]["feed"], &a[0]["n"], &a[0]["events"][0]["type"]), (&json!("user"), &json!(1), &json!("notification")));
}

/// Case 12: a day away is pages under the limit, or a reset.
#[tokio::test(start_paused = true)]
async fn five_thousand_changes_come_in_messages_that_fit_or_as_a_reset() {
    let side = Side::new().await;
    side.bring_in("A=", "anna").await;
    let mut at = side.say("A=", json!({"action": "resume"})).await.remove(0)["cursor"].clone();
    let long = "x".repeat(limits::TITLE_CHARS);
    for _ in 0..50 {
        side.world.deliver((0..100).map(|_| notify("anna", &long))).await;
    }
    let mut told = 0;
    for _ in 0..100 {
        let mut event = event("MESSAGE", "A=");
        event["body"] = json!(json!({"action": "resume", "after": at}).to_string());
        side.handle(event).await;
        assert!(side.heard.longest() <= limits::SOCKET_MESSAGE_BYTES);
        let messages = side.heard.take("A=");
        let (last, rest) = messages.split_last().unwrap();
        assert!(rest.iter().all(|part| part["more"] == true && part["positions"].is_null()));
        let of_kind =
            |kind: &str| messages.iter().flat_map(|m| m["events"].as_array().unwrap()).filter(|event| event["type"] == kind).count();
        told += of_kind("notification");
        at = last["cursor"].clone();
        if last["more"] == false {
            assert!(told == 5_000 || of_kind("reset") == 1, "{told}");
            return;
        }
    }
    panic!("resuming never ends");
}

/// Case 47, and more of its kind: told what is wrong, then closed.
#[tokio::test(start_paused = true)]
async fn bad_messages_are_answered_and_then_closed() {
    for bad in ["{\"action\":\"dance\"}".to_owned(), "no JSON".to_owned(), " ".repeat(limits::SOCKET_FRAME_BYTES + 1), String::new()] {
        let side = Side::new().await;
        side.bring_in("A=", "anna").await;
        for _ in 0..limits::SOCKET_FAULTS {
            let told = side.say("A=", &bad).await;
            assert!(told.len() == 1 && told[0]["error"]["title"].is_string(), "{told:?}");
            assert_eq!(side.heard.closed(), [""; 0]);
        }
        assert_eq!(side.say("A=", &bad).await.len(), 1);
        assert_eq!(side.heard.closed(), ["A="]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_binary_message_is_answered_with_an_error() {
    let side = Side::new().await;
    side.bring_in("A=", "anna").await;
    let mut binary = event("MESSAGE", "A=");
    (binary["body"], binary["isBase64Encoded"]) = (json!("eyJhY3Rpb24iOiJwaW5nIn0="), json!(true));
    side.handle(binary).await;
    let told = side.heard.take("A=");
    assert!(told[0]["error"].to_string().contains("not text"), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_is_not_known_is_closed() {
    let side = Side::new().await;
    assert_eq!(side.say("X=", json!({"action": "resume"})).await, [Value::Null; 0]);
    assert_eq!(side.heard.closed(), ["X="]);
    side.bring_in("A=", "anna").await;
    assert_eq!(side.handle(event("DISCONNECT", "A=")).await["statusCode"], 200);
    side.say("A=", json!({"action": "ping"})).await;
    assert_eq!(side.heard.closed(), ["A="]);
}

/// 429, 5xx and a timeout lose no answer; a closed socket's row goes.
#[tokio::test(start_paused = true)]
async fn an_answer_is_tried_again() {
    let side = Side::new().await;
    side.bring_in("A=", "anna").await;
    let throttled = PushError::Throttled { retry_after: Some(Duration::from_secs(1)) };
    *side.heard.refuses.lock().unwrap() = vec![PushError::Failed, throttled, PushError::Failed];
    assert_eq!(side.say("A=", json!({"action": "ping"})).await.len(), 1);
    *side.heard.refuses.lock().unwrap() = vec![PushError::Gone];
    assert_eq!(side.say("A=", json!({"action": "ping"})).await, [Value::Null; 0]);
    assert!(matches!(side.world.service.ping(&ConnectionId::parse("A=").unwrap()).await, Err(service::Error::NotFound(_))));
}

/// `$default` is cut after 29 s: an answer is given up before, and its last refusal is waited for by nobody.
#[tokio::test(start_paused = true)]
async fn an_answer_is_given_up_in_time() {
    let side = Side::new().await;
    side.bring_in("A=", "anna").await;
    let begun = side.world.now();
    *side.heard.refuses.lock().unwrap() = vec![PushError::Throttled { retry_after: Some(Duration::from_mins(1)) }; 5];
    assert_eq!(side.say("A=", json!({"action": "ping"})).await, [Value::Null; 0]);
    let waited = side.world.now().since(begun);
    assert!((Duration::from_secs(8)..Duration::from_secs(10)).contains(&waited), "four waits of two seconds and some: {waited:?}");

    *side.heard.hangs.lock().unwrap() = Duration::from_secs(15);
    let begun = side.world.now();
    *side.heard.refuses.lock().unwrap() = vec![PushError::Failed; 5];
    assert_eq!(side.say("A=", json!({"action": "ping"})).await, [Value::Null; 0]);
    assert!(side.world.now().since(begun) < Duration::from_secs(27), "{:?}", side.world.now().since(begun));
}

#[tokio::test(start_paused = true)]
async fn a_store_in_trouble_is_told_as_busy() {
    let side = Side::new().await;
    side.bring_in("A=", "anna").await;
    side.world.engine().faults().set(engine::FaultPlan { throttle: 1.0, seed: 1, ..engine::FaultPlan::default() });
    let told = side.say("A=", json!({"action": "ping"})).await;
    assert_eq!(told[0]["error"]["status"], 503);
    assert_eq!(side.connect("B=", &[("Authorization", &bearer(&side.world, "anna"))], &[]).await["statusCode"], 503);
}

/// The real client: what each status means, and where a message goes whose connection's id has odd letters.
#[tokio::test]
async fn the_management_endpoints_answers_are_understood() {
    let cloud = Cloud::open().await;
    cloud.sockets_answer(|id| match id {
        "gone=" => Told::Gone,
        "busy=" => Told::Throttled,
        "down=" => Told::Trouble,
        "mute=" => Told::Silence,
        _ => Told::Taken,
    });
    let gateway = Gateway::new(clients_at("http://127.0.0.1:1"), Some(format!("{}/prod", cloud.url())));
    let id = |id: &str| ConnectionId::parse(id).unwrap();
    let post = |to: &'static str| {
        let gateway = &gateway;
        async move { gateway.post(&id(to), Bytes::from_static(b"{}")).await }
    };
    assert_eq!(post("L0SM9c+FvHc=").await, Ok(()));
    assert_eq!(post("gone=").await, Err(PushError::Gone));
    assert_eq!(post("busy=").await, Err(PushError::Throttled { retry_after: None }));
    assert_eq!(post("down=").await, Err(PushError::Failed));
    assert_eq!(post("mute=").await, Err(PushError::Failed));
    assert_eq!(gateway.close(&id("A=")).await, Ok(()));
    let posts = cloud.posts();
    assert_eq!(
        posts.iter().map(|post| (post.connection.as_str(), post.message.is_some())).collect::<Vec<_>>(),
        [("L0SM9c+FvHc=", true), ("A=", false)]
    );
    let mut counts = aws::telemetry::Counts::default();
    gateway.take_counts(&mut counts);
    let counted = [aws::telemetry::Metric::PushesPosted, aws::telemetry::Metric::PushesGone, aws::telemetry::Metric::PushesThrottled];
    assert_eq!(counted.map(|metric| counts.get(metric)), [1, 1, 1]);
}

#[tokio::test]
async fn without_an_address_of_its_own_an_events_is_taken() {
    let gateway = Gateway::new(clients_at("http://127.0.0.1:1"), None);
    let id = ConnectionId::parse("A=").unwrap();
    assert_eq!(gateway.post(&id, Bytes::new()).await, Err(PushError::Failed));
    assert!(!format!("{gateway:?}").contains("ws.example"));
    let event: aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest = serde_json::from_value(event("MESSAGE", "A=")).unwrap();
    gateway.learn(&event.request_context);
    assert!(format!("{gateway:?}").contains("https://ws.example/prod"));
}

//! What stands in a log, and what never does.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth::config::{AuthConfig, KeySource};
use aws::dead_letters::DeadLetterQueue;
use aws::jobs::JobQueue;
use aws::secret::KeptSecret;
use aws::sns::Topic;
use aws::telemetry;
use axum::Router;
use belfry_http::app::Settings;
use belfry_http::authenticator::Authenticator;
use http::{HeaderMap, StatusCode};
use inbox::id::UserId;
use inbox::position::Feed;
use serde_json::{Value, json};
use service::{Job, Jobs as _, Publish as _};
use testkit::cloud::Told;
use testkit::{Chance, World, broadcast, notify};
use tracing::subscriber::DefaultGuard;

use crate::fanout;
use crate::sockets::Side;
use crate::support::{admin, app, ask, bearer, body, clients_at, event, open, piece, token};

/// What was written, to be read.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// The log of a function, for as long as the guard lives.
fn log(filter: &str) -> (Written, DefaultGuard) {
    let written = Written::default();
    let writer = written.clone();
    let guard = testkit::log_to(telemetry::lines(filter, move || writer.clone()));
    (written, guard)
}

/// From a request to the table and back, and by a ticket to a socket; all the while, the SDKs would tell everything that they send.
#[tokio::test(start_paused = true)]
async fn at_its_fullest_a_log_holds_no_token_no_title_and_no_ticket() {
    let (written, _guard) = log("trace,aws_smithy_runtime=trace");
    let side = Side::new().await;
    let app = app(&side.world, Settings::default());
    let (anna, admin) = (bearer(&side.world, "anna"), admin(&side.world));
    let mut post = event("POST", "/api/notifications", &[("Authorization", &admin), ("Content-Type", "application/json")]);
    post["body"] = json!(json!({"userId": "anna", "title": "a-secret-title", "message": "a-secret-message"}).to_string());
    assert_eq!(ask(&app, &post).await["statusCode"], 202);
    let list = ask(&app, &event("GET", "/api/notifications", &[("Authorization", &anna)])).await;
    assert!(list.to_string().contains("a-secret-title"), "{list}");
    let ticket = body(&ask(&app, &event("POST", "/api/stream/ticket", &[("Authorization", &anna)])).await)["ticket"].clone();
    let ticket = ticket.as_str().unwrap();
    assert_eq!(side.connect("A=", &[], &[("ticket", ticket)]).await["statusCode"], 200);
    side.say("A=", json!({"action": "resume"})).await;
    let (mut stream, _) = open(&app, &event("GET", "/api/stream/events", &[("Authorization", &anna)])).await;
    assert!(piece(&mut stream).await.is_some());
    let text = written.text();
    assert!(text.contains("\"request\""), "requests are told: {text}");
    let token = |bearer: &str| bearer.trim_start_matches("Bearer ").to_owned();
    for secret in [token(&anna), token(&admin), ticket.to_owned(), "a-secret".to_owned()] {
        let line = text.lines().find(|line| line.contains(&secret));
        assert!(line.is_none(), "{secret} is in {line:?}");
    }
}

/// A broadcast to sockets of which one takes it, one is closed and one is tried again, and a job that nobody can read.
#[tokio::test]
async fn at_its_fullest_the_log_of_fanout_holds_nothing_of_what_it_tells() {
    let (written, _guard) = log("trace,aws_smithy_runtime=trace");
    let side = fanout::Side::new().await;
    side.connect(3).await;
    side.cloud.sockets_answer(|id| match id {
        "s1=" => Told::Gone,
        "s2=" => Told::Throttled,
        _ => Told::Taken,
    });
    side.world.deliver([broadcast("everyone", "a-secret-title").message("a-secret-message")]).await;
    side.world.service.flush_pushes().await;
    for job in side.cloud.sent() {
        side.handle(&job.body, Duration::from_mins(1)).await;
    }
    let posts = side.cloud.posts();
    let told = String::from_utf8_lossy(posts[0].message.as_ref().unwrap());
    assert!(told.contains("a-secret-title") && told.contains("a-secret-message"), "{told}");
    let token = token("anna", side.world.now(), Duration::from_hours(1));
    side.handle(&json!({"job": "a-secret-job", "token": token}).to_string(), Duration::from_mins(1)).await;
    assert!(side.cloud.sent()[0].body.contains(&token), "what cannot be read is kept whole, among the dead letters");
    let text = written.text();
    assert!(text.contains("a job was worked on") && text.contains("is a dead letter"), "what was done is told: {text}");
    // The first is how each token begins: its header, which is JSON in base64.
    for secret in ["eyJ", "a-secret"] {
        let line = text.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} is in {line:?}");
    }
}

/// A cloud in which nobody may do anything.
async fn forbidding() -> String {
    let refuse = |headers: HeaderMap| async move {
        let words = "not authorized to perform this";
        let query =
            || format!("<ErrorResponse><Error><Code>AccessDeniedException</Code><Message>{words}</Message></Error></ErrorResponse>");
        let json = || json!({"__type": "AccessDeniedException", "message": words}).to_string();
        (StatusCode::FORBIDDEN, if headers.contains_key("x-amz-target") { json() } else { query() })
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(refuse)).await.unwrap() });
    url
}

#[tokio::test]
async fn a_call_that_failed_is_told_with_its_cause() {
    let (written, _guard) = log("info");
    let (world, url) = (World::new(1).await, forbidding().await);
    let (clients, chance) = (clients_at(&url), Arc::new(Chance::new(1)));
    let queue = JobQueue::new(clients.clone(), format!("{url}/1/jobs"), chance.clone());
    let job = Job::Sweep { feed: Feed::user(None, UserId::parse("anna").unwrap()) };
    assert!(queue.enqueue(vec![job], Duration::ZERO).await.is_err());
    let topic = Topic::new(clients.clone(), "arn:aws:sns:eu-west-1:1:belfry".to_owned(), chance);
    assert!(topic.publish(world.finish([notify("anna", "one")])).await.is_err());
    let letters = DeadLetterQueue::new(clients.clone(), format!("{url}/1/letters"));
    assert!(letters.bury("m", "{}", "why").await.is_err());
    let secrets = Authenticator::with_secrets(|secret| AuthConfig::new(KeySource::Hs256(secret)), KeptSecret::new(clients, "s".to_owned()));
    assert!(secrets.caller("token", world.now()).await.is_err());
    let text = written.text();
    for what in ["the queue of jobs could", "the topic could", "a dead letter could", "the secrets could"] {
        let lines: Vec<Value> = text.lines().filter(|line| line.contains(what)).map(|line| serde_json::from_str(line).unwrap()).collect();
        let error = lines[0]["error"].as_str().unwrap();
        assert!(error.contains("AccessDeniedException") && error.contains("not authorized to perform this"), "{what}: {error}");
    }
}

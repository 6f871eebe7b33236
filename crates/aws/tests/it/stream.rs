//! Streams, handled by `stream`.

use std::time::Duration;

use aws::telemetry::Metric;
use belfry_http::app::{Settings, StreamFlush};
use serde_json::json;
use testkit::{World, notify};
use tokio::time::timeout;

use crate::support::{app, bearer, event, open, piece, with_query};

const STREAM: &str = "/api/stream/events";

async fn world() -> World {
    World::new(1).await
}

/// Case 42.
#[tokio::test(start_paused = true)]
async fn head_holds_no_stream() {
    let world = world().await;
    let app = app(&world, Settings::default());
    let (mut answer, _) = open(&app, &event("HEAD", STREAM, &[("Authorization", &bearer(&world, "anna"))])).await;
    assert_eq!((answer.metadata_prelude.status_code.as_u16(), world.service.hub().open_streams()), (200, 0));
    assert_eq!(answer.metadata_prelude.headers["content-type"], "text/event-stream");
    assert_eq!(timeout(Duration::from_millis(1), piece(&mut answer)).await, Ok(None));
}

/// Case 44: one event, then silence; it comes at once, and a comment behind it carries it past whoever holds back small pieces.
#[tokio::test(start_paused = true)]
async fn one_event_comes_within_a_second() {
    let world = world().await;
    let app = app(&world, Settings { flush: StreamFlush::Comment, ..Settings::default() });
    let (mut answer, counts) = open(&app, &event("GET", STREAM, &[("Authorization", &bearer(&world, "anna"))])).await;
    assert_eq!(counts.get(Metric::StreamsRefused), 0);
    assert!(piece(&mut answer).await.unwrap().starts_with("retry: "));
    assert_eq!(piece(&mut answer).await.as_deref(), Some(":\n\n"));
    assert!(world.send(notify("anna", "one")).await);
    let news = timeout(Duration::from_secs(1), piece(&mut answer)).await.unwrap().unwrap();
    assert!(news.contains("\"one\"") && news.ends_with("\n\n"), "{news}");
    assert_eq!(timeout(Duration::from_millis(1), piece(&mut answer)).await.unwrap().as_deref(), Some(":\n\n"));
    let beat = timeout(Duration::from_secs(16), piece(&mut answer)).await.unwrap();
    assert_eq!(beat.as_deref(), Some(": heartbeat\n\n"), "no comment behind a heartbeat");
}

#[tokio::test(start_paused = true)]
async fn news_is_padded_where_that_is_wanted_and_heartbeats_are_not() {
    let world = world().await;
    let app = app(&world, Settings { flush: StreamFlush::Pad, ..Settings::default() });
    let (mut answer, _) = open(&app, &event("GET", STREAM, &[("Authorization", &bearer(&world, "anna"))])).await;
    let _ = piece(&mut answer).await;
    assert!(world.send(notify("anna", "one")).await);
    assert_eq!(piece(&mut answer).await.unwrap().len(), belfry_http::app::PAD_BYTES);
    assert_eq!(piece(&mut answer).await.as_deref(), Some(": heartbeat\n\n"));
}

#[tokio::test(start_paused = true)]
async fn the_window_ends_between_two_events_and_the_next_stream_goes_on() {
    let world = world().await;
    let app = app(&world, Settings { window: Duration::from_secs(40), ..Settings::default() });
    let token = bearer(&world, "anna");
    let (mut answer, _) = open(&app, &event("GET", STREAM, &[("Authorization", &token)])).await;
    assert!(world.send(notify("anna", "one")).await);
    let mut all = String::new();
    while let Some(piece) = piece(&mut answer).await {
        all += &piece;
    }
    assert!(all.contains("\"one\"") && all.ends_with("\n\n") && all.matches(": heartbeat").count() == 2, "{all}");
    assert!(world.send(notify("anna", "two")).await);
    let id = all.lines().filter_map(|line| line.strip_prefix("id: ")).next_back().unwrap();
    let (mut answer, _) = open(&app, &event("GET", STREAM, &[("Authorization", &token), ("Last-Event-ID", id)])).await;
    let resumed = piece(&mut answer).await.unwrap();
    assert!(resumed.contains("\"two\"") && !resumed.contains("\"one\""), "{resumed}");
}

/// Case 6 behind API Gateway: a cursor that is no ASCII is a reset, never "now".
#[tokio::test(start_paused = true)]
async fn a_cursor_that_cannot_be_read_is_a_reset() {
    let world = world().await;
    let app = app(&world, Settings::default());
    let asked = event("GET", STREAM, &[("Authorization", &bearer(&world, "anna")), ("Last-Event-ID", "grüße")]);
    let (mut answer, _) = open(&app, &asked).await;
    assert!(piece(&mut answer).await.unwrap().contains("\"reset\""));
}

/// Case 45.
#[tokio::test(start_paused = true)]
async fn a_store_that_fails_ends_no_stream_in_the_middle_and_shows_nothing() {
    let world = world().await;
    let app = app(&world, Settings { window: Duration::from_mins(1), ..Settings::default() });
    let token = bearer(&world, "anna");
    let (mut answer, _) = open(&app, &event("GET", STREAM, &[("Authorization", &token)])).await;
    let mut all = piece(&mut answer).await.unwrap();
    world.run_for(Duration::from_secs(20)).await;
    world.engine().faults().set(engine::FaultPlan { throttle: 1.0, seed: 3, ..engine::FaultPlan::default() });
    while let Some(piece) = piece(&mut answer).await {
        all += &piece;
    }
    world.engine().faults().heal();
    assert!(all.ends_with("\n\n") && !all.to_lowercase().contains("throttl") && !all.to_lowercase().contains("error"), "{all}");
    assert!(world.send(notify("anna", "one")).await);
    let id = all.lines().filter_map(|line| line.strip_prefix("id: ")).next_back().unwrap();
    let (mut answer, _) = open(&app, &event("GET", STREAM, &[("Authorization", &token), ("Last-Event-ID", id)])).await;
    assert!(piece(&mut answer).await.unwrap().contains("\"one\""));
}

/// Case 14: over our own cap, which all instances share, each kind of client is told in its way.
#[tokio::test(start_paused = true)]
async fn both_kinds_of_client_are_told_when_all_streams_are_taken() {
    let world = World::with(1, service::Settings { streams_everywhere_max: Some(1), ..service::Settings::default() }).await;
    let app = app(&world, Settings::default());
    let asked = event("GET", STREAM, &[("Authorization", &bearer(&world, "anna"))]);
    let (mut held, counts) = open(&app, &asked).await;
    assert_eq!((counts.get(Metric::StreamsOpen), counts.get(Metric::StreamsRefused)), (1, 0));
    assert!(piece(&mut held).await.is_some());

    let (mut plain, counts) = open(&app, &asked).await;
    assert_eq!((plain.metadata_prelude.status_code.as_u16(), counts.get(Metric::StreamsRefused)), (200, 1));
    assert!(piece(&mut plain).await.unwrap().starts_with("retry: "));
    assert_eq!(piece(&mut plain).await, None);

    let (mut ours, counts) = open(&app, &with_query(asked, &[("client", "tab-1")])).await;
    assert_eq!((ours.metadata_prelude.status_code.as_u16(), counts.get(Metric::StreamsRefused)), (503, 1));
    assert!(ours.metadata_prelude.headers.contains_key("retry-after"));
    assert!(piece(&mut ours).await.unwrap().contains("busy"));
}

/// API Gateway takes one text a header: what repeats is joined.
#[tokio::test(start_paused = true)]
async fn a_streamed_answer_has_each_header_once() {
    let world = world().await;
    let app = app(&world, Settings::default());
    let (answer, _) = open(&app, &event("GET", "/api/notifications", &[("Authorization", &bearer(&world, "anna"))])).await;
    let prelude = serde_json::to_value(&answer.metadata_prelude).unwrap();
    let headers = prelude["headers"].as_object().unwrap();
    assert!(headers.values().all(serde_json::Value::is_string), "{prelude}");
    assert_eq!(prelude["statusCode"], json!(200));
}

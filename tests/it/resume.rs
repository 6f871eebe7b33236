//! The one cursor: a place from which any transport goes on, without a gap and without a repeat.

use serde_json::{Value, json};

use crate::support::{Caller, Listener, Setup, Site};

#[tokio::test(start_paused = true)]
async fn a_stream_dropped_before_its_first_event_goes_on_without_loss() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let mut stream = anna.listen("").await;
    stream.news().await;
    let place = stream.last_event_id().to_owned();
    drop(stream);
    site.notify("anna", "between").await;
    site.broadcast("to all").await;
    let mut titles = Listener::open(&anna, "?after=rubbish", &[("last-event-id", &place)]).await.titles().await;
    titles.sort();
    assert_eq!(titles, ["between", "to all"], "the header wins over the query");
    assert_eq!(site.service.hub().open_streams(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_lists_place_then_a_change_then_the_stream_misses_nothing() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let place = anna.page().await["streamCursor"].as_str().unwrap().to_owned();
    site.notify("anna", "after the list").await;
    let mut stream = anna.listen(&format!("?after={place}")).await;
    assert_eq!(stream.titles().await, ["after the list"]);
    site.notify("anna", "live").await;
    assert_eq!(stream.titles().await, ["live"]);
}

/// Cases 7, 9 and 11, and whatever else is no cursor of hers.
#[tokio::test(start_paused = true)]
async fn a_cursor_that_cannot_be_honoured_is_a_reset_everywhere() {
    let site = Site::new().await;
    let anna = site.user("anna");
    site.notify("anna", "one").await;
    site.broadcast("for all").await;
    let good = anna.cursor().await;
    let another_life = Site::with(Setup { seed: 99, ..Setup::default() }).await;
    for title in ["one", "two"] {
        another_life.notify("anna", title).await;
        another_life.broadcast(title).await;
    }
    let ahead = {
        let mut position = contract::cursor::parse_position(&good).unwrap();
        position.0[0].n = inbox::position::Seq(position.0[0].n.0 + 1_000);
        contract::cursor::position_text(&position)
    };
    let (own_alone, _) = good.split_once('~').unwrap();
    for cursor in [
        site.user("ben").cursor().await.as_str(),
        site.with_topics("anna", &["ops"]).cursor().await.as_str(),
        another_life.user("anna").cursor().await.as_str(),
        ahead.as_str(),
        own_alone,
        &format!("{good}~"),
        &format!("{good}~{}", &own_alone[2..]),
        &format!(" {good} x"),
        &good.to_uppercase(),
        &good[..good.len() - 1],
        "1.",
        "2.AAAA",
        "rubbish",
        "0",
        "41",
        "null",
        &"x".repeat(10_000),
        &"~".repeat(10_000),
    ] {
        let mut stream = Listener::open(&anna, "", &[("last-event-id", cursor)]).await;
        reset(&anna, &mut stream, cursor).await;
        let query = cursor.replace(' ', "%20");
        let mut stream = anna.listen(&format!("?after={query}")).await;
        reset(&anna, &mut stream, cursor).await;
        let polled = anna.poll(&query).await;
        assert_eq!((polled.status.as_u16(), &polled.json()["events"]), (200, &json!([{"type": "reset"}])), "{cursor}");
        assert_eq!(anna.poll(polled.json()["cursor"].as_str().unwrap()).await.status, 204, "{cursor}");
    }
}

/// Tells of a reset and nothing else, and gives a place that is good.
async fn reset(anna: &Caller<'_>, stream: &mut Listener, cursor: &str) {
    assert_eq!(stream.news().await, [json!({"type": "reset"})], "{cursor}");
    assert_eq!(anna.poll(stream.last_event_id()).await.status, 204, "{cursor}");
    anna.site.notify("anna", "after a reset").await;
    assert_eq!(stream.titles().await, ["after a reset"], "{cursor}");
}

/// Case 6.
#[tokio::test(start_paused = true)]
async fn what_is_not_even_text_is_a_reset_and_never_now() {
    let site = Site::new().await;
    let anna = site.user("anna");
    for bytes in ["été".as_bytes(), b"\xff\xfe", b"\t"] {
        let mut request = anna.request("GET", "/api/stream/events", &[], "");
        let value = axum::http::HeaderValue::from_bytes(bytes).unwrap();
        request.headers_mut().insert("last-event-id", value);
        let mut stream = Listener::of(site.open(request).await);
        assert_eq!(stream.news().await, [json!({"type": "reset"})], "{bytes:?}");
    }
    for query in ["after=%C3%A9", "after=%ff", "after=%", "after=", "after", "after=a&after=b", "after[]=a"] {
        assert_eq!(anna.listen(&format!("?{query}")).await.news().await, [json!({"type": "reset"})], "{query}");
        let polled = anna.get(&format!("/api/events?{query}")).await.json();
        assert_eq!(polled["events"], json!([{"type": "reset"}]), "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_last_event_id_leaves_it_to_the_query() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let place = anna.cursor().await;
    site.notify("anna", "one").await;
    let mut stream = Listener::open(&anna, &format!("?after={place}"), &[("last-event-id", "")]).await;
    assert_eq!(stream.titles().await, ["one"]);
    let mut now = Listener::open(&anna, "", &[("last-event-id", "")]).await;
    assert_eq!(now.news().await, Vec::<Value>::new());
}

#[tokio::test(start_paused = true)]
async fn from_any_place_both_transports_tell_the_rest() {
    let site = Site::new().await;
    let anna = site.with_topics("anna", &["ops"]);
    let mut stream = anna.listen("").await;
    stream.news().await;
    let mut places = vec![stream.last_event_id().to_owned()];
    let mut told = Vec::new();
    for number in 0..12 {
        match number % 3 {
            0 => site.notify("anna", &number.to_string()).await,
            1 => site.broadcast(&number.to_string()).await,
            _ => {
                let sent = json!({"title": number.to_string(), "audience": "ops"});
                site.admin().done("POST", "/api/notifications/broadcast", &sent).await
            }
        };
        told.extend(stream.titles().await);
        places.push(stream.last_event_id().to_owned());
    }
    assert_eq!(told, (0..12).map(|number| number.to_string()).collect::<Vec<_>>());
    for (passed, place) in places.iter().enumerate() {
        let mut rest = told[passed..].to_vec();
        let mut streamed = Listener::open(&anna, "", &[("last-event-id", place)]).await.titles().await;
        let polled = anna.poll(place).await;
        let mut from_poll = if polled.status == 204 { Vec::new() } else { titles(&polled.json()) };
        for list in [&mut rest, &mut streamed, &mut from_poll] {
            // Order is promised within a feed alone.
            list.sort();
        }
        assert_eq!((&streamed, &from_poll), (&rest, &rest), "behind {passed}");
    }
}

fn titles(polled: &Value) -> Vec<String> {
    let title = |event: &Value| event["notification"]["title"].as_str().map(str::to_owned);
    polled["events"].as_array().unwrap().iter().filter_map(title).collect()
}

#[tokio::test(start_paused = true)]
async fn a_place_of_a_reader_with_ten_topics_is_short_and_good() {
    let site = Site::new().await;
    let names: Vec<String> = (0..10).map(|number| format!("{number:064}")).collect();
    let topics: Vec<&str> = names.iter().map(String::as_str).collect();
    let anna = site.with_topics("anna", &topics);
    let place = anna.cursor().await;
    assert!(place.len() < 512 && place.bytes().all(|byte| byte.is_ascii_graphic()), "{place}");
    site.admin().done("POST", "/api/notifications/broadcast", &json!({"title": "for the last", "audience": names[9]})).await;
    let mut stream = Listener::open(&anna, "", &[("last-event-id", &place)]).await;
    assert_eq!(stream.titles().await, ["for the last"]);
    let backwards: Vec<&str> = topics.iter().rev().copied().collect();
    assert_eq!(site.with_topics("anna", &backwards).poll(stream.last_event_id()).await.status, 204, "in whatever order they are named");
    let eleven: Vec<String> = (0..11).map(|number| number.to_string()).collect();
    let too_many: Vec<&str> = eleven.iter().map(String::as_str).collect();
    site.with_topics("anna", &too_many).get("/api/unread").await.problem(401);
}

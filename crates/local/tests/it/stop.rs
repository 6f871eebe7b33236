//! Asked to end: every stream ends between two events, at its own moment, and nothing is lost.

use std::time::Duration;

use aws_sdk_sns::Client;
use inbox::moment::Moment;
use local::ports::Clock as _;
use local::system::SystemClock;
use serde_json::json;

use crate::support::{Home, Listener, Server, TOPIC};

const USERS: [&str; 3] = ["anna", "ben", "carl"];
/// What supervisors give at least.
const AT_MOST: Duration = Duration::from_secs(5);

/// Broadcasts that never cease until they are not taken any more. Gives how many were.
async fn job(sns: Client) -> usize {
    for n in 0.. {
        let event = json!({"type": "broadcast", "title": n.to_string(), "id": n.to_string()});
        if sns.publish().topic_arn(TOPIC).message(event.to_string()).send().await.is_err() {
            return n;
        }
    }
    0
}

/// What a stream told until it ended, where it stood, and when that was.
async fn to_the_end(mut stream: Listener) -> (Vec<String>, String, Moment) {
    let titles = stream.titles_to_the_end().await;
    (titles, stream.place().to_owned(), SystemClock.now())
}

/// Case 71.
#[tokio::test(flavor = "multi_thread")]
async fn i8_all_streams_end_between_two_events_and_the_process_is_gone_in_seconds() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let mut streams = Vec::new();
    for user in USERS {
        streams.push(server.stream(user).await);
    }
    let job = tokio::spawn(job(server.sns()));
    // All are told of the first, so all are in the middle of it.
    let mut told = Vec::new();
    for stream in &mut streams {
        told.push(vec![stream.title().await.unwrap()]);
    }
    let reading: Vec<_> = streams.into_iter().map(|stream| tokio::spawn(to_the_end(stream))).collect();
    server.terminate();
    let (mut places, mut moments) = (Vec::new(), Vec::new());
    for (told, reading) in told.iter_mut().zip(reading) {
        let (titles, place, at) = reading.await.unwrap();
        told.extend(titles);
        places.push(place);
        moments.push(at);
    }
    assert!(server.gone_within(AT_MOST).await.success());
    let spread = moments.iter().max().unwrap().since(*moments.iter().min().unwrap());
    assert!(spread >= Duration::from_millis(5), "all at once: {moments:?}");
    assert!(!home.log().contains("did not end in time") && !home.log().contains("ERROR"), "{}", home.log());

    let acknowledged = job.await.unwrap();
    let server = Server::start(&home, &[]);
    server.publish(&json!({"type": "broadcast", "title": "the end"})).await;
    for ((user, place), mut told) in USERS.iter().zip(places).zip(told) {
        told.extend(server.stream_after(user, &place).await.titles_to("the end").await);
        told.pop();
        let wanted: Vec<String> = (0..told.len()).map(|n| n.to_string()).collect();
        assert_eq!(told, wanted);
        // One more than was acknowledged may be there: its answer was on its way.
        assert!((acknowledged..=acknowledged + 1).contains(&told.len()), "{} of {acknowledged}", told.len());
    }
}

#[tokio::test]
async fn asked_to_end_while_nothing_happens_it_ends() {
    let home = Home::new();
    let server = Server::start(&home, &["--demo"]);
    server.get("anna", "/api/unread").await;
    server.terminate();
    assert!(server.gone_within(AT_MOST).await.success());
    assert!(home.belfry().args(["serve", "--listen", "nonsense"]).output().unwrap().stdout.is_empty());
}

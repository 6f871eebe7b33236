//! The stream, where its address can be reached; where not, the packaged function is tested under a Runtime API.

use reqwest::Method;

use crate::client::Listener;
use crate::deployment::Deployment;

pub(super) async fn a_stream_brings_what_comes_and_continues(at: &Deployment) {
    if !at.has_stream {
        return;
    }
    let (anna, admin) = (at.user("anna"), at.admin());
    let mut stream = anna.stream().await;
    admin.notify(&anna, "one").await;
    let event = stream.event(|event| anna.own_title(event).is_some()).await;
    assert_eq!((event["type"].as_str(), anna.own_title(&event).as_deref()), (Some("notification"), Some("one")));
    stream.event(|event| event["type"] == "inbox").await;
    let place = stream.place().to_owned();
    drop(stream);

    admin.notify(&anna, "two").await;
    let again = anna.request(Method::GET, "/api/stream/events").header("last-event-id", &place);
    let mut again = Listener::open(again).await;
    let event = again.event(|event| anna.own_title(event).is_some()).await;
    assert_eq!(anna.own_title(&event).as_deref(), Some("two"));

    // The place is good for a poll too.
    assert_eq!(anna.polled_to(place, "two").await.0, ["two"]);
}

//! The polling backup.

use crate::deployment::Deployment;

pub(super) async fn a_poll_brings_what_came_since(at: &Deployment) {
    let (anna, admin) = (at.user("anna"), at.admin());
    admin.notify(&anna, "before").await;
    anna.find("before").await;
    let cursor = anna.cursor().await;
    let nothing = anna.polled_to(cursor.clone(), "one");
    let ((), (titles, cursor)) = futures::join!(admin.notify(&anna, "one"), nothing);
    assert_eq!(titles, ["one"]);
    admin.notify(&anna, "two").await;
    assert_eq!(anna.polled_to(cursor, "two").await.0, ["two"]);

    // What cannot be honoured is a reset and a new place, never an error.
    let foreign = anna.get("/api/events?after=rubbish").await.json();
    assert_eq!(foreign["events"][0]["type"], "reset");
    admin.notify(&anna, "three").await;
    let (titles, _) = anna.polled_to(foreign["cursor"].as_str().unwrap().to_owned(), "three").await;
    assert_eq!(titles, ["three"]);
}

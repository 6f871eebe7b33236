//! What nobody can read hinders nobody.

use serde_json::json;

use crate::client::entry;
use crate::deployment::Deployment;
use crate::wait::eventually;

pub(super) async fn poison_goes_to_the_dead_letters_and_its_mates_arrive(at: &Deployment) {
    let anna = at.user("anna");
    let good = |title: &str| json!({"type": "notification", "userId": anna.id, "title": at.own(title)}).to_string();
    let not_json = format!("{} is not JSON", at.prefix);
    let unknown = json!({"type": "notification", "userId": anna.id, "title": at.own("never"), "colour": "red"}).to_string();
    let messages = [good("first"), not_json.clone(), unknown.clone(), good("last")];
    let entries = messages.iter().enumerate().map(|(n, message)| entry(n, message)).collect();
    at.sns().publish_batch().topic_arn(&at.topic_arn).set_publish_batch_request_entries(Some(entries)).send().await.unwrap();

    eventually("both mates", async || {
        let mut there = anna.titles().await;
        there.sort();
        (there == ["first", "last"]).then_some(())
    })
    .await;
    for (message, reason) in [(not_json, "JSON"), (unknown, "colour")] {
        let letter =
            eventually(&format!("{message} among the dead letters"), async || at.letters_with(&message).await.into_iter().next()).await;
        assert!(letter.body == message && letter.reason.contains(reason), "{letter:?}");
    }
    assert!(at.letters_with(&at.own("first")).await.is_empty());
}

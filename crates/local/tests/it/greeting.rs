//! What a server says when it starts is true: where jobs publish, which tokens open what, and what the demo shows.

use reqwest::Method;
use serde_json::json;

use crate::support::{Home, Server, TOPIC};

#[tokio::test]
async fn what_it_prints_opens_what_it_should() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let said = server.said_to("aws sns publish");
    let export = format!(
        "  export AWS_ENDPOINT_URL_SNS={} AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local",
        server.url
    );
    assert!(said.contains(&export), "{said:?}");
    let example = said.last().unwrap().strip_prefix("  aws sns publish --topic-arn ").unwrap();
    let (topic, message) = example.split_once(" --message ").unwrap();
    assert_eq!(topic, TOPIC);
    let message = message.trim_matches('\'');
    server.sns().publish().topic_arn(topic).message(message).send().await.unwrap();

    for (user, sees, sends) in [("anna", vec!["Hello"], 403), ("ben", vec![], 403), ("admin", vec![], 202)] {
        let line =
            said.iter().find(|line| line.trim_start().starts_with(&format!("{user} "))).unwrap_or_else(|| panic!("{user}: {said:?}"));
        let token = line.split_whitespace().last().unwrap();
        let request = |method, path: &str| server.http.request(method, format!("{}{path}", server.url)).bearer_auth(token);
        let list = request(Method::GET, "/api/notifications").send().await.unwrap();
        assert_eq!(list.status(), 200, "{user}");
        let page: serde_json::Value = serde_json::from_str(&list.text().await.unwrap()).unwrap();
        let titles: Vec<_> = page["notifications"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
        assert_eq!(titles, sees, "{user} sees what is for {user}");
        let body = json!({"title": "to all"});
        let sent = request(Method::POST, "/api/notifications/broadcast").header("content-type", "application/json").body(body.to_string());
        let sent = sent.send().await.unwrap();
        assert_eq!(sent.status(), sends, "{user}: {:?}", sent.text().await);
    }
}

#[tokio::test]
async fn the_demo_s_job_is_completed_before_anna_s_eyes() {
    let home = Home::new();
    let server = Server::start(&home, &["--demo"]);
    let mut stream = server.stream("anna").await;
    let done = stream.event_of("task-completed").await;
    let task = &done["task"];
    assert_eq!((&done["userId"], &task["status"], &task["name"]), (&json!("anna"), &json!("completed"), &json!("Export of orders")));
    assert_eq!(stream.titles_to("Your export is ready").await.last().map(String::as_str), Some("Your export is ready"));
    let kept = server.get("anna", &format!("/api/tasks/{}", task["id"].as_str().unwrap())).await;
    assert_eq!(kept["status"], "completed");
    assert!(server.titles("anna").await.contains(&"Your export is ready".to_owned()));
}

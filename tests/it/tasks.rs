//! A user's background tasks, and what jobs report of them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Site, each};

async fn report(site: &Site, body: &Value) {
    let mut sent = json!({"userId": "anna"});
    sent.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    site.job().done("POST", "/api/tasks", &sent).await;
}

/// Cases 55 and 56.
#[tokio::test(start_paused = true)]
async fn a_task_goes_forward_and_its_first_end_stays() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let mut stream = anna.listen("").await;
    report(&site, &json!({"taskId": "t1", "status": "queued", "name": "Export"})).await;
    site.pass(Duration::from_secs(1));
    report(&site, &json!({"taskId": "t1", "status": "running", "progress": 40})).await;
    let running = anna.get("/api/tasks/t1").await.json();
    assert_eq!(
        running,
        json!({"id": "t1", "userId": "anna", "name": "Export", "status": "running", "progress": 40,
            "createdAt": contract::time::text(site.now().minus(Duration::from_secs(1))), "updatedAt": contract::time::text(site.now())})
    );
    report(&site, &json!({"taskId": "t1", "status": "completed", "result": {"rows": 7}})).await;
    let done = anna.get("/api/tasks/t1").await.json();
    assert_eq!((&done["status"], &done["result"]), (&json!("completed"), &json!({"rows": 7})));
    let told = stream.news().await;
    assert_eq!(
        each(&told.iter().filter(|event| event["type"] != "inbox").cloned().collect(), "type"),
        ["task-progress", "task-progress", "task-completed"]
    );
    let end = told.iter().find(|event| event["type"] == "task-completed").unwrap();
    assert_eq!((&end["userId"], &end["taskId"], &end["status"], &end["task"]), (&json!("anna"), &json!("t1"), &json!("completed"), &done));
    for late in ["queued", "running", "failed", "cancelled", "completed"] {
        report(&site, &json!({"taskId": "t1", "status": late, "progress": 50, "error": "late"})).await;
    }
    assert_eq!(anna.get("/api/tasks/t1").await.json(), done);
    assert_eq!(stream.news().await, Vec::<Value>::new(), "no event of what changes nothing");
    report(&site, &json!({"taskId": "t2", "status": "failed", "error": "no space"})).await;
    assert_eq!(anna.get("/api/tasks/t2").await.json()["error"], "no space");
    assert_eq!(stream.news().await[0]["type"], "task-completed", "also without a beginning");
    assert_eq!(anna.counts().await, (0, 0), "a task makes no notification by itself");
}

#[tokio::test(start_paused = true)]
async fn a_late_report_of_progress_is_not_taken() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let at = |seconds: u64| contract::time::text(site.now().plus(Duration::from_secs(seconds)));
    report(&site, &json!({"taskId": "t1", "status": "running", "progress": 80, "at": at(10)})).await;
    report(&site, &json!({"taskId": "t1", "status": "running", "progress": 40, "at": at(5)})).await;
    report(&site, &json!({"taskId": "t1", "status": "queued", "at": at(20)})).await;
    assert_eq!(anna.get("/api/tasks/t1").await.json()["progress"], 80);
    assert_eq!(anna.get("/api/tasks/t1").await.json()["status"], "running");
}

#[tokio::test(start_paused = true)]
async fn a_list_newest_first_by_page_and_by_cursor() {
    let site = Site::new().await;
    let anna = site.user("anna");
    for number in 0..9 {
        report(&site, &json!({"taskId": format!("t{number}"), "status": "queued"})).await;
        site.notify("anna", "between").await;
    }
    report(&site, &json!({"taskId": "t0", "status": "running"})).await;
    let all = anna.get("/api/tasks").await.json();
    let there = each(&all["tasks"], "id");
    assert_eq!(there, (0..9).rev().map(|number| format!("t{number}")).collect::<Vec<_>>());
    assert_eq!((&all["page"], &all["limit"], &all["hasMore"]), (&json!(1), &json!(50), &json!(false)));
    assert_eq!(each(&anna.get("/api/tasks?page=2&limit=4").await.json()["tasks"], "id"), there[4..8]);
    let (mut seen, mut path) = (Vec::new(), "/api/tasks?limit=2".to_owned());
    loop {
        let page = anna.get(&path).await.json();
        seen.extend(each(&page["tasks"], "id"));
        let Some(next) = page["nextCursor"].as_str() else { break };
        report(&site, &json!({"taskId": format!("new {}", seen.len()), "status": "queued"})).await;
        path = format!("/api/tasks?limit=2&cursor={next}");
    }
    assert_eq!(seen, there);
    let place = all["streamCursor"].as_str().unwrap();
    assert!(anna.poll(place).await.text.contains("new 2"), "a stream from there misses nothing");
}

#[tokio::test(start_paused = true)]
async fn wrong_reports_are_refused_by_name() {
    let site = Site::new().await;
    for (change, field) in [
        (json!({"taskId": null}), "taskId"),
        (json!({"taskId": ""}), "taskId"),
        (json!({"taskId": "x".repeat(129)}), "taskId"),
        (json!({"status": "done"}), "status"),
        (json!({"status": null}), "status"),
        (json!({"progress": -1}), "progress"),
        (json!({"progress": 100.5}), "progress"),
        (json!({"progress": "50"}), "progress"),
        (json!({"name": ""}), "name"),
        (json!({"name": "x".repeat(201)}), "name"),
        (json!({"error": "x".repeat(4_001)}), "error"),
        (json!({"result": "x".repeat(16 * 1_024)}), "result"),
        (json!({"userId": ""}), "userId"),
        (json!({"title": "t"}), "title"),
    ] {
        let mut body = json!({"userId": "anna", "taskId": "t1", "status": "running"});
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = site.job().send("POST", "/api/tasks", &body).await;
        assert_eq!(answer.problem(400), "invalid-field", "{change}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{change}: {}", answer.text);
    }
    assert_eq!(site.user("anna").get("/api/tasks").await.json()["tasks"], json!([]));
    site.user("anna").get("/api/tasks/t1").await.problem(404);
}

#[tokio::test(start_paused = true)]
async fn odd_names_are_names() {
    let site = Site::new().await;
    let anna = site.user("anna");
    for (name, path) in [
        ("a/b", "a%2Fb"),
        ("ü ✓", "%C3%BC%20%E2%9C%93"),
        ("50%", "50%25"),
        ("a?b#c", "a%3Fb%23c"),
        ("..", "%2E%2E"),
        ("\u{202e}x", "%E2%80%AEx"),
    ] {
        report(&site, &json!({"taskId": name, "status": "running"})).await;
        let answer = anna.get(&format!("/api/tasks/{path}")).await;
        assert_eq!(answer.status, 200, "{name} {}", answer.text);
        assert_eq!((&answer.json()["id"], &answer.json()["name"]), (&json!(name), &json!(name)));
    }
    for nothing in ["%ff", "%00", "no%20such", &"x".repeat(200)] {
        anna.get(&format!("/api/tasks/{nothing}")).await.problem(404);
    }
}

#[tokio::test(start_paused = true)]
async fn a_result_comes_out_as_it_went_in() {
    let site = Site::new().await;
    let body = r#"{"userId":"anna","taskId":"t1","status":"completed","result":{"n":[1e300,9223372036854775808,1.50],"s":"\u2028\/"}}"#;
    let headers = [("content-type", "application/json")];
    assert_eq!(site.send(site.job().request("POST", "/api/tasks", &headers, body)).await.status, 202);
    let result = r#""result":{"n":[1e300,9223372036854775808,1.50],"s":"\u2028\/"}"#;
    for path in ["/api/tasks", "/api/tasks/t1"] {
        let answer = site.user("anna").get(path).await;
        assert!(answer.text.contains(result), "{path}: {}", answer.text);
    }
}

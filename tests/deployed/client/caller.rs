//! Somebody with a token, or without, and the requests that a dashboard makes.

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::client::{Listener, Socket};
use crate::deployment::Deployment;
use crate::wait::{eventually, in_time};

/// Who calls.
pub(crate) struct Caller<'a> {
    at: &'a Deployment,
    pub(crate) id: String,
    pub(crate) token: Option<String>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn to(request: RequestBuilder) -> Self {
        let reading = async {
            let response = request.send().await.unwrap();
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Self { status, headers, text: response.text().await.unwrap() }
        };
        in_time("an answer", reading).await
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Insists on a problem of this status and gives its type.
    pub(crate) fn problem(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        let problem = self.json();
        assert_eq!(problem["status"], status, "{problem}");
        problem["type"].as_str().unwrap().trim_start_matches("urn:belfry:problem:").to_owned()
    }
}

impl<'a> Caller<'a> {
    pub(crate) fn new(at: &'a Deployment, id: String, token: Option<String>) -> Self {
        Self { at, id, token }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.anonymous(method, path);
        if let Some(token) = &self.token { request.bearer_auth(token) } else { request }
    }

    /// The same without the token.
    pub(crate) fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        self.at.http.request(method, format!("{}{path}", self.at.rest_url))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path)).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        let request = self.request(method, path).header("content-type", "application/json");
        Answer::to(request.body(body.to_string())).await
    }

    /// Sends and insists on success.
    pub(crate) async fn done(&self, method: Method, path: &str, body: &Value) -> Value {
        let answer = self.send(method.clone(), path, body).await;
        assert!((200..300).contains(&answer.status), "{method} {path} {body}: {} {}", answer.status, answer.text);
        answer.json()
    }

    /// The first page of this query.
    pub(crate) async fn page(&self, query: &str) -> Value {
        let answer = self.get(&format!("/api/notifications?limit=100&{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// This scenario's titles, oldest first: broadcasts of others come to everyone too.
    pub(crate) async fn titles(&self) -> Vec<String> {
        let page = self.page("").await;
        let all = page["notifications"].as_array().unwrap().iter().rev();
        all.filter_map(|one| self.own_title(one)).collect()
    }

    /// Waits until the list shows exactly these titles, oldest first.
    pub(crate) async fn shows(&self, wanted: &[&str]) {
        let what = format!("{} shows {wanted:?}", self.id);
        eventually(&what, async || (self.titles().await == wanted).then_some(())).await;
    }

    /// The notification of this title, once it is there.
    pub(crate) async fn find(&self, title: &str) -> Value {
        eventually(&format!("{title} in the list of {}", self.id), async || {
            let page = self.page("").await;
            page["notifications"].as_array().unwrap().iter().find(|one| self.own_title(one).as_deref() == Some(title)).cloned()
        })
        .await
    }

    /// The title of a notification or of an event that brings one, without the scenario's prefix; nothing for others'.
    pub(crate) fn own_title(&self, value: &Value) -> Option<String> {
        let one = value.get("notification").unwrap_or(value);
        one["title"].as_str()?.strip_prefix(&self.at.prefix).map(str::to_owned)
    }

    /// Unread, of all that is shown.
    pub(crate) async fn unread(&self) -> u64 {
        self.get("/api/unread").await.json()["unreadCount"].as_u64().unwrap()
    }

    /// Tells one user something by REST; as an admin.
    pub(crate) async fn notify(&self, to: &Self, title: &str) {
        let body = json!({"userId": to.id, "title": self.at.own(title)});
        self.done(Method::POST, "/api/notifications", &body).await;
    }

    /// A position for now.
    pub(crate) async fn cursor(&self) -> String {
        self.get("/api/events").await.json()["cursor"].as_str().unwrap().to_owned()
    }

    /// Polls until this scenario's titles since the cursor end with this one; gives them and the new cursor.
    pub(crate) async fn polled_to(&self, mut cursor: String, last: &str) -> (Vec<String>, String) {
        let mut titles = Vec::new();
        eventually(&format!("a poll that brings {last}"), async || {
            let answer = self.get(&format!("/api/events?after={cursor}")).await;
            if answer.status == 200 {
                let news = answer.json();
                titles.extend(news["events"].as_array().unwrap().iter().filter_map(|event| self.own_title(event)));
                news["cursor"].as_str().unwrap().clone_into(&mut cursor);
            } else {
                assert_eq!((answer.status, answer.text.as_str()), (204, ""));
            }
            titles.iter().any(|title| title == last).then_some(())
        })
        .await;
        (titles, cursor)
    }

    pub(crate) async fn ticket(&self) -> String {
        let answer = self.done(Method::POST, "/api/stream/ticket", &json!({})).await;
        assert_eq!(answer["expiresIn"], 60);
        answer["ticket"].as_str().unwrap().to_owned()
    }

    /// A stream from now on.
    pub(crate) async fn stream(&self) -> Listener {
        Listener::open(self.request(Method::GET, "/api/stream/events")).await
    }

    /// A socket by ticket, which holds its place from now on.
    pub(crate) async fn socket(&self) -> Socket {
        let mut socket = Socket::open(&self.at.sockets_url, &self.ticket().await).await.unwrap();
        socket.resume(None).await;
        socket
    }
}

//! Requests as dashboards and scripts send them.

use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

use super::{Listener, Server};

impl Server<'_> {
    /// A request of this user, to be sent.
    pub(crate) fn request(&self, method: Method, user: &str, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(self.home.token(user))
    }

    /// Insists on success.
    pub(crate) async fn get(&self, user: &str, path: &str) -> Value {
        read(self.request(Method::GET, user, path).send().await.unwrap()).await
    }

    /// Insists on success.
    pub(crate) async fn post(&self, user: &str, path: &str, body: &Value) -> Value {
        let request = self.request(Method::POST, user, path).header("content-type", "application/json").body(body.to_string());
        read(request.send().await.unwrap()).await
    }

    /// The titles of the newest page, oldest first.
    pub(crate) async fn titles(&self, user: &str) -> Vec<String> {
        let page = self.get(user, "/api/notifications?limit=100").await;
        let titles = page["notifications"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap().to_owned());
        titles.rev().collect()
    }

    /// A stream from now on.
    pub(crate) async fn stream(&self, user: &str) -> Listener {
        self.stream_after(user, "").await
    }

    /// A stream from this place on.
    pub(crate) async fn stream_after(&self, user: &str, place: &str) -> Listener {
        let request = self.request(Method::GET, user, "/api/stream/events");
        let request = if place.is_empty() { request } else { request.header("last-event-id", place) };
        Listener::open(request, place).await
    }
}

async fn read(response: Response) -> Value {
    let (status, text) = (response.status(), response.text().await.unwrap());
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap()
}

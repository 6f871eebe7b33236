//! A site, its functions, and the events of `events/`.

mod allowed;
mod follow;
mod programs;

use std::ops::Deref;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::lambda::Launch;
use testkit::{broadcast, notify, site};

pub(crate) use allowed::not_called;
pub(crate) use follow::Follow;
pub(crate) use programs::{FUNCTIONS, function, root};
pub(crate) use testkit::site::{DEAD_LETTERS, JOBS, TOPIC};

/// How many shards the connections have: few, so that all of them can be looked at.
pub(crate) const SHARDS: u32 = 2;

/// All of it. When it goes, what functions called meanwhile must be what their roles allow.
pub(crate) struct Site(site::Site);

impl Drop for Site {
    fn drop(&mut self) {
        let beyond = allowed::beyond(self.cloud.calls());
        assert!(beyond.is_empty() || std::thread::panicking(), "no role in the template allows {beyond:#?}");
    }
}

impl Deref for Site {
    type Target = site::Site;

    fn deref(&self) -> &site::Site {
        &self.0
    }
}

impl Site {
    pub(crate) async fn open() -> Self {
        Self(site::Site::open(SHARDS).await)
    }

    /// A function with the environment that the template gives it, and a full log. Its key is called as it is, so that its calls are known.
    pub(crate) fn launch(&self, name: &str) -> Launch {
        self.0.launch(&function(name)).with("AWS_ACCESS_KEY_ID", name).with("BELFRY_LOG", "debug")
    }

    /// Tells Anna.
    pub(crate) async fn notify(&self, title: &str) {
        self.deliver([notify("anna", title)]).await;
    }

    /// Tells everyone.
    pub(crate) async fn broadcast(&self, title: &str) {
        self.deliver([broadcast("everyone", title)]).await;
    }

    /// A token of this user, for an hour.
    pub(crate) fn token(&self, user: &str) -> String {
        self.0.token(user, Duration::from_hours(1))
    }

    /// A token of this user, for so long.
    pub(crate) fn token_for(&self, user: &str, life: Duration) -> String {
        self.0.token(user, life)
    }
}

/// An event of `events/`, as text: placeholders are still in it.
pub(crate) fn event(name: &str) -> String {
    std::fs::read_to_string(root().join("events").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// An event of `events/` with something changed.
pub(crate) fn changed(name: &str, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut event = serde_json::from_str(&event(name)).unwrap();
    change(&mut event);
    event.to_string().into_bytes()
}

/// Sets a header of a REST event, in both places where API Gateway puts it.
pub(crate) fn set_header(event: &mut Value, name: &str, value: &str) {
    event["headers"][name] = json!(value);
    event["multiValueHeaders"][name] = json!([value]);
}

/// Sets the query of a REST event, in both places.
pub(crate) fn set_query(event: &mut Value, query: &[(&str, &str)]) {
    event["queryStringParameters"] = query.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    event["multiValueQueryStringParameters"] = query.iter().map(|(name, value)| ((*name).to_owned(), json!([value]))).collect();
}

/// The JSON body of a REST answer; null where there is none.
pub(crate) fn body_of(answer: &Value) -> Value {
    answer["body"].as_str().map_or(Value::Null, |text| serde_json::from_str(text).unwrap_or_default())
}

/// What Anna has, newest first, as `api` lists it.
pub(crate) async fn titles(site: &Site) -> Vec<String> {
    let api = site.launch("api").start().await;
    let answer = api.invoke(event("api-list.json").as_bytes()).returned().await.unwrap();
    let page = body_of(&answer);
    let list = page["notifications"].as_array().unwrap_or_else(|| panic!("{answer}\n{}", api.log()));
    list.iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect()
}

//! Background jobs as text of a queue: `{"job":"fanout","tenant":…,"channel":…,"n":…,"shard":…,"start":…}` and `{"job":"sweep","tenant":…,"user":…}`.

use std::fmt;

use inbox::id::{Channel, ConnectionId, Tenant, UserId};
use inbox::job::Job;
use inbox::limits;
use inbox::position::{Feed, FeedOf, Seq};
use serde::Serialize;

use crate::fields::{self, BadBody, Fields};
use crate::json::Json;

const JOBS: [&str; 2] = ["fanout", "sweep"];

/// A text that is no job: for the dead-letter queue, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadJob(BadBody);

impl fmt::Display for BadJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for BadJob {}

#[derive(Serialize)]
struct Wire<'a> {
    job: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<&'a str>,
}

/// A job's text, as [`parse`] reads it.
pub fn encode(job: &Job) -> String {
    let wire = match job {
        Job::Fanout { feed, n, shard, start } => {
            Wire { n: Some(n.0), shard: Some(*shard), start: start.as_ref().map(ConnectionId::as_str), ..of("fanout", feed) }
        }
        Job::Sweep { feed } => of("sweep", feed),
    };
    // Texts and numbers only: it cannot fail.
    serde_json::to_string(&wire).unwrap_or_default()
}

fn of<'a>(job: &'static str, feed: &'a Feed) -> Wire<'a> {
    let (channel, user) = match &feed.of {
        FeedOf::Channel(channel) => (Some(channel.as_str()), None),
        FeedOf::User(user) => (None, Some(user.as_str())),
    };
    Wire { job, tenant: feed.tenant.as_ref().map(Tenant::as_str), channel, user, n: None, shard: None, start: None }
}

/// Reads a job.
///
/// # Errors
/// [`BadJob`], naming every field that is wrong.
pub fn parse(text: &str) -> Result<Job, BadJob> {
    fields::read(text.as_bytes(), take).map_err(BadJob)
}

fn take(fields: &mut Fields<'_>) -> Option<Job> {
    let kind = fields.required("job", |value| {
        let kind = fields::string(value)?;
        JOBS.into_iter().find(|known| *known == kind).ok_or_else(|| format!("must be one of {}", JOBS.join(", ")))
    });
    let Some(kind) = kind else {
        fields.ignore_the_rest();
        return None;
    };
    let tenant = fields.optional("tenant", |value| fields::name(value, Tenant::parse));
    if kind == "sweep" {
        let user = fields.required("user", |value| fields::name(value, UserId::parse))?;
        return Some(Job::Sweep { feed: Feed::user(tenant, user) });
    }
    let channel = fields.required("channel", |value| fields::name(value, Channel::parse));
    let n = fields.required("n", |value| number(&value, limits::SEQ_MAX));
    let shard = fields.required("shard", |value| number(&value, u64::from(u32::MAX)));
    let start = fields.optional("start", |value| fields::name(value, ConnectionId::parse));
    Some(Job::Fanout { feed: Feed::channel(tenant, channel?), n: Seq(n?), shard: u32::try_from(shard?).ok()?, start })
}

fn number(value: &Json<'_>, most: u64) -> Result<u64, String> {
    let reason = || format!("must be a whole number up to {most}");
    match value {
        Json::Number(raw) => raw.parse().ok().filter(|number| *number <= most).ok_or_else(reason),
        Json::Null | Json::Bool(_) | Json::String(..) | Json::Array(_) | Json::Object(_) => Err(reason()),
    }
}

#[cfg(test)]
mod tests;

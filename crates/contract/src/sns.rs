//! What jobs publish, and what our own API publishes for them: one event a message, as JSON. See the contract's "Over SNS".
//!
//! The event's own kind is its `type`, so a notification's `type` comes as `severity` here.

use std::fmt;

use inbox::id::{Channel, EventId, EventKey, Tenant, UserId};
use inbox::limits;
use inbox::moment::Moment;
use inbox::notification::Content;
use inbox::publication::{Addressee, Publication, What, Withdrawn};
use inbox::task::{TaskReport, TaskStatus};

use crate::fields::{self, Fields};
use crate::rest::take_at;
use crate::{content, report, time};

/// The `type`s that are published.
const TYPES: [&str; 5] = ["notification", "broadcast", "task-progress", "task-completed", "withdraw"];
const RUNNING: [TaskStatus; 2] = [TaskStatus::Queued, TaskStatus::Running];
const FINISHED: [TaskStatus; 3] = [TaskStatus::Completed, TaskStatus::Failed, TaskStatus::Cancelled];

/// A message that no try can apply: for the dead-letter queue, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poison {
    /// What is wrong, by name, without the message's text.
    pub reason: String,
}

impl fmt::Display for Poison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Poison {}

impl Poison {
    fn new(reason: impl fmt::Display) -> Self {
        Self { reason: reason.to_string() }
    }
}

/// An attribute of a message, as SQS hands it over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Its name.
    pub name: &'a str,
    /// `String`, `Number`, `Binary`, or one of them with a label behind a point.
    pub data_type: &'a str,
    /// Its text; `None` for binary ones.
    pub value: Option<&'a str>,
}

/// Reads a message. `message_id` is the queue's, for events whose author gave no `id`; `sent` is the queue's time, for those without `at`.
///
/// # Errors
/// [`Poison`], naming every field that is wrong.
pub fn parse(body: &str, message_id: &str, sent: Moment) -> Result<Publication, Poison> {
    if body.len() > limits::EVENT_BYTES {
        return Err(Poison::new(format!("the event has {} bytes, and may have {}", body.len(), limits::EVENT_BYTES)));
    }
    let fallback = EventId::parse(message_id).map_err(|bad| Poison::new(format!("the queue's message id {bad}")))?;
    fields::read(body.as_bytes(), |fields| take(fields, fallback, sent)).map_err(Poison::new)
}

/// Holds a message's attributes against its body: filter policies go by them, so one that lies has misled somebody.
///
/// # Errors
/// [`Poison`] where `type` or `userId` is there and is not a `String` that agrees.
pub fn check_attributes<'a>(attributes: impl IntoIterator<Item = Attribute<'a>>, publication: &Publication) -> Result<(), Poison> {
    for attribute in attributes {
        let expected = match attribute.name {
            "type" => Some(type_of(publication)),
            "userId" => user_of(publication).map(UserId::as_str),
            _ => continue,
        };
        if attribute.data_type != "String" {
            return Err(Poison::new(format!("the attribute {} must be of the type String", attribute.name)));
        }
        if attribute.value.is_none() || attribute.value != expected {
            return Err(Poison::new(format!("the attribute {} does not agree with the message", attribute.name)));
        }
    }
    Ok(())
}

/// The attributes that our own publisher sets, both of the type `String`. A user whose name has characters that SQS refuses (its API
/// reference, `SendMessage`: U+FFFE and U+FFFF) is named in the body alone, where they stand as escapes.
pub fn attributes(publication: &Publication) -> Vec<(&'static str, &str)> {
    let user = user_of(publication).map(UserId::as_str).filter(|name| !name.contains(['\u{fffe}', '\u{ffff}']));
    let user = user.map(|name| ("userId", name));
    std::iter::once(("type", type_of(publication))).chain(user).collect()
}

/// The `type` of a published event.
pub fn type_of(publication: &Publication) -> &'static str {
    match &publication.what {
        What::Notify(..) => "notification",
        What::Broadcast(..) => "broadcast",
        What::Task(_, report) if report.status.finished() => "task-completed",
        What::Task(..) => "task-progress",
        What::Withdraw(..) => "withdraw",
    }
}

fn user_of(publication: &Publication) -> Option<&UserId> {
    match &publication.what {
        What::Notify(user, _) | What::Task(user, _) | What::Withdraw(Addressee::User(user), _) => Some(user),
        What::Broadcast(..) | What::Withdraw(Addressee::Channel(_), _) => None,
    }
}

fn take(fields: &mut Fields<'_>, fallback: EventId, sent: Moment) -> Option<Publication> {
    let kind = fields.required("type", |value| {
        let kind = fields::string(value)?;
        TYPES.into_iter().find(|known| *known == kind).ok_or_else(|| format!("must be one of {}", TYPES.join(", ")))
    });
    let Some(kind) = kind else {
        fields.ignore_the_rest();
        return None;
    };
    let tenant = fields.optional("tenant", |value| fields::name(value, Tenant::parse));
    let at = take_at(fields, sent);
    // A withdrawal's `id` names what it takes back; it needs none of its own, since it changes nothing twice.
    let own = if kind == "withdraw" { None } else { fields.optional("id", |value| fields::name(value, EventId::parse)) };
    let what = match kind {
        "notification" => take_notification(fields),
        "broadcast" => take_broadcast(fields),
        "task-progress" => take_task(fields, &RUNNING, at),
        "task-completed" => take_task(fields, &FINISHED, at),
        _ => take_withdrawal(fields),
    };
    Some(Publication { tenant, id: own.unwrap_or(fallback), at, what: what? })
}

fn take_user(fields: &mut Fields<'_>) -> Option<UserId> {
    fields.required("userId", |value| fields::name(value, UserId::parse))
}

fn take_channel(fields: &mut Fields<'_>) -> Option<Channel> {
    fields.optional("audience", |value| fields::name(value, Channel::parse))
}

fn take_notification(fields: &mut Fields<'_>) -> Option<What> {
    let user = take_user(fields);
    let content = content::take(fields, "severity");
    Some(What::Notify(user?, content?))
}

fn take_broadcast(fields: &mut Fields<'_>) -> Option<What> {
    let channel = take_channel(fields).unwrap_or(Channel::Everyone);
    let content = content::take(fields, "severity");
    Some(What::Broadcast(channel, content?))
}

fn take_task(fields: &mut Fields<'_>, allowed: &[TaskStatus], at: Moment) -> Option<What> {
    let user = take_user(fields);
    let report = report::take(fields, allowed, at);
    Some(What::Task(user?, report?))
}

fn take_withdrawal(fields: &mut Fields<'_>) -> Option<What> {
    let id = fields.optional("id", |value| fields::name(value, EventId::parse)).map(Withdrawn::Id);
    let key = fields.optional("key", |value| fields::name(value, EventKey::parse)).map(Withdrawn::Key);
    let user = fields.optional("userId", |value| fields::name(value, UserId::parse)).map(Addressee::User);
    let channel = take_channel(fields).map(Addressee::Channel);
    if fields.good() && id.is_some() == key.is_some() {
        fields.refuse("id", "or key is needed, and only one of them");
    }
    if fields.good() && user.is_some() == channel.is_some() {
        fields.refuse("userId", "or audience is needed, and only one of them");
    }
    Some(What::Withdraw(user.or(channel)?, id.or(key)?))
}

/// The message for an event, as [`parse`] reads it. At most [`limits::EVENT_BYTES`], since every field of a publication has its limit.
pub fn encode(publication: &Publication) -> String {
    let mut fields = Object::default();
    fields.text("type", type_of(publication));
    fields.optional("tenant", publication.tenant.as_ref().map(Tenant::as_str));
    fields.text("at", &time::text(publication.at));
    match &publication.what {
        What::Notify(user, content) => {
            fields.text("id", publication.id.as_str());
            fields.text("userId", user.as_str());
            fields.content(content);
        }
        What::Broadcast(channel, content) => {
            fields.text("id", publication.id.as_str());
            fields.text("audience", channel.as_str());
            fields.content(content);
        }
        What::Task(user, report) => {
            fields.text("id", publication.id.as_str());
            fields.text("userId", user.as_str());
            fields.report(report);
        }
        What::Withdraw(addressee, withdrawn) => fields.withdrawal(addressee, withdrawn),
    }
    fields.finish()
}

/// A JSON object in the making.
#[derive(Default)]
struct Object(String);

impl Object {
    fn raw(&mut self, name: &str, json: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&crate::json::quote(name));
        self.0.push(':');
        self.0.push_str(json);
    }

    fn text(&mut self, name: &str, text: &str) {
        self.raw(name, &crate::json::quote(text));
    }

    fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    fn content(&mut self, content: &Content) {
        self.text("title", &content.title);
        self.text("message", &content.message);
        self.text("severity", content.severity.as_str());
        self.optional("category", content.category.as_ref().map(inbox::id::Category::as_str));
        self.optional("key", content.key.as_ref().map(EventKey::as_str));
        if !content.actions.is_empty() {
            let actions = content.actions.iter().map(|action| serde_json::json!({"label": action.label, "url": action.url}));
            self.raw("actions", &actions.collect::<serde_json::Value>().to_string());
        }
        if let Some(data) = &content.data {
            self.raw("data", data);
        }
        self.optional("expiresAt", content.expires.map(time::text).as_deref());
    }

    fn report(&mut self, report: &TaskReport) {
        self.text("taskId", report.id.as_str());
        self.text("status", report.status.as_str());
        self.optional("name", report.name.as_deref());
        if let Some(progress) = report.progress {
            self.raw("progress", &progress.to_string());
        }
        if let Some(result) = &report.result {
            self.raw("result", result);
        }
        self.optional("error", report.error.as_deref());
    }

    fn withdrawal(&mut self, addressee: &Addressee, withdrawn: &Withdrawn) {
        match withdrawn {
            Withdrawn::Id(id) => self.text("id", id.as_str()),
            Withdrawn::Key(key) => self.text("key", key.as_str()),
        }
        match addressee {
            Addressee::User(user) => self.text("userId", user.as_str()),
            Addressee::Channel(channel) => self.text("audience", channel.as_str()),
        }
    }

    /// SQS refuses U+FFFE and U+FFFF in a body; they can stand in strings only, so their escapes mean the same.
    fn finish(self) -> String {
        (self.0 + "}").replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff")
    }
}

#[cfg(test)]
mod tests;

//! What is asked for.

use std::collections::HashSet;

use inbox::id::{Category, Channel, EventId, NotificationId, Tenant, UserId};
use inbox::limits;
use inbox::moment::Moment;
use inbox::notification::Content;
use inbox::position::Position;
use inbox::preferences::Preferences;
use inbox::publication::{Publication, What};
use inbox::task::{TaskReport, TaskStatus};

use crate::fields::{self, Fields};
use crate::json::Json;
use crate::problem::Problem;
use crate::{content, cursor, report};

/// Which notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// These, each once.
    Ids(Vec<NotificationId>),
    /// All, or all that this position had shown.
    All {
        /// As far as this.
        up_to: Option<Position>,
    },
    /// All of a category.
    Category(Category),
}

/// What shall become of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Read.
    Read,
    /// Unread again.
    Unread,
    /// Seen, not read.
    Seen,
    /// Put away.
    Archive,
    /// Brought back.
    Restore,
}

/// A PATCH of notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Which.
    pub target: Target,
    /// What shall become of them.
    pub mark: Mark,
}

/// A notification for some users.
#[derive(Clone, Debug, PartialEq)]
pub struct Notify {
    /// Each once, in the order they were named.
    pub users: Vec<UserId>,
    /// What it says.
    pub content: Content,
    /// The author's time.
    pub at: Moment,
}

/// A notification for a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Broadcast {
    /// Everyone, unless a topic is named.
    pub channel: Channel,
    /// What it says.
    pub content: Content,
    /// The author's time.
    pub at: Moment,
}

/// A task's new state.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskAsk {
    /// Whose it is.
    pub user: UserId,
    /// The state.
    pub report: TaskReport,
}

impl Notify {
    /// What to publish: one for each user, all with the event's one id.
    pub fn publications(self, tenant: Option<&Tenant>, id: &EventId) -> Vec<Publication> {
        let Self { users, content, at } = self;
        let one = |user| Publication { tenant: tenant.cloned(), id: id.clone(), at, what: What::Notify(user, content.clone()) };
        users.into_iter().map(one).collect()
    }
}

/// Reads `PATCH /api/notifications`.
///
/// # Errors
/// [`Problem::MalformedJson`], [`Problem::InvalidField`]; [`Problem::PositionUnusable`] for an `upTo` that cannot be read;
/// [`Problem::NotFound`] for an id that no notification can have.
pub fn parse_mark(body: &[u8]) -> Result<Ask, Problem> {
    let (target, mark) = fields::read(body, |fields| {
        let target = take_target(fields, true);
        let mark = take_mark(fields, matches!(target, Some(Named::All { .. })));
        Some((target?, mark?))
    })?;
    Ok(Ask { target: target.resolve()?, mark })
}

/// Reads `PATCH /api/notifications/{id}`: read, unless a body says otherwise.
///
/// # Errors
/// [`Problem::MalformedJson`], [`Problem::InvalidField`].
pub fn parse_mark_one(body: &[u8]) -> Result<Mark, Problem> {
    if body.is_empty() {
        return Ok(Mark::Read);
    }
    Ok(fields::read(body, |fields| take_mark(fields, false))?)
}

/// Reads `DELETE /api/notifications`.
///
/// # Errors
/// As [`parse_mark`].
pub fn parse_delete(body: &[u8]) -> Result<Target, Problem> {
    fields::read(body, |fields| take_target(fields, false))?.resolve()
}

/// Reads `POST /api/notifications`, at `now`.
///
/// # Errors
/// [`Problem::MalformedJson`], [`Problem::InvalidField`].
pub fn parse_notify(body: &[u8], now: Moment) -> Result<Notify, Problem> {
    Ok(fields::read(body, |fields| {
        let users = take_users(fields);
        let at = take_at(fields, now);
        let content = take_content(fields, now);
        Some(Notify { users: users?, content: content?, at })
    })?)
}

/// Reads `POST /api/notifications/broadcast`, at `now`.
///
/// # Errors
/// [`Problem::MalformedJson`], [`Problem::InvalidField`].
pub fn parse_broadcast(body: &[u8], now: Moment) -> Result<Broadcast, Problem> {
    Ok(fields::read(body, |fields| {
        let channel = fields.optional("audience", |value| fields::name(value, Channel::parse)).unwrap_or(Channel::Everyone);
        let at = take_at(fields, now);
        let content = take_content(fields, now);
        Some(Broadcast { channel, content: content?, at })
    })?)
}

/// Reads `POST /api/tasks`, at `now`.
///
/// # Errors
/// [`Problem::MalformedJson`], [`Problem::InvalidField`].
pub fn parse_task(body: &[u8], now: Moment) -> Result<TaskAsk, Problem> {
    Ok(fields::read(body, |fields| {
        let user = fields.required("userId", |value| fields::name(value, UserId::parse));
        let at = take_at(fields, now);
        let report = report::take(fields, &TaskStatus::ALL, at);
        Some(TaskAsk { user: user?, report: report? })
    })?)
}

/// Reads `PUT /api/preferences`.
///
/// # Errors
/// [`Problem::MalformedJson`], [`Problem::InvalidField`].
pub fn parse_preferences(body: &[u8]) -> Result<Preferences, Problem> {
    Ok(fields::read(body, |fields| {
        let muted = fields.required("muted", |value| fields::array(value, limits::MUTED_CATEGORIES))?;
        let muted = take_each(fields, "muted", muted, |value| fields::name(value, Category::parse))?;
        Some(Preferences { muted: muted.into_iter().collect() })
    })?)
}

/// Takes what a notification says. A page that sends one which has expired made a mistake, and is here to be told; what a job sends may
/// have waited in a queue.
fn take_content(fields: &mut Fields<'_>, now: Moment) -> Option<Content> {
    let content = content::take(fields, "type")?;
    if content.expires.is_some_and(|expires| expires <= now) {
        fields.refuse("expiresAt", "must lie ahead");
    }
    Some(content)
}

/// Takes `at`; an author's clock may run ahead by [`limits::CLOCK_AHEAD`] at most.
pub(crate) fn take_at(fields: &mut Fields<'_>, now: Moment) -> Moment {
    let at = fields.optional("at", |value| match fields::moment(value)? {
        ahead if ahead > now.plus(limits::CLOCK_AHEAD) => Err("must not be more than 24 hours ahead".to_owned()),
        at => Ok(at),
    });
    at.unwrap_or(now)
}

/// A target whose texts are strings, but were not looked into: what no notification is called is "not found", which is no fault of a field.
enum Named {
    Ids(Vec<String>),
    All { up_to: Option<String> },
    Category(Category),
}

impl Named {
    fn resolve(self) -> Result<Target, Problem> {
        match self {
            Self::Ids(texts) => {
                let mut ids = Vec::with_capacity(texts.len());
                for text in texts {
                    let id = cursor::parse_id(&text).map_err(|_| Problem::NotFound)?;
                    if !ids.contains(&id) {
                        ids.push(id);
                    }
                }
                Ok(Target::Ids(ids))
            }
            Self::All { up_to } => {
                let up_to = up_to.map(|text| cursor::parse_position(&text).map_err(|_| Problem::PositionUnusable)).transpose()?;
                Ok(Target::All { up_to })
            }
            Self::Category(category) => Ok(Target::Category(category)),
        }
    }
}

fn take_target(fields: &mut Fields<'_>, with_category: bool) -> Option<Named> {
    let ways: &[&str] = if with_category { &["id", "ids", "all", "category"] } else { &["id", "ids", "all"] };
    let given: Vec<&str> = ways.iter().copied().filter(|name| fields.has(name)).collect();
    let [way] = given[..] else {
        let reason = format!("is one of {}: exactly one of them is needed", ways.join(", "));
        fields.refuse(given.get(1).unwrap_or(&"id"), reason);
        for name in ways {
            fields.take(name);
        }
        fields.take("upTo");
        return None;
    };
    let target = match way {
        "id" => fields.field("id", |value| fields::text(value, 1, limits::ID_BYTES)).map(|id| Named::Ids(vec![id])),
        "ids" => take_ids(fields),
        "category" => fields.field("category", |value| fields::name(value, Category::parse)).map(Named::Category),
        _ => fields.field("all", |value| fields::only_true(&value)).map(|()| Named::All { up_to: None }),
    };
    let up_to = fields.field("upTo", fields::string);
    match (target, up_to) {
        (Some(Named::All { .. }), up_to) => Some(Named::All { up_to }),
        (target, Some(_)) => {
            fields.refuse("upTo", "goes with all only");
            target
        }
        (target, None) => target,
    }
}

fn take_ids(fields: &mut Fields<'_>) -> Option<Named> {
    let ids = fields.field("ids", |value| fields::array(value, limits::IDS_PER_REQUEST))?;
    if ids.is_empty() {
        fields.refuse("ids", "must not be empty");
    }
    take_each(fields, "ids", ids, |value| fields::text(value, 1, limits::ID_BYTES)).map(Named::Ids)
}

/// Checks each item of an array under its own name, such as `ids[3]`.
fn take_each<'t, T>(
    fields: &mut Fields<'t>,
    name: &str,
    items: Vec<Json<'t>>,
    check: impl Fn(Json<'t>) -> Result<T, String>,
) -> Option<Vec<T>> {
    let mut good = Vec::with_capacity(items.len());
    for (i, item) in items.into_iter().enumerate() {
        match check(item) {
            Ok(value) => good.push(value),
            Err(reason) => fields.refuse(&format!("{name}[{i}]"), reason),
        }
    }
    fields.good().then_some(good)
}

fn take_mark(fields: &mut Fields<'_>, all: bool) -> Option<Mark> {
    let ways = ["read", "archived", "seen"];
    let given: Vec<&str> = ways.into_iter().filter(|name| fields.has(name)).collect();
    if let [_, second, ..] = given[..] {
        fields.refuse(second, "cannot stand beside another mark");
    }
    let read = fields.field("read", |value| fields::boolean(&value));
    let archived = fields.field("archived", |value| fields::boolean(&value));
    let seen = fields.field("seen", |value| fields::only_true(&value));
    let mark = match (read, archived, seen) {
        (Some(false), ..) => Mark::Unread,
        (_, Some(true), _) => Mark::Archive,
        (_, Some(false), _) => Mark::Restore,
        (.., Some(())) => Mark::Seen,
        (Some(true) | None, None, None) => Mark::Read,
    };
    match (mark, all) {
        (Mark::Unread, true) => fields.refuse("read", "can only be true with all"),
        (Mark::Archive | Mark::Restore, true) => fields.refuse("archived", "cannot go with all"),
        (Mark::Seen, false) => fields.refuse("seen", "goes with all only"),
        (Mark::Read | Mark::Unread | Mark::Archive | Mark::Restore, false) | (Mark::Read | Mark::Seen, true) => {}
    }
    fields.good().then_some(mark)
}

fn take_users(fields: &mut Fields<'_>) -> Option<Vec<UserId>> {
    let one = fields.optional("userId", |value| fields::name(value, UserId::parse));
    let many = fields.optional("userIds", |value| fields::array(value, limits::USERS_PER_REQUEST));
    match (one, many) {
        (Some(user), None) => Some(vec![user]),
        (None, Some(items)) if items.is_empty() => {
            fields.refuse("userIds", "must not be empty");
            None
        }
        (None, Some(items)) => {
            let users = take_each(fields, "userIds", items, |value| fields::name(value, UserId::parse))?;
            let mut met = HashSet::new();
            Some(users.into_iter().filter(|user| met.insert(user.clone())).collect())
        }
        (None, None) if !fields.good() => None,
        (Some(_), Some(_)) | (None, None) => {
            fields.refuse("userId", "or userIds is needed, and only one of them");
            None
        }
    }
}

#[cfg(test)]
#[path = "asks_tests.rs"]
mod tests;

//! Query strings, read strictly: a known parameter given twice, with brackets or with an odd value is refused by name; unknown ones pass.

use std::borrow::Cow;

use inbox::event::EventKind;
use inbox::id::{Category, Channel, ClientId, EventId, EventKey, Slot, UserId};
use inbox::limits;
use inbox::notification::Severity;
use inbox::page::{Filter, PageCursor};
use inbox::position::{FeedTag, Position};
use inbox::publication::{Addressee, What, Withdrawn};

use crate::cursor;
use crate::fields::FieldError;
use crate::problem::Problem;

/// Where a list begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start<C> {
    /// At this page, from 1.
    Page(u32),
    /// Behind this place.
    Cursor(C),
}

/// `GET /api/notifications`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// Where it begins.
    pub start: Start<PageCursor>,
    /// Most items: 1 to [`limits::PAGE_LIMIT`].
    pub limit: u32,
    /// Which items.
    pub filter: Filter,
}

/// `GET /api/tasks`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TasksQuery {
    /// Where it begins.
    pub start: Start<(Slot, FeedTag)>,
    /// Most items: 1 to [`limits::PAGE_LIMIT`].
    pub limit: u32,
}

/// Since when a client wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// It named no cursor: from now.
    Now,
    /// From here.
    Position(Position),
    /// It named something that cannot be read: a `reset`.
    Unreadable,
}

/// `GET /api/stream/events`. The header `Last-Event-ID` wins over `after`: see [`cursor::after`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamQuery {
    /// Since when.
    pub after: After,
    /// Which events.
    pub types: Types,
    /// The client instance, whose newer stream ends its older one.
    pub client: Option<ClientId>,
}

/// Which kinds of events a stream shows. `reset` always passes: without it a client would go on over a hole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Types(Option<Vec<EventKind>>);

impl Types {
    /// All of them.
    pub const ALL: Self = Self(None);

    /// Whether events of this kind are shown.
    pub fn take(&self, kind: EventKind) -> bool {
        kind == EventKind::Reset || self.0.as_ref().is_none_or(|kinds| kinds.contains(&kind))
    }
}

/// Reads `GET /api/notifications`.
///
/// # Errors
/// [`Problem::InvalidQuery`], or [`Problem::BadCursor`] for a cursor that cannot be read or belongs to another filter.
pub fn list(raw: &str) -> Result<ListQuery, Problem> {
    let mut query = Query::read(raw, &["page", "limit", "cursor", "unread", "archived", "type", "category"]);
    let filter = Filter {
        unread: query.flag("unread"),
        archived: query.flag("archived"),
        severity: query.parsed("type", "must be info, warning, success or error", Severity::parse),
        category: query.named("category", Category::parse),
    };
    let (page, limit, cursor) = query.paging();
    query.finish()?;
    let start = match cursor {
        Some(text) => {
            let cursor = cursor::parse_page(&text).map_err(|_| Problem::BadCursor)?;
            if cursor.filter != filter.fingerprint() {
                return Err(Problem::BadCursor);
            }
            Start::Cursor(cursor)
        }
        None => Start::Page(page),
    };
    Ok(ListQuery { start, limit, filter })
}

/// Reads `GET /api/tasks`.
///
/// # Errors
/// [`Problem::InvalidQuery`], or [`Problem::BadCursor`] for a cursor that cannot be read.
pub fn tasks(raw: &str) -> Result<TasksQuery, Problem> {
    let mut query = Query::read(raw, &["page", "limit", "cursor"]);
    let (page, limit, cursor) = query.paging();
    query.finish()?;
    let start = match cursor {
        Some(text) => Start::Cursor(cursor::parse_task_page(&text).map_err(|_| Problem::BadCursor)?),
        None => Start::Page(page),
    };
    Ok(TasksQuery { start, limit })
}

/// Reads `GET /api/events`. Never an error: an `after` that is given twice, or is not even text, is one that cannot be read.
pub fn poll(raw: &str) -> After {
    let mut query = Query::read(raw, &["after"]);
    let after = query.take("after");
    match query.finish() {
        Ok(()) => cursor::after(after.as_deref().map(str::as_bytes)),
        Err(_) => After::Unreadable,
    }
}

/// Reads `GET /api/stream/events`; `after` as [`poll`] does.
///
/// # Errors
/// [`Problem::InvalidQuery`].
pub fn stream(raw: &str) -> Result<StreamQuery, Problem> {
    let mut query = Query::read(raw, &["types", "client"]);
    let client = query.named("client", ClientId::parse);
    let types = query.parsed("types", "must be names of events, such as broadcast,task-completed", parse_types);
    query.finish()?;
    Ok(StreamQuery { after: poll(raw), types: types.unwrap_or(Types::ALL), client })
}

fn parse_types(list: &str) -> Option<Types> {
    let kinds: Option<Vec<EventKind>> = list.split(',').map(EventKind::parse).collect();
    kinds.map(|kinds| Types(Some(kinds)))
}

/// The `ticket` of a request to any path, if it names exactly one. It is a credential: whoever reads it keeps it out of logs.
pub fn ticket(raw: &str) -> Option<String> {
    let mut query = Query::read(raw, &["ticket"]);
    let ticket = query.take("ticket");
    query.finish().ok()?;
    ticket
}

/// Reads `DELETE /api/notifications/sent/{text}`: `text` is the path's, decoded.
///
/// # Errors
/// [`Problem::InvalidQuery`].
pub fn withdraw(text: &str, raw: &str) -> Result<What, Problem> {
    let mut query = Query::read(raw, &["by", "userId", "audience"]);
    let by_key = query.parsed("by", "must be id or key", |by| match by {
        "id" => Some(false),
        "key" => Some(true),
        _ => None,
    });
    if by_key.is_none() && query.errors.is_empty() {
        query.refuse("by", "is missing: id or key");
    }
    let user = query.named("userId", UserId::parse).map(Addressee::User);
    let audience = query.named("audience", Channel::parse).map(Addressee::Channel);
    if user.is_some() == audience.is_some() && query.errors.is_empty() {
        query.refuse("userId", "or audience is needed, and only one of them");
    }
    let withdrawn = match by_key {
        Some(true) => query.noted("key", EventKey::parse(text).map(Withdrawn::Key)),
        Some(false) | None => query.noted("id", EventId::parse(text).map(Withdrawn::Id)),
    };
    query.finish()?;
    match (user.or(audience), withdrawn) {
        (Some(addressee), Some(withdrawn)) => Ok(What::Withdraw(addressee, withdrawn)),
        (None, _) | (_, None) => Err(Problem::InvalidQuery(Vec::new())),
    }
}

/// The known parameters of a query, and what was wrong so far.
struct Query<'q> {
    known: Vec<(&'static str, Cow<'q, str>)>,
    errors: Vec<FieldError>,
}

impl<'q> Query<'q> {
    fn read(raw: &'q str, known: &[&'static str]) -> Self {
        let mut query = Self { known: Vec::new(), errors: Vec::new() };
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            query.pair(&decode(key).unwrap_or_default(), value, known);
        }
        query
    }

    fn pair(&mut self, key: &str, value: &'q str, known: &[&'static str]) {
        let (stem, bracketed) = key.split_once('[').map_or((key, false), |(stem, _)| (stem, true));
        let Some(name) = known.iter().find(|name| **name == stem) else { return };
        let Some(value) = decode(value) else { return self.refuse(name, "is not percent-encoded UTF-8") };
        if bracketed {
            self.refuse(key, "is not known here: write the name without brackets");
        } else if self.known.iter().any(|(held, _)| held == name) {
            self.refuse(name, "is given twice");
        } else {
            self.known.push((name, value));
        }
    }

    fn refuse(&mut self, name: &str, reason: impl std::fmt::Display) {
        self.errors.push(FieldError::new(name, reason));
    }

    fn take(&mut self, name: &str) -> Option<String> {
        self.known.iter().find(|(held, _)| *held == name).map(|(_, value)| value.clone().into_owned())
    }

    fn noted<T, E: std::fmt::Display>(&mut self, name: &str, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|bad| self.refuse(name, bad)).ok()
    }

    fn parsed<T>(&mut self, name: &str, reason: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let value = self.take(name)?;
        self.noted(name, parse(&value).ok_or(reason))
    }

    fn named<T, E: std::fmt::Display>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        let value = self.take(name)?;
        self.noted(name, parse(&value))
    }

    fn flag(&mut self, name: &str) -> bool {
        let is = self.parsed(name, "must be true or false", |value| match value {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        });
        is.unwrap_or(false)
    }

    fn number(&mut self, name: &str, most: u32, default: u32) -> u32 {
        let reason = format!("must be a whole number from 1 to {most}");
        let digits = |value: &str| value.bytes().all(|b| b.is_ascii_digit()).then(|| value.parse().ok()).flatten();
        self.parsed(name, &reason, |value| digits(value).filter(|n| (1..=most).contains(n))).unwrap_or(default)
    }

    /// The page, the limit and the cursor's text.
    fn paging(&mut self) -> (u32, u32, Option<String>) {
        let limit = self.number("limit", limits::PAGE_LIMIT, limits::PAGE_DEFAULT);
        let page = self.number("page", limits::PAGE_DEPTH, 1);
        let cursor = self.take("cursor");
        if cursor.is_some() && self.take("page").is_some() {
            self.refuse("page", "cannot stand beside cursor");
        }
        // The first page is always there, however the depth is set.
        if page > 1 && page * limit > limits::PAGE_DEPTH {
            self.refuse("page", format!("× limit may be at most {}: use cursor", limits::PAGE_DEPTH));
        }
        (page, limit, cursor)
    }

    fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::InvalidQuery(self.errors)) }
    }
}

/// Percent-decoding with `+` as a space; `None` for what is not percent-encoded UTF-8.
fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(['%', '+']) {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let (byte, left) = match first {
            b'%' => {
                let (digits, left) = after.split_at_checked(2)?;
                (u8::from_str_radix(std::str::from_utf8(digits).ok().filter(|d| !d.starts_with('+'))?, 16).ok()?, left)
            }
            b'+' => (b' ', after),
            other => (*other, after),
        };
        bytes.push(byte);
        rest = left;
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests;

//! The table of routes.

use inbox::limits::{PAGE_DEPTH, PAGE_LIMIT};

use super::{Answer, Body, Kind, Method, Parameter, Route, Who};

const fn parameter(name: &'static str, kind: Kind, words: &'static str) -> Parameter {
    Parameter { name, kind, words }
}

const fn json(status: u16, schema: &'static str) -> Answer {
    Answer { status, schema: Some(schema), media_type: "application/json" }
}

const fn empty(status: u16) -> Answer {
    Answer { status, schema: None, media_type: "" }
}

const ID: Parameter = parameter("id", Kind::Path, "its id");
const PAGE: Parameter = parameter("page", Kind::Number(PAGE_DEPTH), "which page; page × limit is at most 1000");
const LIMIT: Parameter = parameter("limit", Kind::Number(PAGE_LIMIT), "most items of a page; 50 unless asked otherwise");
const CURSOR: Parameter = parameter("cursor", Kind::Text, "nextCursor of the page before; not with page, nor with another filter");
const UNREAD: Parameter = parameter("unread", Kind::Flag, "only unread ones");
const ARCHIVED: Parameter = parameter("archived", Kind::Flag, "only archived ones; otherwise only those that are not");
const TYPE: Parameter = parameter("type", Kind::OneOf(&["info", "warning", "success", "error"]), "only of this type");
const CATEGORY: Parameter = parameter("category", Kind::Text, "only of this category");
const IF_NONE_MATCH: Parameter = parameter("If-None-Match", Kind::Header, "versions that the caller holds: one of them is answered by 304");
pub(super) const IDEMPOTENCY_KEY: Parameter =
    parameter("Idempotency-Key", Kind::Header, "a name of the caller's for this request: for 24 hours, the same one gives the same answer");
const AFTER: Parameter = parameter("after", Kind::Text, "a cursor; one that cannot be honoured gives a reset");

/// Every route.
pub const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/api/notifications",
        id: "listNotifications",
        summary: "One page of the caller's notifications, newest first",
        who: Who::User,
        parameters: &[PAGE, LIMIT, CURSOR, UNREAD, ARCHIVED, TYPE, CATEGORY, IF_NONE_MATCH],
        body: Body::None,
        answers: &[json(200, "NotificationsPage"), empty(304)],
    },
    Route {
        method: Method::Patch,
        path: "/api/notifications",
        id: "markNotifications",
        summary: "Mark notifications read, unread, seen, archived or restored",
        who: Who::User,
        parameters: &[],
        body: Body::Required("MarkBody"),
        answers: &[json(200, "Marked")],
    },
    Route {
        method: Method::Delete,
        path: "/api/notifications",
        id: "deleteNotifications",
        summary: "Delete notifications",
        who: Who::User,
        parameters: &[],
        body: Body::Required("DeleteBody"),
        answers: &[json(200, "Deleted")],
    },
    Route {
        method: Method::Post,
        path: "/api/notifications",
        id: "notify",
        summary: "Notify one user, or up to 1,000",
        who: Who::Service,
        parameters: &[IDEMPOTENCY_KEY],
        body: Body::Required("NotifyBody"),
        answers: &[json(202, "Accepted")],
    },
    Route {
        method: Method::Patch,
        path: "/api/notifications/{id}",
        id: "markNotification",
        summary: "Mark one notification; read, without a body",
        who: Who::User,
        parameters: &[ID],
        body: Body::Optional("MarkOneBody"),
        answers: &[json(200, "Marked")],
    },
    Route {
        method: Method::Delete,
        path: "/api/notifications/{id}",
        id: "deleteNotification",
        summary: "Delete one notification",
        who: Who::User,
        parameters: &[ID],
        body: Body::None,
        answers: &[json(200, "Deleted")],
    },
    Route {
        method: Method::Post,
        path: "/api/notifications/broadcast",
        id: "broadcast",
        summary: "Notify everyone, or a topic",
        who: Who::Admin,
        parameters: &[IDEMPOTENCY_KEY],
        body: Body::Required("BroadcastBody"),
        answers: &[json(202, "Accepted")],
    },
    Route {
        method: Method::Delete,
        path: "/api/notifications/sent/{text}",
        id: "withdraw",
        summary: "Withdraw what was sent to one user or one audience",
        who: Who::Service,
        parameters: &[
            parameter("text", Kind::Path, "the event's id or its key"),
            parameter("by", Kind::OneOf(&["id", "key"]), "which of the two it is: needed"),
            parameter("userId", Kind::Text, "to whom it was sent: this or audience"),
            parameter("audience", Kind::Text, "everyone, or a topic's name: this or userId"),
        ],
        body: Body::None,
        answers: &[json(202, "Accepted")],
    },
    Route {
        method: Method::Get,
        path: "/api/preferences",
        id: "getPreferences",
        summary: "What the caller has muted",
        who: Who::User,
        parameters: &[IF_NONE_MATCH],
        body: Body::None,
        answers: &[json(200, "Preferences"), empty(304)],
    },
    Route {
        method: Method::Put,
        path: "/api/preferences",
        id: "putPreferences",
        summary: "Mute these categories and no others",
        who: Who::User,
        parameters: &[],
        body: Body::Required("PreferencesBody"),
        answers: &[json(200, "Preferences")],
    },
    Route {
        method: Method::Get,
        path: "/api/tasks",
        id: "listTasks",
        summary: "One page of the caller's background tasks, newest first",
        who: Who::User,
        parameters: &[PAGE, LIMIT, CURSOR, IF_NONE_MATCH],
        body: Body::None,
        answers: &[json(200, "TaskPage"), empty(304)],
    },
    Route {
        method: Method::Post,
        path: "/api/tasks",
        id: "reportTask",
        summary: "Report a task's new state",
        who: Who::Service,
        parameters: &[IDEMPOTENCY_KEY],
        body: Body::Required("TaskBody"),
        answers: &[json(202, "Accepted")],
    },
    Route {
        method: Method::Get,
        path: "/api/tasks/{id}",
        id: "getTask",
        summary: "One of the caller's background tasks",
        who: Who::User,
        parameters: &[ID, IF_NONE_MATCH],
        body: Body::None,
        answers: &[json(200, "Task"), empty(304)],
    },
    Route {
        method: Method::Get,
        path: "/api/stream/events",
        id: "streamEvents",
        summary: "Events as they happen, as server-sent events",
        who: Who::User,
        parameters: &[
            AFTER,
            parameter("types", Kind::Text, "only events of these types, joined by commas; reset always comes"),
            parameter("client", Kind::Text, "the client instance, whose newer stream ends its older one"),
            parameter("Last-Event-ID", Kind::Header, "a cursor; it wins over after"),
        ],
        body: Body::None,
        answers: &[Answer { status: 200, schema: Some("Event"), media_type: crate::sse::MEDIA_TYPE }],
    },
    Route {
        method: Method::Post,
        path: "/api/stream/ticket",
        id: "issueTicket",
        summary: "A ticket for one socket or stream, good once and for a minute",
        who: Who::User,
        parameters: &[],
        body: Body::None,
        answers: &[json(200, "Ticket")],
    },
    Route {
        method: Method::Get,
        path: "/api/events",
        id: "pollEvents",
        summary: "The events since a cursor: 204 when there are none",
        who: Who::User,
        parameters: &[AFTER],
        body: Body::None,
        answers: &[json(200, "Poll"), empty(204)],
    },
    Route {
        method: Method::Get,
        path: "/api/unread",
        id: "getUnread",
        summary: "How many are unread, and how many of those were never shown",
        who: Who::User,
        parameters: &[IF_NONE_MATCH],
        body: Body::None,
        answers: &[json(200, "Unread"), empty(304)],
    },
    Route {
        method: Method::Get,
        path: "/openapi.json",
        id: "getOpenapi",
        summary: "This document",
        who: Who::Public,
        parameters: &[],
        body: Body::None,
        answers: &[Answer { status: 200, schema: None, media_type: "application/json" }],
    },
    Route {
        method: Method::Get,
        path: "/healthz",
        id: "getHealth",
        summary: "Whether the process lives",
        who: Who::Public,
        parameters: &[],
        body: Body::None,
        answers: &[Answer { status: 200, schema: None, media_type: "text/plain" }],
    },
];

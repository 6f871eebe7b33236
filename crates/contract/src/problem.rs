//! The catalogue of problem types: RFC 9457, `application/problem+json`. A `type` is stable; titles and details are for people.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::fields::{BadBody, FieldError};

/// The media type of every problem.
pub const MEDIA_TYPE: &str = "application/problem+json";
/// What every `type` begins with.
pub const TYPE_PREFIX: &str = "urn:belfry:problem:";

/// Why a request is not answered as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The body is not JSON; in words, without the body's text.
    MalformedJson(String),
    /// These fields of the body are wrong.
    InvalidField(Vec<FieldError>),
    /// These query parameters are wrong.
    InvalidQuery(Vec<FieldError>),
    /// The page cursor cannot be read, or belongs to another filter.
    BadCursor,
    /// `upTo` cannot be honoured.
    PositionUnusable,
    /// No credential, or one that does not hold.
    Unauthenticated(Unauthenticated),
    /// The caller may not do this.
    Forbidden,
    /// A cookie's request from an origin that is not ours.
    OriginRefused,
    /// There is nothing under this address or id.
    NotFound,
    /// The path is right, the method is not; these are, as for `Allow`.
    MethodNotAllowed(String),
    /// The first request with this `Idempotency-Key` still runs.
    IdempotencyRunning(Duration),
    /// The body is longer than this many bytes.
    TooLarge(usize),
    /// The body is not `application/json`.
    UnsupportedMediaType,
    /// This `Idempotency-Key` was used for another body.
    IdempotencyMismatch,
    /// Here a WebSocket is opened, and the request does not ask for one.
    UpgradeRequired,
    /// Too many requests; try again after this long.
    TooManyRequests(Duration),
    /// Our fault. Never says more.
    Internal,
    /// Full, or the store is throttled; try again after this long.
    Busy(Duration),
}

/// Why a caller is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unauthenticated {
    /// No credential at all.
    Missing,
    /// One that cannot be verified.
    Invalid,
    /// A token that has expired: a new one helps.
    Expired,
    /// A ticket that is unknown, used or expired: a new one helps.
    Ticket,
}

/// A problem as JSON.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct Document {
    /// What kind it is: stable.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// This one in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detail: Option<String>,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
    /// Seconds after which another try makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub retry_after: Option<u64>,
}

impl Problem {
    /// One of each kind, for documents and tests.
    pub fn examples() -> Vec<Self> {
        let errors = |field| vec![FieldError::new(field, "is not known here")];
        vec![
            Self::MalformedJson("the text is not valid JSON (at byte 1)".into()),
            Self::InvalidField(errors("actions[0].link")),
            Self::InvalidQuery(errors("page[]")),
            Self::BadCursor,
            Self::PositionUnusable,
            Self::Unauthenticated(Unauthenticated::Expired),
            Self::Forbidden,
            Self::OriginRefused,
            Self::NotFound,
            Self::MethodNotAllowed("GET, HEAD, OPTIONS".into()),
            Self::IdempotencyRunning(Duration::from_secs(1)),
            Self::TooLarge(inbox::limits::BODY_BYTES),
            Self::UnsupportedMediaType,
            Self::IdempotencyMismatch,
            Self::UpgradeRequired,
            Self::TooManyRequests(Duration::from_secs(30)),
            Self::Internal,
            Self::Busy(Duration::from_secs(2)),
        ]
    }

    /// The end of its `type`.
    pub fn name(&self) -> &'static str {
        self.entry().1
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.entry().0
    }

    /// Status, name and title: the catalogue itself.
    fn entry(&self) -> (u16, &'static str, &'static str) {
        match self {
            Self::MalformedJson(_) => (400, "malformed-json", "The body is not valid JSON"),
            Self::InvalidField(_) => (400, "invalid-field", "A field of the body is wrong"),
            Self::InvalidQuery(_) => (400, "invalid-query", "A query parameter is wrong"),
            Self::BadCursor => (400, "bad-cursor", "The cursor cannot be used"),
            Self::PositionUnusable => (400, "position-unusable", "The position cannot be honoured"),
            Self::Unauthenticated(_) => (401, "unauthenticated", "A valid credential is needed"),
            Self::Forbidden => (403, "forbidden", "You may not do this"),
            Self::OriginRefused => (403, "origin-refused", "The request comes from an origin that is not allowed"),
            Self::NotFound => (404, "not-found", "There is nothing here"),
            Self::MethodNotAllowed(_) => (405, "method-not-allowed", "The method is not allowed here"),
            Self::IdempotencyRunning(_) => (409, "idempotency-running", "The first request with this key still runs"),
            Self::TooLarge(_) => (413, "too-large", "The body is too large"),
            Self::UnsupportedMediaType => (415, "unsupported-media-type", "The body must be application/json"),
            Self::IdempotencyMismatch => (422, "idempotency-mismatch", "This key was used for another request"),
            Self::UpgradeRequired => (426, "upgrade-required", "A WebSocket is served here"),
            Self::TooManyRequests(_) => (429, "too-many-requests", "Too many requests"),
            Self::Internal => (500, "internal", "Something went wrong on our side"),
            Self::Busy(_) => (503, "busy", "Busy just now"),
        }
    }

    /// The problem as JSON.
    pub fn document(&self) -> Document {
        let (status, name, title) = self.entry();
        let errors = match self {
            Self::InvalidField(errors) | Self::InvalidQuery(errors) => errors.clone(),
            Self::MalformedJson(_)
            | Self::BadCursor
            | Self::PositionUnusable
            | Self::Unauthenticated(_)
            | Self::Forbidden
            | Self::OriginRefused
            | Self::NotFound
            | Self::MethodNotAllowed(_)
            | Self::IdempotencyRunning(_)
            | Self::TooLarge(_)
            | Self::UnsupportedMediaType
            | Self::IdempotencyMismatch
            | Self::UpgradeRequired
            | Self::TooManyRequests(_)
            | Self::Internal
            | Self::Busy(_) => Vec::new(),
        };
        let kind = format!("{TYPE_PREFIX}{name}");
        Document { kind, title, status, detail: self.detail(), errors, retry_after: self.retry_after() }
    }

    /// The body of the answer.
    pub fn to_json(&self) -> String {
        // Texts and numbers only: it cannot fail.
        serde_json::to_string(&self.document()).unwrap_or_default()
    }

    /// Headers beside `Content-Type`: `WWW-Authenticate`, `Allow`, `Upgrade`, `Retry-After`, where they belong.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        if let Self::Unauthenticated(why) = self {
            headers.push(("www-authenticate", why.challenge().to_owned()));
        }
        if let Self::MethodNotAllowed(allow) = self {
            headers.push(("allow", allow.clone()));
        }
        if matches!(self, Self::UpgradeRequired) {
            headers.push(("upgrade", "websocket".to_owned()));
        }
        if let Some(seconds) = self.retry_after() {
            headers.push(("retry-after", seconds.to_string()));
        }
        headers
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::MalformedJson(words) => Some(words.clone()),
            Self::InvalidField(errors) | Self::InvalidQuery(errors) => {
                Some(errors.iter().map(FieldError::to_string).collect::<Vec<_>>().join("; "))
            }
            Self::BadCursor => Some("begin again without a cursor, or with the filter that it came from".into()),
            Self::PositionUnusable => Some("fetch the list again and take its streamCursor".into()),
            Self::Unauthenticated(why) => Some(why.words().into()),
            Self::TooLarge(most) => Some(format!("at most {most} bytes")),
            Self::Forbidden
            | Self::OriginRefused
            | Self::NotFound
            | Self::MethodNotAllowed(_)
            | Self::IdempotencyRunning(_)
            | Self::UnsupportedMediaType
            | Self::IdempotencyMismatch
            | Self::UpgradeRequired
            | Self::TooManyRequests(_)
            | Self::Internal
            | Self::Busy(_) => None,
        }
    }

    /// Whole seconds, rounded up, so that nobody comes too early.
    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::IdempotencyRunning(wait) | Self::TooManyRequests(wait) | Self::Busy(wait) => {
                Some((wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1))
            }
            Self::MalformedJson(_)
            | Self::InvalidField(_)
            | Self::InvalidQuery(_)
            | Self::BadCursor
            | Self::PositionUnusable
            | Self::Unauthenticated(_)
            | Self::Forbidden
            | Self::OriginRefused
            | Self::NotFound
            | Self::MethodNotAllowed(_)
            | Self::TooLarge(_)
            | Self::UnsupportedMediaType
            | Self::IdempotencyMismatch
            | Self::UpgradeRequired
            | Self::Internal => None,
        }
    }
}

impl Unauthenticated {
    fn words(self) -> &'static str {
        match self {
            Self::Missing => "no credential was sent",
            Self::Invalid => "the credential cannot be verified",
            Self::Expired => "the token has expired",
            Self::Ticket => "the ticket is unknown, used or expired",
        }
    }

    /// RFC 6750: no `error` where no credential was sent.
    fn challenge(self) -> &'static str {
        match self {
            Self::Missing => "Bearer",
            Self::Invalid => r#"Bearer error="invalid_token", error_description="the credential cannot be verified""#,
            Self::Expired => r#"Bearer error="invalid_token", error_description="the token has expired""#,
            Self::Ticket => r#"Bearer error="invalid_token", error_description="the ticket is unknown, used or expired""#,
        }
    }
}

impl From<BadBody> for Problem {
    fn from(bad: BadBody) -> Self {
        match bad {
            BadBody::Malformed(bad) => Self::MalformedJson(bad.to_string()),
            BadBody::Fields(errors) => Self::InvalidField(errors),
        }
    }
}

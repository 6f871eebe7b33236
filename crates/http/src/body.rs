//! Bodies, before they are read: JSON by their own word, and not too large. What they say is the contract's business.

use std::error::Error;

use axum::body::{Body, HttpBody};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use contract::cursor;
use contract::problem::Problem;
use http_body_util::LengthLimitError;
use inbox::id::NotificationId;
use inbox::limits;
use serde::Serialize;
use tracing::error;

use crate::failure::Failure;
use service::chain::Chain;

/// The media type of our bodies and of those that we take.
pub(crate) const JSON: &str = "application/json";

/// A body that claims to be JSON.
#[derive(Clone, Debug)]
pub(crate) struct JsonBytes(pub(crate) Bytes);

/// A body that claims to be JSON, or an empty one.
#[derive(Clone, Debug)]
pub(crate) struct MaybeJsonBytes(pub(crate) Bytes);

/// The raw query: empty where there is none.
#[derive(Clone, Debug)]
pub(crate) struct QueryText(pub(crate) String);

/// The one text in the path, decoded. One that is no UTF-8 names nothing: 404.
#[derive(Clone, Debug)]
pub(crate) struct PathText(pub(crate) String);

/// The notification in the path. A text that no notification has for its id names nothing: 404.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PathId(pub(crate) NotificationId);

impl<S: Sync> FromRequest<S> for JsonBytes {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        json(&parts.headers, body).await.map(Self)
    }
}

impl<S: Sync> FromRequest<S> for MaybeJsonBytes {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let bytes = limited(body).await?;
        if !bytes.is_empty() {
            check_type(&parts.headers)?;
        }
        Ok(Self(bytes))
    }
}

impl<S: Sync> FromRequestParts<S> for QueryText {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.uri.query().unwrap_or_default().to_owned()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PathText {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        text.map(|Path(text)| Self(text)).map_err(|_| Failure(Problem::NotFound))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let PathText(text) = PathText::from_request_parts(parts, state).await?;
        cursor::parse_id(&text).map(Self).map_err(|_| Failure(Problem::NotFound))
    }
}

/// The bytes of a body that claims to be JSON.
///
/// # Errors
/// 415, then 413.
pub(crate) async fn json(headers: &HeaderMap, body: Body) -> Result<Bytes, Failure> {
    check_type(headers)?;
    limited(body).await
}

/// A value as JSON.
///
/// # Errors
/// 500, never met: our answers are texts, numbers and lists.
pub(crate) fn text<T: Serialize>(value: &T) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| {
        error!(error = %Chain(&error), "an answer could not be written");
        Failure(Problem::Internal)
    })
}

/// An answer in JSON.
pub(crate) fn reply(status: StatusCode, body: impl Into<Body>) -> Response {
    (status, [(CONTENT_TYPE, HeaderValue::from_static(JSON))], body.into()).into_response()
}

fn check_type(headers: &HeaderMap) -> Result<(), Failure> {
    let plain = headers.get(CONTENT_ENCODING).is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if plain && kind.is_some_and(is_json) { Ok(()) } else { Err(Failure(Problem::UnsupportedMediaType)) }
}

/// `application/json`, in no other charset than UTF-8.
fn is_json(media_type: &str) -> bool {
    let mut parts = media_type.split(';').map(str::trim);
    let json = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(JSON));
    json && parts.filter_map(|parameter| parameter.split_once('=')).all(|(name, value)| {
        let value = value.trim().trim_matches('"');
        !name.trim().eq_ignore_ascii_case("charset") || value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("utf8")
    })
}

async fn limited(body: Body) -> Result<Bytes, Failure> {
    let too_large = || Failure(Problem::TooLarge(limits::BODY_BYTES));
    // A length that was announced needs no reading.
    if usize::try_from(body.size_hint().lower()).is_ok_and(|bytes| bytes > limits::BODY_BYTES) {
        return Err(too_large());
    }
    axum::body::to_bytes(body, limits::BODY_BYTES).await.map_err(|error| {
        if error.source().is_some_and(<dyn Error>::is::<LengthLimitError>) {
            too_large()
        } else {
            Failure(Problem::MalformedJson("the body ended early".to_owned()))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(media_type: &str, expected: bool) {
        assert_eq!(is_json(media_type), expected, "{media_type}");
    }

    #[test]
    fn json_in_utf_8_is_taken() {
        check("application/json", true);
        check("Application/JSON; charset=UTF-8", true);
        check("application/json;charset=\"utf-8\"", true);
        check("application/json; profile=x", true);
        check("application/json;", true);
    }

    #[test]
    fn others_are_not() {
        check("text/plain", false);
        check("application/json; charset=utf-16", false);
        check("application/jsonp", false);
        check("application/x-www-form-urlencoded", false);
        check("", false);
    }
}

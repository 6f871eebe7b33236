//! Conditional reading: a client that knows the present version gets a cheap 304.

use std::pin::Pin;

use axum::extract::FromRequestParts;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use contract::etag::{self, IfNoneMatch, Tag};
use inbox::audience::Reader;
use service::Version;

use crate::app::App;
use crate::body::JSON;
use crate::failure::Failure;

/// Every version that is looked at costs a read; a browser sends one.
const VERSIONS_MAX: usize = 2;

/// The versions that the client knows. `If-None-Match: *` names none: it asks for anything newer than nothing.
#[derive(Clone, Debug)]
pub(crate) struct Known(Vec<Version>);

impl<S: Sync> FromRequestParts<S> for Known {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(known(&parts.headers)))
    }
}

fn known(headers: &HeaderMap) -> Vec<Version> {
    let lines = headers.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let tags = lines.flat_map(|line| match etag::parse_if_none_match(line) {
        IfNoneMatch::Any => Vec::new(),
        IfNoneMatch::Tags(tags) => tags,
    });
    tags.take(VERSIONS_MAX).map(|Tag { digest, until }| Version { digest, until }).collect()
}

impl Known {
    /// 304 where the client's version is still the present one; else what `read` gives, with its version. `read` is not
    /// begun before; it comes in a box, since a use case is large and most polls end with the 304.
    pub(crate) async fn or<R>(self, app: &App, reader: &Reader, read: Pin<Box<R>>) -> Result<Response, Failure>
    where
        R: Future<Output = Result<(String, Version), Failure>>,
    {
        for version in &self.0 {
            if app.service.unchanged(reader, version).await? {
                return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag(version))]).into_response());
            }
        }
        let (body, version) = read.await?;
        Ok(([(CONTENT_TYPE, HeaderValue::from_static(JSON)), (ETAG, tag(&version))], body).into_response())
    }
}

fn tag(version: &Version) -> HeaderValue {
    let text = etag::text(Tag { digest: version.digest, until: version.until });
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("W/\"\""))
}

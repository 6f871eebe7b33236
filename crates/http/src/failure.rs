//! From an error of any layer to the problem that the client gets. Sources are logged here, once, and never sent.

use auth::rejection::Rejection;
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use contract::fields::FieldError;
use contract::problem::{MEDIA_TYPE, Problem, Unauthenticated};
use service::{Error, Refusal};
use tracing::{error, info};

use crate::authenticator::Denied;
use service::chain::Chain;

/// Why a request was not answered as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(pub Problem);

/// Asking for the issuer's keys again makes sense after this long, by [`auth::cache`].
const KEYS_RETRY: std::time::Duration = auth::cache::REFETCH_WITHOUT_KEYS_AFTER;

/// Most requests are done by then.
const RUNNING_RETRY: std::time::Duration = std::time::Duration::from_secs(1);

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<Denied> for Failure {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unavailable => Self(Problem::Busy(KEYS_RETRY)),
            Denied::Rejected(rejection) => {
                info!(reason = %rejection, "a token was refused");
                Self(Problem::Unauthenticated(kind(&rejection)))
            }
        }
    }
}

/// What a caller is told: enough to know whether a new token helps, and nothing of what we check.
fn kind(rejection: &Rejection) -> Unauthenticated {
    match rejection {
        Rejection::Expired => Unauthenticated::Expired,
        Rejection::Malformed
        | Rejection::WrongAlgorithm
        | Rejection::UnknownKey { .. }
        | Rejection::BadSignature
        | Rejection::NotYetValid
        | Rejection::WrongIssuer
        | Rejection::WrongAudience
        | Rejection::NoSubject
        | Rejection::BadClaim { .. } => Unauthenticated::Invalid,
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(match error {
            Error::NotFound(_) => Problem::NotFound,
            Error::Refused(refusal) => refused(refusal),
            Error::Busy { retry_after } => Problem::Busy(retry_after),
            Error::Internal(_) => {
                error!(error = %Chain(&error), "a request failed on our side");
                Problem::Internal
            }
        })
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.0.to_json()));
        *response.status_mut() = StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        // An empty `Allow` is not known yet: whoever matches the path fills it in.
        let known = self.0.headers().into_iter().filter(|(_, value)| !value.is_empty());
        headers.extend(known.filter_map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::try_from(value).ok()?))));
        response
    }
}

/// The one mapping from what a use case refuses to what the client reads.
fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::BadCursor => Problem::BadCursor,
        Refusal::ForeignPosition => Problem::PositionUnusable,
        Refusal::IdempotencyMismatch => Problem::IdempotencyMismatch,
        Refusal::IdempotencyRunning => Problem::IdempotencyRunning(RUNNING_RETRY),
        Refusal::SeenIsForAll => Problem::InvalidField(vec![FieldError::new("seen", "goes with all alone")]),
    }
}

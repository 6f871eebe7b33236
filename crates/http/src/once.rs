//! `Idempotency-Key`: a POST that may be sent again, and is done once.

use axum::extract::{FromRequest, Request};
use axum::http::header::HeaderName;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use contract::fields::FieldError;
use contract::problem::Problem;
use inbox::audience::Reader;
use inbox::id::EventId;
use service::Begun;
use sha2::{Digest, Sha256};
use tracing::warn;

use crate::app::App;
use crate::body::{self, reply};
use crate::failure::Failure;
use service::chain::Chain;

const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Tells that nothing was done now: the answer is the first one's.
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key, in bytes.
const KEY_BYTES: usize = 255;

/// A POST with a JSON body, and what makes it the same as another.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    /// The body, not read yet.
    pub(crate) body: Bytes,
    key: Option<String>,
    fingerprint: [u8; 32],
}

impl<S: Sync> FromRequest<S> for Posted {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let key = key(&parts.headers)?;
        let body = body::json(&parts.headers, body).await?;
        let fingerprint = fingerprint(parts.method.as_str(), parts.uri.path(), &body);
        Ok(Self { body, key, fingerprint })
    }
}

impl Posted {
    /// Does `work` unless it was done before under this key. It gets the id for its event, which is the same one whenever a
    /// lost try is taken up again, and says what to answer: 202 with this JSON. After a failure the key is free again, or once
    /// its lease is over where the process died.
    ///
    /// # Errors
    /// 409 while the first one runs, 422 where the key was another request's; and those of `work`.
    pub(crate) async fn once<W, F>(&self, app: &App, caller: &Reader, work: W) -> Result<Response, Failure>
    where
        W: FnOnce(EventId) -> F,
        F: Future<Output = Result<String, Failure>>,
    {
        let Some(key) = &self.key else {
            return Ok(reply(StatusCode::ACCEPTED, work(app.service.new_event_id()).await?));
        };
        match app.service.begin_idempotent(caller, key, self.fingerprint).await? {
            Begun::Run { event_id } => {
                let answer = match work(event_id).await {
                    Ok(answer) => answer,
                    Err(failure) => {
                        if let Err(error) = app.service.release_idempotent(caller, key).await {
                            warn!(error = %Chain(&error), "a failed request keeps its key until its lease is over");
                        }
                        return Err(failure);
                    }
                };
                // It is done; a retry would do the same again under the same id, so that is no reason to fail.
                if let Err(error) = app.service.finish_idempotent(caller, key, &answer).await {
                    warn!(error = %Chain(&error), "an answer could not be kept for a repeated request");
                }
                Ok(reply(StatusCode::ACCEPTED, answer))
            }
            Begun::Answered { answer, .. } => Ok(replayed(answer)),
        }
    }

    /// What to say of a body that is refused now: it may have been taken when it came first, such as one whose `expiresAt` lay ahead then.
    ///
    /// # Errors
    /// Why it is refused, where it was not.
    pub(crate) async fn refused(&self, app: &App, caller: &Reader, why: Problem) -> Result<Response, Failure> {
        let Some(key) = &self.key else { return Err(Failure(why)) };
        let answer = app.service.idempotent_answer(caller, key, self.fingerprint).await?;
        answer.map(replayed).ok_or(Failure(why))
    }
}

fn replayed(answer: String) -> Response {
    let mut response = reply(StatusCode::ACCEPTED, answer);
    response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    response
}

/// The key, if there is one.
fn key(headers: &HeaderMap) -> Result<Option<String>, Failure> {
    let mut lines = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(first) = lines.next() else { return Ok(None) };
    let text = first.to_str().ok().filter(|text| (1..=KEY_BYTES).contains(&text.len()));
    let text = text.filter(|text| lines.next().is_none() && text.bytes().all(|b| (b' '..=b'~').contains(&b)));
    let reason = || format!("must be one text of 1 to {KEY_BYTES} printable ASCII characters");
    text.map(|text| Some(text.to_owned())).ok_or_else(|| Failure(Problem::InvalidField(vec![FieldError::new("Idempotency-Key", reason())])))
}

/// Neither a method nor a path holds a line end, so no two requests run together.
fn fingerprint(method: &str, path: &str, body: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(method).chain_update("\n").chain_update(path).chain_update("\n").chain_update(body).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[&[u8]], expected: Result<Option<&str>, ()>) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IDEMPOTENCY_KEY, HeaderValue::from_bytes(value).unwrap());
        }
        let found = key(&headers).map_err(|_| ());
        assert_eq!(found.as_ref().map(Option::as_deref), expected.as_ref().map(|key| *key), "{values:?}");
    }

    #[test]
    fn a_key_is_printable_and_short() {
        check(&[], Ok(None));
        check(&[b"\"8e03978e-40d5\""], Ok(Some("\"8e03978e-40d5\"")));
        check(&[&[b'k'; 255]], Ok(Some(&"k".repeat(255))));
        check(&[&[b'k'; 256]], Err(()));
        check(&[b""], Err(()));
        check(&[b"a\tb"], Err(()));
        check(&[b"\xc3\xa9"], Err(()));
        check(&[b"a", b"a"], Err(()));
    }

    #[test]
    fn a_fingerprint_is_of_all_three() {
        let one = fingerprint("POST", "/a", b"b");
        assert_eq!(one, fingerprint("POST", "/a", b"b"));
        for other in [fingerprint("PUT", "/a", b"b"), fingerprint("POST", "/ab", b""), fingerprint("POST", "/a", b"c")] {
            assert_ne!(one, other);
        }
    }
}

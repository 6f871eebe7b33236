//! From verified claims to a caller.

use inbox::id::{Tenant, Topic, UserId};
use inbox::limits;
use inbox::moment::Moment;
use serde_json::{Map, Value};

use crate::config::AuthConfig;
use crate::rejection::Rejection;

/// 9999-12-31T23:59:59Z: a later `exp` is more likely milliseconds taken for seconds than a wish.
const SECONDS_MAX: i64 = 253_402_300_799;

/// The claims of a token, as they came.
pub(crate) type Claims = Map<String, Value>;

/// Who calls, and what they may see and do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Whose inbox it is: `sub`.
    pub user: UserId,
    /// The tenant; `Some` exactly where tenants are on.
    pub tenant: Option<Tenant>,
    /// The topics that the token names: at most 10, sorted, each once.
    pub topics: Vec<Topic>,
    /// What the caller may do beyond reading their own.
    pub role: Role,
    /// `exp` itself, when streams and sockets end. A request is accepted for [`crate::token::LEEWAY`] longer, since clocks
    /// differ, so this may be a little in the past.
    pub expires: Moment,
}

/// What a caller may do beyond reading their own. One token may be both, or neither: a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// May do everything.
    pub admin: bool,
    /// May notify and report tasks, and nothing else.
    pub service: bool,
}

impl Role {
    /// Whether they may notify and report tasks: services and admins.
    pub fn may_publish(self) -> bool {
        self.admin || self.service
    }

    /// Whether they may administer: admins alone.
    pub fn may_administer(self) -> bool {
        self.admin
    }
}

/// Reads a caller from claims whose signature, times, issuer and audience have been checked.
pub(crate) fn caller(claims: &Claims, config: &AuthConfig) -> Result<Caller, Rejection> {
    Ok(Caller {
        user: user(claims)?,
        tenant: tenant(claims, config.tenant_claim.as_deref())?,
        topics: topics(claims, &config.topics_claim)?,
        role: Role { admin: config.admin.holds(claims), service: config.service.holds(claims) },
        expires: expires(claims)?,
    })
}

/// When the token expires; one without `exp` would be valid for ever, so it is refused.
pub(crate) fn expires(claims: &Claims) -> Result<Moment, Rejection> {
    moment(claims, "exp")?.ok_or_else(|| Rejection::bad_claim("exp"))
}

/// A time in seconds since 1970, possibly with a fraction (RFC 7519: `NumericDate`); `None` where the claim is missing.
pub(crate) fn moment(claims: &Claims, name: &str) -> Result<Option<Moment>, Rejection> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let whole = value.as_i64().or_else(|| value.as_f64().and_then(whole_seconds));
    match whole {
        Some(seconds) if (0..=SECONDS_MAX).contains(&seconds) => Ok(Some(Moment::from_seconds(seconds))),
        _ => Err(Rejection::bad_claim(name)),
    }
}

/// Rounds down: a fraction of a second is within any leeway.
#[expect(clippy::cast_possible_truncation, reason = "a cast from float saturates, and the caller checks the range")]
fn whole_seconds(seconds: f64) -> Option<i64> {
    seconds.is_finite().then(|| seconds.floor() as i64)
}

fn user(claims: &Claims) -> Result<UserId, Rejection> {
    match claims.get("sub").and_then(Value::as_str) {
        None | Some("") => Err(Rejection::NoSubject),
        Some(text) => UserId::parse(text).map_err(|_| Rejection::bad_claim("sub")),
    }
}

/// Where tenants are on, a token without one is refused: it would otherwise fall into a space that all share.
fn tenant(claims: &Claims, claim: Option<&str>) -> Result<Option<Tenant>, Rejection> {
    let Some(name) = claim else { return Ok(None) };
    let text = claims.get(name).and_then(Value::as_str).unwrap_or_default();
    Tenant::parse(text).map(Some).map_err(|_| Rejection::bad_claim(name))
}

/// An array of names, or a string of words; missing or null is none. A bad name refuses the token: dropping it silently
/// would look like a lost broadcast.
fn topics(claims: &Claims, name: &str) -> Result<Vec<Topic>, Rejection> {
    let bad = || Rejection::bad_claim(name);
    let names: Vec<&str> = match claims.get(name) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(words)) => words.split_whitespace().collect(),
        Some(Value::Array(entries)) => entries.iter().map(Value::as_str).collect::<Option<_>>().ok_or_else(bad)?,
        Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => return Err(bad()),
    };
    let mut topics = names.into_iter().map(Topic::parse).collect::<Result<Vec<_>, _>>().map_err(|_| bad())?;
    topics.sort();
    topics.dedup();
    if topics.len() > limits::TOPICS { Err(bad()) } else { Ok(topics) }
}

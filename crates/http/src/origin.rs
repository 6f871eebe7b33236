//! Which web page a request comes from, and whether its cookie may be believed.
//!
//! A browser adds cookies to requests that any page makes; the `Origin` header, which scripts cannot set, tells the page.

use std::fmt;

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use thiserror::Error;

/// Set by browsers alone, never by scripts (Fetch Metadata, W3C): how the page and the server are related.
const SEC_FETCH_SITE: &str = "sec-fetch-site";
/// Set by whoever ends TLS before us: what the browser spoke.
const X_FORWARDED_PROTO: &str = "x-forwarded-proto";

/// The origin of a web page, as browsers write it: `https://app.example`, `http://localhost:3000`.
/// Lower case, without the port that its scheme has anyway.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(String);

/// Not an origin.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} is not an origin like https://app.example (no path, no *)")]
pub struct BadOrigin {
    /// What was given.
    pub text: String,
}

impl Origin {
    /// Parses `scheme://host` or `scheme://host:port`.
    ///
    /// # Errors
    /// [`BadOrigin`] for anything else, `*` and `null` among it: neither names a page.
    pub fn parse(text: &str) -> Result<Self, BadOrigin> {
        normal(text).map(Self).ok_or_else(|| BadOrigin { text: text.to_owned() })
    }

    /// The normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn normal(text: &str) -> Option<String> {
    let (scheme, host) = text.split_once("://")?;
    let scheme_ok = !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    let host_ok = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b':' | b'[' | b']'));
    let (scheme, host) = (scheme.to_ascii_lowercase(), host.to_ascii_lowercase());
    let host = match scheme.as_str() {
        "https" => host.strip_suffix(":443").unwrap_or(&host),
        "http" => host.strip_suffix(":80").unwrap_or(&host),
        _ => &host,
    };
    (scheme_ok && host_ok && !host.is_empty()).then(|| format!("{scheme}://{host}"))
}

/// The page's origin, where the request names one that can be read.
pub(crate) fn of(headers: &HeaderMap) -> Option<Origin> {
    headers.get(ORIGIN)?.to_str().ok().and_then(|text| Origin::parse(text).ok())
}

/// Whether a request that authenticates by cookie may change something: the page is our own or one of `allowed`.
///
/// `Sec-Fetch-Site: same-origin` is the browser's own word that the page is ours, also where a proxy put another `Host`;
/// an `Origin` that is `null` (a sandboxed frame) is refused all the same, and so is none at all.
pub(crate) fn may_use_cookie(headers: &HeaderMap, authority: Option<&str>, allowed: &[Origin]) -> bool {
    let same_origin = headers.get(SEC_FETCH_SITE).is_some_and(|site| site == "same-origin");
    match (headers.get(ORIGIN), of(headers)) {
        (None, _) => same_origin,
        (Some(_), None) => false,
        (Some(_), Some(origin)) => same_origin || allowed.contains(&origin) || is_own(&origin, headers, authority),
    }
}

/// Our own: the host that the request was sent to, by the scheme that the proxy tells, or by either where none tells.
fn is_own(origin: &Origin, headers: &HeaderMap, authority: Option<&str>) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).or(authority);
    let spoken = headers.get(X_FORWARDED_PROTO).and_then(|value| value.to_str().ok());
    let spoken = spoken.and_then(|list| list.split(',').next()).map(str::trim);
    let schemes = spoken.map_or_else(|| vec!["https", "http"], |scheme| vec![scheme]);
    host.is_some_and(|host| schemes.iter().any(|scheme| normal(&format!("{scheme}://{host}")).as_deref() == Some(origin.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &str)], expected: bool) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let allowed = [Origin::parse("https://app.example").unwrap()];
        assert_eq!(may_use_cookie(&map, None, &allowed), expected, "{headers:?}");
    }

    #[test]
    fn our_own_page_may() {
        check(&[("host", "belfry.example"), ("origin", "https://belfry.example")], true);
        check(&[("host", "belfry.example:443"), ("origin", "https://belfry.example")], true);
        check(&[("host", "Belfry.Example"), ("origin", "https://belfry.example")], true);
        check(&[("host", "localhost:8080"), ("origin", "http://localhost:8080")], true);
        check(&[("host", "[::1]:8080"), ("origin", "http://[::1]:8080")], true);
        check(&[("host", "belfry.example"), ("origin", "https://belfry.example"), ("x-forwarded-proto", "https")], true);
    }

    #[test]
    fn a_configured_page_may() {
        check(&[("host", "api.example"), ("origin", "https://app.example")], true);
        check(&[("host", "api.example"), ("origin", "https://app.example:443")], true);
        check(&[("host", "api.example"), ("origin", "http://app.example")], false);
    }

    #[test]
    fn others_may_not() {
        check(&[("host", "belfry.example")], false);
        check(&[("host", "belfry.example"), ("origin", "null")], false);
        check(&[("host", "belfry.example"), ("origin", "null"), ("sec-fetch-site", "same-origin")], false);
        check(&[("host", "belfry.example"), ("origin", "https://evil.example")], false);
        check(&[("host", "belfry.example"), ("origin", "https://sub.belfry.example")], false);
        check(&[("host", "belfry.example"), ("origin", "https://belfry.example.evil.example")], false);
        check(&[("host", "belfry.example"), ("origin", "https://belfry.example:8443")], false);
        check(&[("host", "belfry.example"), ("origin", "http://belfry.example"), ("x-forwarded-proto", "https")], false);
        check(&[("origin", "https://belfry.example")], false);
        check(&[("host", "belfry.example"), ("origin", "https://a.example"), ("sec-fetch-site", "same-site")], false);
    }

    #[test]
    fn the_browsers_word_is_enough() {
        check(&[("host", "inner.example"), ("sec-fetch-site", "same-origin")], true);
        check(&[("host", "inner.example"), ("origin", "https://outer.example"), ("sec-fetch-site", "same-origin")], true);
        check(&[("host", "inner.example"), ("sec-fetch-site", "none")], false);
    }

    #[test]
    fn an_origin_is_a_scheme_and_a_host() {
        assert_eq!(Origin::parse("HTTPS://App.Example:443").unwrap().as_str(), "https://app.example");
        assert_eq!(Origin::parse("tauri://localhost").unwrap().as_str(), "tauri://localhost");
        for text in ["*", "null", "", "app.example", "https://", "https://:443", "https://a/b", "https://a b", "https://u@a"] {
            assert!(Origin::parse(text).is_err(), "{text}");
        }
    }
}

//! Where a request carries its credential. Finds it; whether it is good is another question.

use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderMap, HeaderValue};

/// How a request says who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credential<'a> {
    /// By `Authorization: Bearer`.
    Bearer(&'a str),
    /// By the cookie, which browsers add by themselves.
    Cookie(&'a str),
    /// By a bearer header that cannot be read: not taken for none, or a cookie would speak in its place.
    Unreadable,
    /// Not at all.
    None,
}

/// The request's credential. A bearer token wins over a cookie; other schemes of `Authorization` are a proxy's business.
pub(crate) fn find<'a>(headers: &'a HeaderMap, cookie_name: &str) -> Credential<'a> {
    let mut bearers = headers.get_all(AUTHORIZATION).iter().filter_map(bearer);
    match (bearers.next(), bearers.next()) {
        (Some(bearer), None) => token(bearer).map_or(Credential::Unreadable, Credential::Bearer),
        (Some(_), Some(_)) => Credential::Unreadable,
        (None, _) => cookie(headers, cookie_name).map_or(Credential::None, Credential::Cookie),
    }
}

/// What follows the scheme; `None` for another scheme.
fn bearer(value: &HeaderValue) -> Option<&[u8]> {
    let bytes = value.as_bytes();
    let scheme = bytes.split(|b| *b == b' ').next()?;
    scheme.eq_ignore_ascii_case(b"bearer").then(|| bytes.get(scheme.len()..).unwrap_or_default())
}

fn token(bytes: &[u8]) -> Option<&str> {
    let token = std::str::from_utf8(bytes).ok()?.trim();
    (!token.is_empty() && token.is_ascii()).then_some(token)
}

/// The first cookie of this name; the header may come several times (HTTP/2 splits it), each with several cookies.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    // As bytes: another cookie on the line may be no text, and is none of our business.
    let pairs = headers.get_all(COOKIE).iter().flat_map(|line| line.as_bytes().split(|b| *b == b';'));
    let value = pairs.map(<[u8]>::trim_ascii).find_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="))?;
    let value = std::str::from_utf8(value).ok()?.trim();
    let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &[u8])], expected: Credential<'_>) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        assert_eq!(find(&map, "__Host-belfry"), expected, "{headers:?}");
    }

    #[test]
    fn bearer_tokens_are_found() {
        check(&[("authorization", b"Bearer a.b.c")], Credential::Bearer("a.b.c"));
        check(&[("authorization", b"bearer  a.b.c ")], Credential::Bearer("a.b.c"));
        check(&[("authorization", b"Bearer a"), ("cookie", b"__Host-belfry=b")], Credential::Bearer("a"));
    }

    #[test]
    fn a_broken_bearer_is_not_none() {
        check(&[("authorization", b"Bearer")], Credential::Unreadable);
        check(&[("authorization", b"Bearer ")], Credential::Unreadable);
        check(&[("authorization", b"Bearer \xff"), ("cookie", b"__Host-belfry=b")], Credential::Unreadable);
        check(&[("authorization", b"Bearer a"), ("authorization", b"Bearer b")], Credential::Unreadable);
    }

    #[test]
    fn cookies_are_found_wherever_they_stand() {
        check(&[("cookie", b"__Host-belfry=a.b")], Credential::Cookie("a.b"));
        check(&[("cookie", b"x=1; __Host-belfry=a.b=; y=2")], Credential::Cookie("a.b="));
        check(&[("cookie", b"x=1"), ("cookie", b"__Host-belfry=a")], Credential::Cookie("a"));
        check(&[("cookie", b"x=\xff"), ("cookie", b"__Host-belfry=\"a\"")], Credential::Cookie("a"));
        check(&[("cookie", "name=Jürgen; __Host-belfry=a; \u{ff}=1".as_bytes())], Credential::Cookie("a"));
        check(&[("cookie", b"__Host-belfry=\xff")], Credential::None);
        check(&[("authorization", b"Basic dTpw"), ("cookie", b"__Host-belfry=a")], Credential::Cookie("a"));
    }

    #[test]
    fn other_cookies_are_not_ours() {
        check(&[("cookie", b"belfry=a; __host-belfry=b; a__Host-belfry=c; __Host-belfry=")], Credential::None);
        check(&[], Credential::None);
    }
}

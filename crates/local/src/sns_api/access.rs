//! Who may publish: with a key pair, who signs with it; without one, who is on this machine and is no browser.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::header::{HOST, ORIGIN};
use http::request::Parts;
use inbox::moment::Moment;

use super::errors::SnsError;
use crate::sigv4::{self, KeyPair};

/// What a proxy adds: a request that came through one is not from this machine, whatever its peer says.
const PROXY_HEADERS: [&str; 3] = ["forwarded", "via", "x-real-ip"];
/// The rest of it begins so: `-for`, `-proto`, `-host`, `-port`, `-server`, and whatever else a proxy calls its own.
const PROXY_PREFIX: &str = "x-forwarded-";

/// Who may publish.
#[derive(Clone, Debug)]
pub enum Access {
    /// Only programs on this machine; signatures are not looked at.
    Loopback,
    /// Whoever signs with this key pair, from anywhere.
    Signed(KeyPair),
}

impl Access {
    pub(super) fn check(&self, parts: &Parts, body: &[u8], now: Moment) -> Result<(), SnsError> {
        match self {
            Self::Signed(keys) => Ok(sigv4::verify(std::slice::from_ref(keys), "sns", parts, body, now)?),
            Self::Loopback if !from_loopback(parts) => Err(SnsError::AuthorizationError(
                "This endpoint answers on loopback only, unless the server is given an access key pair (--sns-access-key-id)",
            )),
            Self::Loopback if from_page(parts) => Err(SnsError::AuthorizationError("This endpoint does not answer web pages")),
            Self::Loopback => Ok(()),
        }
    }
}

/// The peer is on this machine, and so is the name by which it called us: a name that points here only since a minute ago
/// belongs to somebody else's page ("DNS rebinding").
pub(crate) fn from_loopback(parts: &Parts) -> bool {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().is_some_and(|peer| peer.0.ip().to_canonical().is_loopback());
    let proxied = parts.headers.keys().any(|name| PROXY_HEADERS.contains(&name.as_str()) || name.as_str().starts_with(PROXY_PREFIX));
    peer && !proxied && parts.headers.get(HOST).is_some_and(|host| host.to_str().is_ok_and(is_loopback_host))
}

/// A form may be posted from any page without asking first; the browser says then where it comes from.
fn from_page(parts: &Parts) -> bool {
    parts.headers.contains_key(ORIGIN) || parts.headers.contains_key("sec-fetch-site")
}

/// Whether a `Host` (with or without a port) names this machine itself.
fn is_loopback_host(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or(rest, |(name, _)| name),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    let local = name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost");
    local || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_this_machine() {
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080", "belfry.localhost:80"] {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "10.0.0.1", "[::2]:80", "", "notlocalhost"] {
            assert!(!is_loopback_host(host), "{host}");
        }
    }
}

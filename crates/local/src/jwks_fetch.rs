//! Fetches an issuer's public keys.

use std::time::Duration;

use auth::jwks::JWKS_BYTES_MAX;
use bytes::{Bytes, BytesMut};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

/// An issuer that takes longer is down for us.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Why the keys could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No answer, or a bad one.
    #[error("the issuer could not be asked")]
    Http(#[from] reqwest::Error),
    /// An answer without keys.
    #[error("the issuer answered {0}")]
    Status(u16),
    /// More than any issuer's key set has.
    #[error("the issuer's answer is longer than {JWKS_BYTES_MAX} bytes")]
    TooLong,
}

/// Fetches one issuer's keys.
#[derive(Clone, Debug)]
pub struct JwksFetch {
    client: Client,
    url: Url,
}

/// Whether keys may be fetched from there: over TLS, or from this machine. Whoever can change them on the way can sign in as anyone.
///
/// # Errors
/// What is wrong with the address.
pub fn check_url(text: &str) -> Result<(), String> {
    let url = Url::parse(text).map_err(|error| format!("--jwks-url {text}: {error}"))?;
    let local = url.host_str().is_some_and(crate::sns_api::is_loopback_host);
    match url.scheme() {
        "https" => Ok(()),
        "http" if local => Ok(()),
        _ => Err(format!("--jwks-url {text} must be https (http only on this machine)")),
    }
}

impl JwksFetch {
    /// A fetcher for this address, which [`check_url`] found good. Follows no redirects: they could lead out of TLS.
    ///
    /// # Errors
    /// The address, or the machine's own certificates, cannot be read.
    pub fn new(url: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let client = Client::builder().timeout(TIMEOUT).redirect(Policy::none()).build()?;
        Ok(Self { client, url: Url::parse(url)? })
    }

    /// Fetches the document once, within five seconds.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn get(&self) -> Result<Bytes, FetchError> {
        let mut response = self.client.get(self.url.clone()).send().await?;
        if !response.status().is_success() {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > JWKS_BYTES_MAX {
                return Err(FetchError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use http::StatusCode;

    use super::*;

    #[test]
    fn keys_come_over_tls_or_from_here() {
        for url in ["https://a.example/jwks", "http://localhost:1/jwks", "http://127.0.0.1/jwks", "http://[::1]:8/jwks"] {
            assert_eq!(check_url(url), Ok(()));
        }
        for url in ["http://a.example/jwks", "ftp://127.0.0.1/jwks", "jwks", "file:///etc/keys", "http://localhost.evil.example/"] {
            assert!(check_url(url).is_err(), "{url}");
        }
    }

    #[tokio::test]
    async fn only_a_short_success_is_taken() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new()
            .route("/good", get(|| async { "{\"keys\":[]}" }))
            .route("/bad", get(|| async { StatusCode::NOT_FOUND }))
            .route("/long", get(|| async { "x".repeat(JWKS_BYTES_MAX + 1) }));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        let fetch = |path: &str| JwksFetch::new(&format!("{base}{path}")).unwrap();
        assert_eq!(fetch("/good").get().await.unwrap(), "{\"keys\":[]}");
        assert!(matches!(fetch("/bad").get().await, Err(FetchError::Status(404))));
        assert!(matches!(fetch("/long").get().await, Err(FetchError::TooLong)));
    }
}

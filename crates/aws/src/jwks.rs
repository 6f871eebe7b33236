//! Fetches an issuer's public keys, over the connector that the AWS clients use: one TLS stack a program.

use std::net::IpAddr;
use std::time::Duration;

use auth::jwks::JWKS_BYTES_MAX;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use belfry_http::authenticator::{FetchError, FetchKeys, Fetching};
use bytes::{Bytes, BytesMut};
use http::Uri;
use http_body_util::BodyExt as _;
use tokio::sync::OnceCell;

/// An issuer that takes longer is down for us.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Why the keys could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum JwksError {
    /// No answer.
    #[error("the issuer could not be asked")]
    Connector(#[from] ConnectorError),
    /// An answer that broke off, or an address that is none.
    #[error("the issuer's answer broke off")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An answer without keys; a redirect too, since it could lead out of TLS.
    #[error("the issuer answered {0}")]
    Status(u16),
    /// More than any issuer's key set has.
    #[error("the issuer's answer is longer than {JWKS_BYTES_MAX} bytes")]
    TooLong,
    /// No answer in time.
    #[error("the issuer did not answer within {} s", TIMEOUT.as_secs())]
    TooLate,
}

/// Whether keys may be fetched from there: over TLS, or from this machine. Whoever can change them on the way can sign in as anyone.
///
/// # Errors
/// What is wrong with the address.
pub fn check_url(text: &str) -> Result<(), String> {
    let uri: Uri = text.parse().map_err(|error| format!("{text}: {error}"))?;
    let host = uri.host().filter(|host| !host.is_empty());
    match uri.scheme_str() {
        Some("https") if host.is_some() => Ok(()),
        Some("http") if host.is_some_and(is_loopback) => Ok(()),
        _ => Err(format!("{text} must be https (http only on this machine)")),
    }
}

fn is_loopback(host: &str) -> bool {
    let name = host.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Fetches one issuer's keys.
#[derive(Debug)]
pub struct JwksFetch {
    url: String,
    /// Made when the first keys are needed: it reads the machine's certificates.
    connector: OnceCell<SharedHttpConnector>,
}

impl JwksFetch {
    /// A fetcher for this address, which [`check_url`] found good. Follows no redirects: they could lead out of TLS.
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), connector: OnceCell::new() }
    }

    /// Fetches the document once, within five seconds.
    ///
    /// # Errors
    /// [`JwksError`].
    pub async fn get(&self) -> Result<Bytes, JwksError> {
        tokio::time::timeout(TIMEOUT, self.ask()).await.map_err(|_| JwksError::TooLate)?
    }

    async fn ask(&self) -> Result<Bytes, JwksError> {
        let connector = self.connector.get_or_try_init(|| async { connector() }).await?;
        let request = HttpRequest::get(&*self.url).map_err(|error| JwksError::Broken(Box::new(error)))?;
        let response = connector.call(request).await?;
        if !response.status().is_success() {
            return Err(JwksError::Status(response.status().as_u16()));
        }
        let mut rest = response.into_body();
        let mut body = BytesMut::new();
        while let Some(frame) = rest.frame().await {
            let Ok(chunk) = frame.map_err(JwksError::Broken)?.into_data() else { continue };
            if body.len() + chunk.len() > JWKS_BYTES_MAX {
                return Err(JwksError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

fn connector() -> Result<SharedHttpConnector, JwksError> {
    let settings = HttpConnectorSettings::builder().connect_timeout(TIMEOUT).read_timeout(TIMEOUT).build();
    aws_smithy_http_client::default_connector(&settings, Some(SharedAsyncSleep::new(TokioSleep::new())))
        .ok_or_else(|| JwksError::Broken("this program was built without TLS".into()))
}

impl FetchKeys for JwksFetch {
    fn fetch(&self) -> Fetching<'_> {
        Box::pin(async { self.get().await.map_err(|error| FetchError(Box::new(error))) })
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::response::Redirect;
    use axum::routing::get;
    use http::StatusCode;

    use super::*;

    #[test]
    fn keys_come_over_tls_or_from_here() {
        for url in ["https://a.example/jwks", "http://localhost:1/jwks", "http://127.0.0.1/jwks", "http://[::1]:8/jwks"] {
            assert_eq!(check_url(url), Ok(()));
        }
        for url in
            ["http://a.example/jwks", "ftp://127.0.0.1/jwks", "jwks", "file:///etc/keys", "http://localhost.evil.example/", "https://"]
        {
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
            .route("/elsewhere", get(|| async { Redirect::temporary("/good") }))
            .route("/long", get(|| async { "x".repeat(JWKS_BYTES_MAX + 1) }));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        let fetch = |path: &str| JwksFetch::new(&format!("{base}{path}"));
        assert_eq!(fetch("/good").get().await.unwrap(), "{\"keys\":[]}");
        assert!(matches!(fetch("/bad").get().await, Err(JwksError::Status(404))));
        assert!(matches!(fetch("/elsewhere").get().await, Err(JwksError::Status(307))));
        assert!(matches!(fetch("/long").get().await, Err(JwksError::TooLong)));
    }
}

//! What the commands that ask a server have in common.

use clap::Args;
use inbox::id::UserId;
use reqwest::header::{ACCEPT, AUTHORIZATION};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Error as SocketError;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Request as SocketRequest;

use super::Error;
use super::token::KeyArgs;

/// Which server, and as whom.
#[derive(Args, Clone, Debug)]
pub(super) struct ClientArgs {
    /// The server
    #[arg(long, env = "BELFRY_URL", value_name = "URL", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// As whom; a token is made with the server's secret
    #[arg(long, env = "BELFRY_USER", value_parser = UserId::parse, required_unless_present = "token")]
    user: Option<UserId>,
    /// A ready-made token, instead of a user
    #[arg(long, env = "BELFRY_TOKEN", hide_env_values = true)]
    token: Option<String>,
    #[command(flatten)]
    key: KeyArgs,
}

/// A caller of one server.
pub(super) struct Caller {
    http: Client,
    base: String,
    token: String,
}

impl ClientArgs {
    /// The caller that they name. A user wins over a token from the environment.
    pub(super) fn caller(&self) -> Result<Caller, Error> {
        let token = match (&self.user, &self.token) {
            (Some(user), _) => self.key.token_for(user)?,
            (None, Some(token)) => token.trim().to_owned(),
            (None, None) => return Err("give --user or --token".into()),
        };
        Ok(Caller { http: Client::builder().build()?, base: self.server.trim_end_matches('/').to_owned(), token })
    }
}

impl Caller {
    /// A GET of a path with its query.
    pub(super) fn get(&self, path: &str) -> RequestBuilder {
        let request = self.http.get(format!("{}{path}", self.base));
        request.header(AUTHORIZATION, format!("Bearer {}", self.token)).header(ACCEPT, "*/*")
    }

    /// The handshake of a socket.
    pub(super) fn socket(&self) -> Result<SocketRequest, Error> {
        let rest = self.base.strip_prefix("http://").ok_or("sockets are followed over http:// only here; use --transport sse")?;
        let mut request = format!("ws://{rest}{}", crate::sockets::PATH).into_client_request()?;
        request.headers_mut().insert(AUTHORIZATION, format!("Bearer {}", self.token).parse()?);
        Ok(request)
    }

    /// Sends it; anything but a success is an error that tells what the server said.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Response, Error> {
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        Err(refused(status, &response.bytes().await.unwrap_or_default()))
    }

    fn unreachable(&self, error: &reqwest::Error) -> Error {
        if error.is_connect() { self.nobody() } else { format!("{} cannot be asked: {error}", self.base).into() }
    }

    /// Nothing listens there.
    pub(super) fn nobody(&self) -> Error {
        format!("nothing answers at {}: is belfry serve running? (another address: --server)", self.base).into()
    }

    /// Why no socket was opened; `None` where trying again may help.
    pub(super) fn no_socket(&self, error: &SocketError) -> Option<Error> {
        if let SocketError::Http(answer) = &error {
            let told = || refused(answer.status(), answer.body().as_deref().unwrap_or_default());
            return (!may_pass(answer.status().as_u16())).then(told);
        }
        (!matches!(error, SocketError::Io(_))).then(|| format!("{} opens no socket: {error}", self.base).into())
    }
}

/// Whether trying the same again may help: the server could not be reached, or it is the server's own trouble.
pub(super) fn may_pass(status: u16) -> bool {
    status == 429 || status >= 500
}

/// A problem's title and detail.
fn refused(status: StatusCode, body: &[u8]) -> Error {
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let part = |name: &str| problem[name].as_str().map(crate::out::plain);
    let said = [part("title"), part("detail")].into_iter().flatten().collect::<Vec<_>>().join(": ");
    let advice = if status == 401 { " (the token is not this server's, or has expired: try --data or --token)" } else { "" };
    format!("the server answered {status} {said}{advice}").trim_end().into()
}

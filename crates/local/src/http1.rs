//! HTTP/1.1 on hyper itself: a held stream costs 11 KiB there, 19 behind `axum::serve`.
//!
//! A connection that becomes a socket is done as far as this is concerned: whoever took it over tells it to end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tower::ServiceExt as _;

/// How long a request's head may take, and how long a connection waits for its next request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Most bytes of a request's head: a token of 8 KiB and the other headers. A quiet connection holds half of it.
const HEAD_BYTES: usize = 16 * 1_024;
/// How long sent bytes may wait for a peer that does not take them (Linux, `TCP_USER_TIMEOUT` in tcp(7)).
#[cfg(target_os = "linux")]
const DEAF_TIMEOUT: Duration = Duration::from_mins(1);
/// The pause after a connection could not be taken (no file descriptors, mostly).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Ends the serving: connections take no more requests, and finish those under way.
pub struct Stop(watch::Sender<()>);

impl Stop {
    /// Says it to whoever watches.
    pub fn new() -> (Self, watch::Receiver<()>) {
        let (sender, receiver) = watch::channel(());
        (Self(sender), receiver)
    }

    /// From now on.
    pub fn now(self) {
        drop(self.0);
    }
}

/// Serves until told to stop, then until the last connection is done, or for `patience`.
pub async fn serve(listener: TcpListener, router: Router, mut stop: watch::Receiver<()>, patience: Duration) {
    let (alive, mut gone) = mpsc::channel::<()>(1);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (router, stop, alive) = (router.clone(), stop.clone(), alive.clone());
                tokio::spawn(async move {
                    connection(stream, peer, router, stop).await;
                    drop(alive);
                });
            }
            Err(error) => {
                tracing::warn!("a connection could not be taken: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop((listener, alive));
    if tokio::time::timeout(patience, gone.recv()).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, mut stop: watch::Receiver<()>) {
    if let Err(error) = stream.set_nodelay(true).and_then(|()| drop_the_deaf(&stream)) {
        tracing::debug!("a connection could not be set up: {error}");
    }
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = router.clone().oneshot(request.map(Body::new));
        async { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(HEAD_BYTES);
    let mut served = pin!(builder.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        _ = stop.changed() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("a connection broke: {error}");
    }
}

/// A peer that takes nothing for so long is gone or as good as gone: its stream would be held for nobody.
#[cfg(target_os = "linux")]
fn drop_the_deaf(stream: &TcpStream) -> std::io::Result<()> {
    socket2::SockRef::from(stream).set_tcp_user_timeout(Some(DEAF_TIMEOUT))
}

/// Elsewhere the system's own patience rules.
#[cfg(not(target_os = "linux"))]
fn drop_the_deaf(_: &TcpStream) -> std::io::Result<()> {
    Ok(())
}

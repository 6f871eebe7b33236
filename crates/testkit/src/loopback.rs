//! A server on loopback, for what stands in for the cloud: HTTP/1.1, one task a connection, ended with its owner.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Everything that is answered here comes at once.
pub(crate) type Answer = Response<Full<Bytes>>;

/// A running server. Ends when dropped, and its connections with the runtime.
pub(crate) struct Loopback {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Loopback {
    #[expect(clippy::expect_used, reason = "without a port on loopback there is no test")]
    pub(crate) async fn serve<H, F>(handle: H) -> Self
    where
        H: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port on loopback");
        let address = listener.local_addr().expect("its address");
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(connection(socket, handle.clone()));
            }
        });
        Self { address, task }
    }
}

async fn connection<H, F>(socket: TcpStream, handle: H)
where
    H: Fn(Request<Incoming>) -> F + Send + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let answer = service_fn(move |request| {
        let answer = handle(request);
        async { Ok::<_, Infallible>(answer.await) }
    });
    // Whoever goes in the middle is a process that a test ended.
    let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(Quick(socket)), answer).await;
    drop(served);
}

/// A socket that acknowledges at once. Lambda's runtime sets no `TCP_NODELAY`, so without this each small chunk of a stream waits
/// 41 ms for the acknowledgement of the one before it. Linux forgets the option again, so it is set with every read.
struct Quick(TcpStream);

impl Quick {
    fn acknowledge(&self) -> io::Result<()> {
        socket2::SockRef::from(&self.0).set_tcp_quickack(true)
    }
}

impl AsyncRead for Quick {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.acknowledge()?;
        let read = Pin::new(&mut self.0).poll_read(cx, buffer);
        self.acknowledge()?;
        read
    }
}

impl AsyncWrite for Quick {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

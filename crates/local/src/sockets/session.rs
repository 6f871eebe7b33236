//! One open socket, from its first frame to its last, under the rules of API Gateway (quotas for WebSocket APIs, 2026):
//! 32 KB a frame, 128 KB a message, ten idle minutes, two hours.
//!
//! A client's messages are told to the handler one after the other; meanwhile what waits for the client goes out.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::Sockets;
use super::ending::Ending;
use super::event::{Said, Socket};
use super::hall::Stay;
use super::line::{MESSAGE_BYTES, cost};

/// The longest frame of a client.
const FRAME_BYTES: usize = 32 * 1_024;
/// A socket on which nobody says anything ends after this.
const IDLE: Duration = Duration::from_mins(10);
/// The longest life of a socket.
const LIFE: Duration = Duration::from_hours(2);
/// What a quiet socket holds to read into; a larger frame is given room when it comes.
const READ_BYTES: usize = 1_024;
/// Longer messages go out in several frames of so much: what was made for one frame is kept for the next.
const WRITE_BYTES: usize = 8 * 1_024;
/// How long a client is given to hear of the end.
const FAREWELL: Duration = Duration::from_secs(1);
/// The longest answer of a handler that is waited for (API Gateway quotas, 2026: integration timeout).
const HANDLER_WAIT: Duration = Duration::from_secs(29);

type Out<S> = SplitSink<WebSocketStream<S>, Message>;
type In<S> = SplitStream<WebSocketStream<S>>;

/// Serves the socket to its end, and tells the handler of it.
pub(super) async fn run<S>(io: S, sockets: &Sockets, socket: &Socket, stay: &Stay, waiting: mpsc::UnboundedReceiver<Bytes>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(0)
        .max_frame_size(Some(FRAME_BYTES))
        .max_message_size(Some(MESSAGE_BYTES));
    let (mut sink, mut stream) = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await.split();
    let ending = tokio::select! {
        ending = read(&mut stream, sockets, socket, stay) => ending,
        ending = write(&mut sink, sockets, stay, waiting) => ending,
        ending = stay.line.ended() => ending,
        () = stay.line.idle(IDLE) => Ending::GoneAway,
        () = tokio::time::sleep(LIFE) => Ending::GoneAway,
    };
    stay.leave();
    tracing::debug!(connection.id = socket.id(), "socket {} ends: {ending:?}", socket.id());
    let farewell = async {
        // They are of one socket, so they fit.
        if let Ok(whole) = sink.reunite(stream) {
            let _ = tokio::time::timeout(FAREWELL, farewell(whole, &ending)).await;
        }
    };
    tokio::join!(farewell, tell_the_end(sockets, socket, ending.said()));
}

/// `$disconnect`.
pub(super) async fn tell_the_end(sockets: &Sockets, socket: &Socket, said: (u16, &str)) {
    if let Ok(event) = socket.disconnect(said, &*sockets.clock, &*sockets.entropy) {
        tell(sockets, event).await;
    }
}

/// The client's messages, one after the other. What the handler answers is for nobody: without a route response, API Gateway
/// sends nothing either.
async fn read<S>(stream: &mut In<S>, sockets: &Sockets, socket: &Socket, stay: &Stay) -> Ending
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        let said = match stream.next().await {
            Some(Ok(Message::Text(text))) => Said { body: text.as_str().to_owned(), base64: false },
            Some(Ok(Message::Binary(bytes))) => Said { body: STANDARD.encode(bytes), base64: true },
            Some(Ok(Message::Close(frame))) => {
                return frame.map_or(Ending::ByClient(1005, String::new()), |frame| {
                    Ending::ByClient(frame.code.into(), frame.reason.as_str().to_owned())
                });
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                stay.line.touch(sockets.clock.now());
                continue;
            }
            Some(Err(error)) => return Ending::of(&error),
            None => return Ending::Broken,
        };
        stay.line.touch(sockets.clock.now());
        if let Ok(event) = socket.message(&said, &*sockets.clock, &*sockets.entropy) {
            tell(sockets, event).await;
        }
    }
}

async fn tell(sockets: &Sockets, event: aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest) {
    if tokio::time::timeout(HANDLER_WAIT, (sockets.handler)(event)).await.is_err() {
        tracing::warn!("a socket's event was not answered within {} s", HANDLER_WAIT.as_secs());
    }
}

/// What waits for the client, one after the other.
async fn write<S>(sink: &mut Out<S>, sockets: &Sockets, stay: &Stay, mut waiting: mpsc::UnboundedReceiver<Bytes>) -> Ending
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(message) = waiting.recv().await {
        let cost = cost(&message);
        if send(sink, message).await.is_err() {
            return Ending::Broken;
        }
        stay.line.sent(cost);
        stay.line.touch(sockets.clock.now());
    }
    Ending::ByHandler
}

async fn send<S>(sink: &mut Out<S>, mut message: Bytes) -> Result<(), tokio_tungstenite::tungstenite::Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut kind = if std::str::from_utf8(&message).is_ok() { Data::Text } else { Data::Binary };
    loop {
        let piece = message.split_to(message.len().min(WRITE_BYTES));
        let last = message.is_empty();
        sink.send(Message::Frame(Frame::message(piece, OpCode::Data(kind), last))).await?;
        if last {
            return Ok(());
        }
        kind = Data::Continue;
    }
}

/// Tells the client, or answers its own farewell, and waits until it has heard: what lies unread when a line is taken down
/// makes the system reset it, and the client would lose the last frame.
async fn farewell<S>(mut whole: WebSocketStream<S>, ending: &Ending)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match ending.frame() {
        Some(frame) => drop(whole.close(Some(frame)).await),
        // Reading on sends the answer to the client's close frame.
        None => while let Some(Ok(_)) = whole.next().await {},
    }
    let mut io = whole.into_inner();
    if io.shutdown().await.is_ok() {
        let mut unread = [0_u8; 1_024];
        while io.read(&mut unread).await.is_ok_and(|bytes| bytes > 0) {}
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;

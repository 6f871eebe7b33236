//! Why a socket ends, as the client's close frame and the `$disconnect` event say it.

use tokio_tungstenite::tungstenite::error::{CapacityError, Error, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// Why a socket ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The client closed it, with this code and reason; 1005 where it gave none.
    ByClient(u16, String),
    /// The line broke, without a word.
    Broken,
    /// The client sent a frame or a message that is too large.
    TooBig,
    /// The client sent a text that is none.
    BadText,
    /// The client does not keep to the protocol.
    BadFrame,
    /// Nothing was said for too long, or the socket is too old.
    GoneAway,
    /// The process ends.
    Shutdown,
    /// The client does not take what waits for it.
    Slow,
    /// A handler closed it.
    ByHandler,
}

impl Ending {
    /// What a reading that failed means.
    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::Capacity(CapacityError::MessageTooLong { .. } | CapacityError::TooManyHeaders) => Self::TooBig,
            Error::Utf8(_) => Self::BadText,
            Error::Protocol(error) if *error != ProtocolError::ResetWithoutClosingHandshake => Self::BadFrame,
            Error::Protocol(_)
            | Error::ConnectionClosed
            | Error::AlreadyClosed
            | Error::Io(_)
            | Error::Tls(_)
            | Error::WriteBufferFull(_)
            | Error::AttackAttempt
            | Error::Url(_)
            | Error::Http(_)
            | Error::HttpFormat(_) => Self::Broken,
        }
    }

    /// Code and reason (RFC 6455, 7.4), as `$disconnect` tells them.
    pub(super) fn said(&self) -> (u16, &str) {
        match self {
            Self::ByClient(code, reason) => (*code, reason),
            Self::Broken => (1006, "Connection closed abnormally"),
            Self::TooBig => (1009, "Message too big"),
            Self::BadText => (1007, "Invalid frame payload data"),
            Self::BadFrame => (1002, "Protocol error"),
            Self::GoneAway | Self::Shutdown | Self::Slow => (1001, "Going away"),
            Self::ByHandler => (1000, ""),
        }
    }

    /// What the client is told; nothing where it spoke first, or cannot hear.
    pub(super) fn frame(&self) -> Option<CloseFrame> {
        let (code, reason) = self.said();
        match self {
            Self::ByClient(..) | Self::Broken => None,
            Self::TooBig | Self::BadText | Self::BadFrame | Self::GoneAway | Self::Shutdown | Self::Slow | Self::ByHandler => {
                Some(CloseFrame { code: CloseCode::from(code), reason: reason.to_owned().into() })
            }
        }
    }
}

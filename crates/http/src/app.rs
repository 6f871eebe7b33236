//! What every handler has at hand.

use std::sync::Arc;
use std::time::Duration;

use service::Service;

use crate::authenticator::Authenticator;
use crate::origin::Origin;

/// The use cases, who calls, and how it was set up. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The use cases.
    pub service: Service,
    /// Verifies tokens.
    pub auth: Arc<Authenticator>,
    /// How this server was set up.
    pub settings: Arc<Settings>,
}

/// How a server was set up. The defaults suit one that runs by itself.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Pages of other origins that may call with credentials.
    pub allowed_origins: Vec<Origin>,
    /// The cookie that carries a token. `__Host-` binds it to this host and to TLS, so no sibling can set it.
    pub cookie_name: String,
    /// What clients should try, in this order.
    pub transports: Vec<Transport>,
    /// Where sockets are opened; clients are told.
    pub sockets_url: Option<String>,
    /// How often an idle stream sends a comment.
    pub heartbeat: Duration,
    /// How long one stream is held before it ends and its client resumes.
    pub window: Duration,
    /// What is sent behind news so that nobody on the way holds them back.
    pub flush: StreamFlush,
}

/// What a stream sends behind each piece of news: something on the way may keep small pieces until more comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StreamFlush {
    /// Nothing: where nobody holds anything back.
    #[default]
    None,
    /// A comment in a piece of its own.
    Comment,
    /// Comments that fill the piece up to [`PAD_BYTES`].
    Pad,
}

impl StreamFlush {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::None, Self::Comment, Self::Pad];

    /// The word that stands for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Comment => "comment",
            Self::Pad => "pad",
        }
    }

    /// The one of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flush| flush.as_str() == word)
    }
}

/// What became of a wish for a stream; stands among the extensions of its answer, for whoever counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamAnswer {
    /// It was taken; so many are open now, where somebody counts them.
    Taken {
        /// In all processes.
        open: Option<u64>,
    },
    /// There are enough.
    Refused,
}

/// A way to hear of news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Server-sent events.
    Sse,
    /// A WebSocket.
    Socket,
    /// Asking now and then.
    Poll,
}

impl Transport {
    /// All of them, in the order of the default.
    pub const ALL: [Self; 3] = [Self::Sse, Self::Socket, Self::Poll];

    /// The word that stands for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sse => "sse",
            Self::Socket => "socket",
            Self::Poll => "poll",
        }
    }

    /// The transport of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|transport| transport.as_str() == word)
    }
}

/// The cookie that carries a token, unless configured otherwise.
pub const COOKIE_NAME: &str = "__Host-belfry";

/// How much a padded piece has at least: pieces below some tens of kilobytes have been reported held back on AWS.
pub const PAD_BYTES: usize = 32 * 1_024;

/// A server that pays nothing for an idle stream holds it for as long as a Lambda function could, so that clients meet
/// one behaviour (AWS Lambda quotas, 2026: 15 minutes).
const WINDOW: Duration = Duration::from_mins(15);

impl Default for Settings {
    fn default() -> Self {
        Self {
            allowed_origins: Vec::new(),
            cookie_name: COOKIE_NAME.to_owned(),
            transports: Transport::ALL.to_vec(),
            sockets_url: None,
            heartbeat: inbox::limits::HEARTBEAT,
            window: WINDOW,
            flush: StreamFlush::None,
        }
    }
}

//! Work that is done behind the scenes, a piece at a time: what a queue of background jobs holds.

use crate::id::ConnectionId;
use crate::position::{Feed, Seq};

/// One piece of background work. Doing it twice does no harm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    /// Push a commit of a channel to the sockets of one shard.
    Fanout {
        /// The channel's feed.
        feed: Feed,
        /// The commit.
        n: Seq,
        /// Which shard of the connections.
        shard: u32,
        /// The last connection that was served; `None` at the beginning.
        start: Option<ConnectionId>,
    },
    /// Remove what a user's "delete all" hid.
    Sweep {
        /// The user's feed.
        feed: Feed,
    },
}

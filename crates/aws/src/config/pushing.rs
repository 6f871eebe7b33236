//! How news reach sockets.

use inbox::limits;

use super::Asks;

/// The account's ceiling for messages to sockets, shared with its REST calls (API Gateway quotas, 2026), is 10,000 a second, 2,500 in the
/// newer regions: a broadcast takes less than half of the smaller one.
const POSTS_PER_S: u64 = 1_000;
/// Invocations of `fanout` that run side by side; its event source is limited to so many.
const CONCURRENCY: u64 = 4;

/// The sockets' side of API Gateway.
#[derive(Clone, Debug)]
pub struct Sockets {
    /// The management endpoint. `BELFRY_SOCKETS_ENDPOINT`; without it, `websocket` takes the event's own domain and stage, and others push nothing.
    pub endpoint: Option<String>,
    /// Partitions of the connections. `BELFRY_CONNECTION_SHARDS`, 16 by default. Not to be changed while sockets are open.
    pub shards: u32,
}

/// How news reach sockets.
#[derive(Clone, Debug)]
pub struct Pushing {
    /// Where they are posted.
    pub sockets: Sockets,
    /// Where background jobs go. `BELFRY_JOBS_QUEUE_URL`.
    pub jobs_queue_url: String,
    /// Messages a second that this invocation may post: `BELFRY_FANOUT_POSTS_PER_S`, 1,000 by default, divided by `BELFRY_FANOUT_CONCURRENCY`, 4; one at least.
    pub posts_per_s: u32,
}

pub(super) fn read(asks: &mut Asks<'_>) -> Pushing {
    let all = asks.number("BELFRY_FANOUT_POSTS_PER_S", 1..=100_000, POSTS_PER_S);
    let share = (all / asks.number("BELFRY_FANOUT_CONCURRENCY", 1..=1_000, CONCURRENCY)).max(1);
    Pushing {
        sockets: sockets(asks),
        jobs_queue_url: asks.needed("BELFRY_JOBS_QUEUE_URL"),
        posts_per_s: u32::try_from(share).unwrap_or(u32::MAX),
    }
}

pub(super) fn sockets(asks: &mut Asks<'_>) -> Sockets {
    let shards = asks.number("BELFRY_CONNECTION_SHARDS", 1..=1_024, u64::from(limits::CONNECTION_SHARDS));
    let endpoint = asks.text("BELFRY_SOCKETS_ENDPOINT").map(endpoint).transpose();
    Sockets { endpoint: asks.note(endpoint, None), shards: u32::try_from(shards).unwrap_or(u32::MAX) }
}

fn endpoint(url: &str) -> Result<String, String> {
    let good = url.starts_with("https://") || url.starts_with("http://");
    if good { Ok(url.trim_end_matches('/').to_owned()) } else { Err(format!("BELFRY_SOCKETS_ENDPOINT={url} is not an https address")) }
}

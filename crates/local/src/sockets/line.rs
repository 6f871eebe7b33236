//! One socket, seen from the process: what waits for its client, and how to end it.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use inbox::moment::Moment;
use tokio::sync::{Notify, Semaphore, mpsc};

use super::ending::Ending;

/// The longest message that API Gateway sends (Amazon API Gateway quotas, "WebSocket API", 2026).
pub(super) const MESSAGE_BYTES: usize = 128 * 1_024;
/// Most bytes that wait for one client: some messages of the longest kind, which a resume brings one after the other.
pub(super) const QUEUE_BYTES: usize = 512 * 1_024;
/// What a message costs beside its bytes, so that many empty ones are bounded too.
const OVERHEAD_BYTES: usize = 64;
/// How long a message waits for room. A client that reads makes some in milliseconds; one that does not must not hold up
/// whoever pushes to a thousand others, who give up after two seconds themselves.
const ROOM_WAIT: Duration = Duration::from_secs(1);
/// What is remembered of a client's description of itself, in bytes.
const USER_AGENT_BYTES: usize = 256;

/// Why a message is not taken for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotTaken {
    /// It is over the limit of the platform.
    TooLarge,
    /// The socket is closed.
    Gone,
}

/// Who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    pub(super) ip: IpAddr,
    pub(super) user_agent: String,
}

impl Peer {
    pub(super) fn new(ip: IpAddr, user_agent: &str) -> Self {
        Self { ip, user_agent: user_agent.chars().take(USER_AGENT_BYTES / 4).collect() }
    }
}

/// An open socket.
pub(super) struct Line {
    pub(super) peer: Peer,
    pub(super) connected: Moment,
    last_active: AtomicI64,
    queue: mpsc::UnboundedSender<Bytes>,
    /// Bytes that may still be put in the queue.
    room: Semaphore,
    ending: OnceLock<Ending>,
    ends: Notify,
    active: Notify,
}

impl Line {
    /// A line, and the end from which its client is served.
    pub(super) fn new(peer: Peer, now: Moment) -> (Self, mpsc::UnboundedReceiver<Bytes>) {
        let (queue, waiting) = mpsc::unbounded_channel();
        let line = Self {
            peer,
            connected: now,
            last_active: AtomicI64::new(now.millis()),
            queue,
            room: Semaphore::new(QUEUE_BYTES),
            ending: OnceLock::new(),
            ends: Notify::new(),
            active: Notify::new(),
        };
        (line, waiting)
    }

    /// Puts a message in the queue, and waits a moment where there is no room. A client that makes none is cut.
    pub(super) async fn post(&self, message: Bytes) -> Result<(), NotTaken> {
        if message.len() > MESSAGE_BYTES {
            return Err(NotTaken::TooLarge);
        }
        match tokio::time::timeout(ROOM_WAIT, self.room.acquire_many(cost(&message))).await {
            Ok(Ok(room)) => {
                room.forget();
                self.queue.send(message).map_err(|_| NotTaken::Gone)
            }
            Ok(Err(_)) => Err(NotTaken::Gone),
            Err(_) => {
                self.end(Ending::Slow);
                Err(NotTaken::Gone)
            }
        }
    }

    /// This message is with the client now.
    pub(super) fn sent(&self, cost: u32) {
        self.room.add_permits(usize::try_from(cost).unwrap_or_default());
    }

    /// Ends the socket; whoever says it first gives the reason.
    pub(super) fn end(&self, why: Ending) {
        if self.ending.set(why).is_ok() {
            self.ends.notify_one();
        }
    }

    /// Waits until somebody ends it. For one waiter.
    pub(super) async fn ended(&self) -> Ending {
        loop {
            if let Some(why) = self.ending.get() {
                return why.clone();
            }
            self.ends.notified().await;
        }
    }

    /// Takes no more messages: those that wait for room are told.
    pub(super) fn hang_up(&self) {
        self.room.close();
    }

    /// Something was said, by either side.
    pub(super) fn touch(&self, now: Moment) {
        self.last_active.store(now.millis(), Ordering::Relaxed);
        self.active.notify_one();
    }

    /// When something was said last.
    pub(super) fn last_active(&self) -> Moment {
        Moment::from_millis(self.last_active.load(Ordering::Relaxed))
    }

    /// Waits until nothing was said for so long. For one waiter.
    pub(super) async fn idle(&self, most: Duration) {
        while tokio::time::timeout(most, self.active.notified()).await.is_ok() {}
    }
}

/// What a message takes of the queue.
pub(super) fn cost(message: &Bytes) -> u32 {
    u32::try_from(message.len() + OVERHEAD_BYTES).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn line() -> (Line, mpsc::UnboundedReceiver<Bytes>) {
        Line::new(Peer::new(Ipv4Addr::LOCALHOST.into(), "test"), Moment::from_seconds(0))
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_for_a_client_is_bounded_and_one_that_takes_nothing_is_cut() {
        let (line, _waiting) = line();
        let message = Bytes::from(vec![b'x'; MESSAGE_BYTES]);
        for _ in 0..3 {
            assert_eq!(line.post(message.clone()).await, Ok(()));
        }
        assert_eq!(line.post(message.clone()).await, Err(NotTaken::Gone));
        assert_eq!(line.ended().await, Ending::Slow);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_is_waited_for() {
        let (line, mut waiting) = line();
        let message = Bytes::from(vec![b'x'; MESSAGE_BYTES]);
        let reading = async {
            for _ in 0..100 {
                tokio::time::sleep(ROOM_WAIT / 2).await;
                line.sent(cost(&waiting.recv().await.unwrap()));
            }
        };
        let posting = async {
            for _ in 0..100 {
                assert_eq!(line.post(message.clone()).await, Ok(()));
            }
        };
        tokio::join!(reading, posting);
    }

    #[tokio::test]
    async fn limits_and_ends() {
        let (line, waiting) = line();
        assert_eq!(line.post(Bytes::from(vec![0; MESSAGE_BYTES + 1])).await, Err(NotTaken::TooLarge));
        line.end(Ending::ByHandler);
        line.end(Ending::Shutdown);
        assert_eq!(line.ended().await, Ending::ByHandler);
        drop(waiting);
        assert_eq!(line.post(Bytes::new()).await, Err(NotTaken::Gone));
        line.hang_up();
        assert_eq!(line.post(Bytes::new()).await, Err(NotTaken::Gone));
    }
}

//! All open sockets of a process, by their ids.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::ending::Ending;
use super::line::Line;
use crate::ports::Entropy;

/// All open sockets. Clones are one hall.
#[derive(Clone, Default)]
pub struct Hall {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    lines: Mutex<HashMap<String, Arc<Line>>>,
    /// Places that are taken for sockets which are not open yet. Changes under the lock of `lines` alone.
    places: AtomicUsize,
    /// Sockets that are open, or whose end is not told yet.
    staying: AtomicUsize,
    left: Notify,
    closed: AtomicBool,
}

/// Room for one socket, from before its client is asked who it is until it is open. Given back when dropped.
pub(super) struct Place(Hall);

/// A socket's stay, from before anybody may post to it until its end was told.
pub(super) struct Stay {
    hall: Hall,
    id: String,
    pub(super) line: Arc<Line>,
}

impl Hall {
    fn lines(&self) -> MutexGuard<'_, HashMap<String, Arc<Line>>> {
        self.inner.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Room for one more socket; none where `most` are open or on their way, or where no more are taken.
    pub(super) fn take_place(&self, most: usize) -> Option<Place> {
        let lines = self.lines();
        if self.closed() || lines.len() + self.inner.places.load(Ordering::SeqCst) >= most {
            return None;
        }
        self.inner.places.fetch_add(1, Ordering::SeqCst);
        Some(Place(self.clone()))
    }

    /// From now on, messages for this id go there.
    pub(super) fn enter(&self, id: &str, line: Line) -> Stay {
        let line = Arc::new(line);
        self.inner.staying.fetch_add(1, Ordering::SeqCst);
        self.lines().insert(id.to_owned(), Arc::clone(&line));
        if self.closed() {
            line.end(Ending::Shutdown);
        }
        Stay { hall: self.clone(), id: id.to_owned(), line }
    }

    #[cfg(test)]
    pub(crate) fn enter_for_tests(&self, id: &str, now: inbox::moment::Moment) -> impl Drop {
        let peer = super::line::Peer::new(std::net::Ipv4Addr::LOCALHOST.into(), "test");
        self.enter(id, Line::new(peer, now).0)
    }

    /// The open socket of this id.
    pub(super) fn line(&self, id: &str) -> Option<Arc<Line>> {
        self.lines().get(id).cloned()
    }

    /// How many sockets are open.
    pub fn open_sockets(&self) -> usize {
        self.lines().len()
    }

    /// Whether sockets are no longer taken.
    pub fn closed(&self) -> bool {
        self.inner.closed.load(Ordering::SeqCst)
    }

    /// Takes no more sockets, and ends each open one at its own moment within `spread`, so that clients do not come back as a
    /// herd. Returns when the end of the last one was told.
    pub async fn shutdown(&self, spread: Duration, entropy: &dyn Entropy) {
        self.inner.closed.store(true, Ordering::SeqCst);
        let spread_ms = u64::try_from(spread.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        let open: Vec<_> = self.lines().values().cloned().collect();
        for line in open {
            let wait = Duration::from_millis(entropy.u64() % spread_ms);
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                line.end(Ending::Shutdown);
            });
        }
        while self.inner.staying.load(Ordering::SeqCst) > 0 {
            self.inner.left.notified().await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _lines = self.0.lines();
        self.0.inner.places.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Stay {
    /// Nobody can post to it any more.
    pub(super) fn leave(&self) {
        self.line.hang_up();
        self.hall.lines().remove(&self.id);
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.leave();
        self.hall.inner.staying.fetch_sub(1, Ordering::SeqCst);
        // Leaves a permit behind, so one that looked just before does not wait for ever.
        self.hall.inner.left.notify_one();
    }
}

//! What a conditional request may show again: counts, and whether anything changed.

use futures::FutureExt;
use futures::future::join;
use inbox::audience::Reader;
use inbox::event::Counts;
use inbox::limits;
use inbox::moment::Moment;
use inbox::position::Position;
use table::Freshness;

use crate::channels::Need;
use crate::snapshot::position;
use crate::{Error, Service, Version};

impl Service {
    /// A reader's counts.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Internal`].
    pub async fn counts(&self, reader: &Reader) -> Result<(Counts, Version), Error> {
        let snapshot = self.snapshot(reader, Need::Recent).await?;
        let version = version(&snapshot.position(), snapshot.now, snapshot.first_expiry());
        let counts = snapshot.counts();
        self.inner.counted.remember(reader, version, counts.unread);
        Ok((counts, version))
    }

    /// Whether nothing changed for a reader since this version: one unit, and one for each channel.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Internal`].
    pub async fn unchanged(&self, reader: &Reader, version: &Version) -> Result<bool, Error> {
        let now = self.now();
        if version.until <= now {
            return Ok(false);
        }
        let feed = reader.own_feed();
        let (state, views) = join(self.inner.table.state(&feed, Freshness::Consistent).boxed(), self.views(reader, Need::Current)).await;
        let (state, views) = (state?, views?);
        let head = self.inner.table.head(&feed, &state);
        let position = position(&head, views.iter().map(|view| &**view), now);
        Ok(digest(&position) == version.digest)
    }
}

/// The version of what was read at this position; `expiry` is when the first of it goes by itself.
pub(crate) fn version(position: &Position, now: Moment, expiry: Option<Moment>) -> Version {
    // Fixed borders, so that two reads between them give one ETag.
    let life = i64::try_from(limits::ETAG_LIFE.as_millis()).unwrap_or(i64::MAX);
    let border = Moment::from_millis((now.millis().div_euclid(life) + 1) * life);
    Version { digest: digest(position), until: expiry.map_or(border, |expiry| expiry.min(border)) }
}

/// FNV-1a over tags and numbers: the same in every process.
pub(crate) fn digest(position: &Position) -> u64 {
    let bytes = position.0.iter().flat_map(|segment| segment.feed.0.into_iter().chain(segment.n.0.to_be_bytes()));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

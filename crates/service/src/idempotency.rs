//! Requests that may come twice: the same key, the same event, the same answer.

use std::time::Duration;

use inbox::audience::Reader;
use inbox::id::EventId;
use inbox::limits;
use table::idempotency::Held;

use crate::retry::ATTEMPTS;
use crate::{Begun, Error, Refusal, Service};

impl Service {
    /// Takes an idempotency key for a request, or tells what became of the request that has it.
    ///
    /// # Errors
    /// [`Refusal::IdempotencyMismatch`] where it was another request, [`Refusal::IdempotencyRunning`] while that one is at work;
    /// [`Error::Busy`], [`Error::Internal`].
    pub async fn begin_idempotent(&self, caller: &Reader, key: &str, fingerprint: [u8; 32]) -> Result<Begun, Error> {
        let feed = caller.own_feed();
        let fingerprint = written(fingerprint);
        let mut mine: Option<Held> = None;
        for attempt in 0..ATTEMPTS {
            let now = self.now();
            let found = self.inner.table.idempotency(&feed, key).await?;
            let running = found.as_ref().filter(|held| held.expires > now);
            if let Some(held) = running {
                if held.fingerprint != fingerprint {
                    return Err(Error::Refused(Refusal::IdempotencyMismatch));
                }
                let event_id = event(held)?;
                if let Some(answer) = held.answer.clone() {
                    return Ok(Begun::Answered { event_id, answer });
                }
                // It was stored, its answer was lost, and what the SDK then sent again met it.
                if mine.as_ref() == Some(held) {
                    return Ok(Begun::Run { event_id });
                }
                if held.lease > now {
                    return Err(Error::Refused(Refusal::IdempotencyRunning));
                }
            }
            // A request that died with the key goes on under the event id that it had fixed.
            let event_id = running.map_or_else(|| Ok(self.new_event_id()), event)?;
            let held = Held {
                fingerprint: fingerprint.clone(),
                event: event_id.as_str().to_owned(),
                lease: now.plus(limits::IDEMPOTENCY_LEASE),
                answer: None,
                // Two who take over what another died with, at the same moment, are told apart by chance.
                expires: now.plus(limits::IDEMPOTENCY_LIFE).plus(Duration::from_millis(self.inner.entropy.u64() % 60_000)),
            };
            match self.inner.table.take_idempotency(&feed, key, &held, found.as_ref()).await {
                Ok(()) => return Ok(Begun::Run { event_id }),
                Err(table::Error::Conflict) => {
                    mine = Some(held);
                    self.wait(attempt).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::busy())
    }

    /// The answer to this very request, if it was answered before under this key. Takes nothing.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Internal`].
    pub async fn idempotent_answer(&self, caller: &Reader, key: &str, fingerprint: [u8; 32]) -> Result<Option<String>, Error> {
        let found = self.inner.table.idempotency(&caller.own_feed(), key).await?;
        let fingerprint = written(fingerprint);
        Ok(found.filter(|held| held.expires > self.now() && held.fingerprint == fingerprint).and_then(|held| held.answer))
    }

    /// Lets go of a request that failed: whoever comes with its key again need not wait, and goes on under the same event id.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Internal`]; then the key is free once its lease is over.
    pub async fn release_idempotent(&self, caller: &Reader, key: &str) -> Result<(), Error> {
        let feed = caller.own_feed();
        let Some(held) = self.inner.table.idempotency(&feed, key).await? else { return Ok(()) };
        let free = Held { lease: self.now(), ..held.clone() };
        match self.inner.table.take_idempotency(&feed, key, &free, Some(&held)).await {
            // Somebody has taken it over already.
            Ok(()) | Err(table::Error::Conflict) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Remembers a request's answer for those who come with its key again.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Internal`]; the request itself is done all the same.
    pub async fn finish_idempotent(&self, caller: &Reader, key: &str, answer: &str) -> Result<(), Error> {
        let feed = caller.own_feed();
        let Some(held) = self.inner.table.idempotency(&feed, key).await? else { return Ok(()) };
        let done = Held { answer: Some(answer.to_owned()), ..held.clone() };
        match self.inner.table.take_idempotency(&feed, key, &done, Some(&held)).await {
            // Whoever took the key over did the same under the same id.
            Ok(()) | Err(table::Error::Conflict) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// As it is stored: half of it tells requests apart.
fn written(fingerprint: [u8; 32]) -> String {
    format!("{:032x}", u128::from_be_bytes(std::array::from_fn(|place| fingerprint[place])))
}

fn event(held: &Held) -> Result<EventId, Error> {
    EventId::parse(&held.event).map_err(|error| Error::Internal(Box::new(error)))
}

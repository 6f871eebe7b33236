//! What a user does not want to see.

use inbox::audience::Reader;
use inbox::journal::Change;
use inbox::position::{Feed, Seq};
use inbox::preferences::Preferences;
use table::commit::{Commit, Outcome};
use table::state::Epoch;

use crate::channels::Need;
use crate::retry::{ATTEMPTS, LastFailure};
use crate::snapshot::position;
use crate::versions::version;
use crate::{Error, Service, Version};

impl Service {
    /// A user's preferences.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Internal`].
    pub async fn preferences(&self, reader: &Reader) -> Result<(Preferences, Version), Error> {
        let feed = reader.own_feed();
        let (views, state) = self.read_beside(reader, &feed, Need::Recent).await?;
        let now = self.now();
        let head = self.inner.table.head(&feed, &state);
        let version = version(&position(&head, views.iter().map(|view| &**view), now), now, None);
        Ok((state.preferences, version))
    }

    /// Replaces a user's preferences; their streams get a reset. Setting what is set changes nothing.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Internal`].
    pub async fn set_preferences(&self, reader: &Reader, preferences: Preferences) -> Result<Preferences, Error> {
        let feed = reader.own_feed();
        let writer = self.writer(&feed);
        let _alone = writer.lock().await;
        // The number of a commit that was sent and not answered: it may be stored, and is to be told all the same.
        let mut unclear = None;
        let set = self.set_preferences_alone(&feed, preferences, &mut unclear).await;
        if let Some(n) = unclear {
            self.committed(&feed, n);
        }
        set
    }

    async fn set_preferences_alone(&self, feed: &Feed, preferences: Preferences, unclear: &mut Option<Seq>) -> Result<Preferences, Error> {
        let mut failure = LastFailure::default();
        for attempt in 0..ATTEMPTS {
            let state = self.inner.table.settled_state(feed, &|| self.now()).await?;
            if state.preferences == preferences {
                return Ok(preferences);
            }
            let mut commit = Commit::on(feed.clone(), state, self.now(), Epoch(self.inner.entropy.u64()));
            commit.after.preferences = preferences.clone();
            commit.changes.push(Change::Preferences);
            match self.inner.table.commit(&commit, self.now()).await {
                Ok(Outcome::Done) => {
                    *unclear = None;
                    self.committed(feed, commit.n());
                    return Ok(preferences);
                }
                Ok(Outcome::Lost | Outcome::Known(_)) => self.wait(attempt).await,
                Err(table::Error::Engine(source)) => {
                    failure.is(source);
                    *unclear = Some(commit.n());
                    self.wait(attempt).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(failure.give_up())
    }
}

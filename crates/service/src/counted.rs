//! Counts that were just read, for the one mark that changes none of them: "all seen" leaves unread what is unread, and a count at
//! its cap weighs a thousand rows of the index. Good only for the very state that they were counted in.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use inbox::audience::Reader;
use inbox::moment::Moment;

use crate::Version;

/// Readers that are remembered; beyond it all are forgotten, and counted anew when they ask.
const READERS: usize = 4_096;

/// What this process counted last, by reader.
#[derive(Default)]
pub(crate) struct Counted(Mutex<HashMap<Reader, (Version, u32)>>);

impl Counted {
    /// So much was unread in this version.
    pub(crate) fn remember(&self, reader: &Reader, version: Version, unread: u32) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= READERS && !held.contains_key(reader) {
            held.clear();
        }
        held.insert(reader.clone(), (version, unread));
    }

    /// How much is unread in the state with this digest at `now`, if it was counted in just that state.
    pub(crate) fn unread(&self, reader: &Reader, digest: u64, now: Moment) -> Option<u32> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(reader).filter(|(version, _)| version.digest == digest && version.until > now).map(|(_, unread)| *unread)
    }
}

#[cfg(test)]
mod tests {
    use inbox::id::UserId;

    use super::*;

    fn anna() -> Reader {
        Reader::new(None, UserId::parse("anna").unwrap(), Vec::new())
    }

    #[test]
    fn only_the_same_state_is_remembered() {
        let (counted, until) = (Counted::default(), Moment::from_millis(1_000));
        counted.remember(&anna(), Version { digest: 7, until }, 3);
        let at = |digest, ms| counted.unread(&anna(), digest, Moment::from_millis(ms));
        assert_eq!((at(7, 999), at(7, 1_000), at(8, 999)), (Some(3), None, None));
        let other = Reader::new(None, UserId::parse("ben").unwrap(), Vec::new());
        assert_eq!(counted.unread(&other, 7, Moment::from_millis(0)), None);
    }

    #[test]
    fn it_does_not_grow_for_ever() {
        let counted = Counted::default();
        let version = Version { digest: 7, until: Moment::from_millis(1_000) };
        for number in 0..2 * READERS {
            let user = UserId::parse(&number.to_string()).unwrap();
            counted.remember(&Reader::new(None, user, Vec::new()), version, 1);
        }
        assert_eq!(counted.0.lock().unwrap().len(), READERS);
    }
}

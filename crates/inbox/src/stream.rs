//! A stream as a pure machine: when it beats, and when and why it ends. Time and news come in; nothing else happens here.

use std::time::Duration;

use crate::moment::Moment;

/// Why a stream ends. Always between two groups of events; the client resumes by its cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Its window is over: before the platform would cut it.
    Window,
    /// The token that opened it expired.
    TokenExpired,
    /// A newer stream of the same client instance took over.
    NewerTwin,
    /// The reader takes events slower than they come.
    SlowReader,
    /// The process stops.
    Shutdown,
    /// The store could not be read.
    StoreFailed,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Send a heartbeat now.
    Beat,
    /// End now.
    End(Ending),
    /// Nothing before this moment, unless something arrives.
    WaitUntil(Moment),
}

/// The clockwork of one stream.
#[derive(Clone, Debug)]
pub struct Clockwork {
    beat: Duration,
    next_beat: Moment,
    ends: Moment,
    why: Ending,
    called_off: Option<(Moment, Ending)>,
}

impl Clockwork {
    /// A stream opened at `now`, beating every `beat`, that ends after `window` or when its token expires, whichever is first.
    pub fn new(now: Moment, beat: Duration, window: Duration, token_expires: Moment) -> Self {
        let window_ends = now.plus(window);
        let (ends, why) = if token_expires <= window_ends { (token_expires, Ending::TokenExpired) } else { (window_ends, Ending::Window) };
        Self { beat, next_beat: now.plus(beat), ends, why, called_off: None }
    }

    /// Something was sent: the next heartbeat is a whole period away.
    pub fn sent(&mut self, now: Moment) {
        self.next_beat = now.plus(self.beat);
    }

    /// The stream shall end at this moment for this reason; an earlier ending stands.
    pub fn end_at(&mut self, at: Moment, why: Ending) {
        if self.called_off.is_none_or(|(earlier, _)| at < earlier) {
            self.called_off = Some((at, why));
        }
    }

    /// When it ends, by what is known now.
    pub fn ends(&self) -> Moment {
        self.ending().0
    }

    fn ending(&self) -> (Moment, Ending) {
        match self.called_off {
            Some((at, why)) if at <= self.ends => (at, why),
            Some(_) | None => (self.ends, self.why),
        }
    }

    /// What to do at `now`. After [`Step::Beat`] call [`Clockwork::sent`].
    pub fn step(&self, now: Moment) -> Step {
        let (ends, why) = self.ending();
        if now >= ends {
            Step::End(why)
        } else if now >= self.next_beat {
            Step::Beat
        } else {
            Step::WaitUntil(self.next_beat.min(ends))
        }
    }
}

#[cfg(test)]
mod tests;

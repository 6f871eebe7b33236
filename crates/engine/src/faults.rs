//! What may befall a call, on demand: see [`FaultPlan`] for the kinds. Off, it costs one atomic load a call.
//!
//! Every draw comes from the plan's seed, in the order in which calls arrive. Conditions are always judged against the truth, and
//! a commit is always atomic in it; only what readers are shown, and what callers are told, is bent.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::sync::watch;

use crate::answer::Answer;
use crate::dispatch::Call;
use crate::replicas::{Replicas, Visibility, Wait};
use crate::touched::Schemas;
use crate::truth::Truth;

/// The faults' own time: milliseconds since any fixed moment.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What befalls calls. The default is nothing. Probabilities are 0 to 1, for each attempt that reaches the engine.
#[derive(Clone, Debug, Default)]
pub struct FaultPlan {
    /// A write, or a transaction of reads, is refused for another transaction on one or more of its items: a transaction is
    /// cancelled with `TransactionConflict` among its reasons, a single write gets `TransactionConflictException`.
    pub conflict: f64,
    /// A call is throttled: `ProvisionedThroughputExceededException` or `ThrottlingException`, for a transaction of writes half of
    /// the time the cancellation reason `ThrottlingError`.
    pub throttle: f64,
    /// How many milliseconds a call takes longer, part of it before and part after the engine has done the work.
    pub delay_ms: Range<u64>,
    /// The write is done, but the connection breaks or times out before the answer. Of a transaction half of the time each retry
    /// by the SDK breaks too (so the caller gets the error), else the retry is answered by its token.
    pub cut_after_commit: f64,
    /// How old what an eventual read shows may be, in milliseconds. Every other such read, by chance, is served by the replica
    /// that lags: each item as of its own moment within this time, so that a later read may show an older state.
    pub stale_ms: u64,
    /// Show a transaction's items one after another; none: all at once.
    pub visibility: Option<Visibility>,
    /// What is told of the size of a transaction's item collections, in whole gigabytes, where the request asks for it.
    pub collections_gb: u64,
    /// Where all chance comes from.
    pub seed: u64,
}

/// What befalls the next transaction of writes, whatever the plan's probabilities say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forced {
    /// Cancelled with these codes, an item each, `None` for the rest.
    Reasons(Vec<&'static str>),
    /// Committed, but the caller, through all of the SDK's retries, gets a connection error.
    CutAfterCommit,
    /// Committed, but each item is seen only when [`Faults::reveal`] or [`Faults::reveal_all`] says so. Without a plan's
    /// [`Visibility`] the writer is answered at once.
    Hold,
    /// Both: the caller gets the error, the items are held.
    Stall,
}

/// How often what happened since the last [`Faults::set`] or [`Faults::heal`]; only while faults are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// `TransactWriteItems` that arrived, refused ones included; retries of a cut one by the SDK not.
    pub attempts: u64,
    /// Of those, the committed.
    pub commits: u64,
    /// Refusals for a conflict, of any call.
    pub conflicts: u64,
    /// Refusals by throttling.
    pub throttles: u64,
    /// Calls that were delayed.
    pub delays: u64,
    /// Writes done whose answer was cut.
    pub cuts: u64,
    /// Eventual reads served by the lagging replica.
    pub stale_reads: u64,
    /// Transactions whose items were held or stalled.
    pub held: u64,
}

/// The faults of one engine. To be switched while no call is in flight; what was held or late is then seen at once.
pub struct Faults {
    on: AtomicBool,
    state: Mutex<State>,
    /// Ticks whenever something may have become visible.
    changed: watch::Sender<()>,
}

/// How the caller learns that there is no answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    Timeout,
    Io,
}

/// What comes of a call, and after the visibility of which commit it may be told.
pub(crate) struct Outcome {
    pub(crate) reply: Result<Answer, Cut>,
    pub(crate) answered_after: Option<u64>,
}

/// A transaction whose answer was cut, by its token.
pub(crate) struct Remembered {
    pub(crate) answer: Answer,
    pub(crate) commit: Option<u64>,
    /// Set when retries are cut, too.
    pub(crate) again: Option<Cut>,
}

pub(crate) struct State {
    pub(crate) plan: FaultPlan,
    pub(crate) rng: StdRng,
    pub(crate) clock: Clock,
    pub(crate) forced: VecDeque<Forced>,
    pub(crate) counters: Counters,
    /// Made at the first call that needs them.
    pub(crate) replicas: Option<Replicas>,
    pub(crate) remembered: HashMap<String, Remembered>,
    pub(crate) schemas: Schemas,
    pub(crate) next_commit: u64,
}

impl Faults {
    pub(crate) fn new() -> Self {
        Self { on: AtomicBool::new(false), state: Mutex::new(State::new(tokio_clock())), changed: watch::Sender::new(()) }
    }

    /// From now on, this befalls calls. Starts chance and counters anew; forced one-shots not yet used are forgotten.
    pub fn set(&self, plan: FaultPlan) {
        self.replace(plan, true);
    }

    /// Ends all faults: everything committed is seen, every waiting writer is answered. The counters start anew.
    pub fn heal(&self) {
        self.replace(FaultPlan::default(), false);
    }

    fn replace(&self, plan: FaultPlan, on: bool) {
        let mut state = self.lock();
        let clock = Arc::clone(&state.clock);
        *state = State { rng: StdRng::seed_from_u64(plan.seed), plan, ..State::new(clock) };
        self.on.store(on, Ordering::Release);
        drop(state);
        self.changed.send_replace(());
    }

    /// Takes the time from `clock` instead of tokio's. Waiting is still done on tokio's, so the two had better advance together.
    pub fn set_clock(&self, clock: Clock) {
        self.lock().clock = clock;
    }

    /// Lets this befall the next transaction of writes that has none of its own yet. Switches faults on, if need be with an
    /// empty plan.
    pub fn next_transaction(&self, forced: Forced) {
        self.lock().forced.push_back(forced);
        self.on.store(true, Ordering::Release);
    }

    /// Shows every held version of the item with these key strings (`sk` empty where a table has none). Says whether there was one.
    pub fn reveal(&self, pk: &str, sk: &str) -> bool {
        self.reveal_where(|id| id.pk == pk && id.sk == sk)
    }

    /// Shows all that is held.
    pub fn reveal_all(&self) {
        self.reveal_where(|_| true);
    }

    fn reveal_where(&self, wanted: impl Fn(&crate::touched::ItemKey) -> bool) -> bool {
        let mut state = self.lock();
        let now = state.now();
        let found = state.replicas.as_mut().is_some_and(|replicas| replicas.reveal(now, wanted));
        drop(state);
        self.changed.send_replace(());
        found
    }

    /// How many versions are committed but not yet seen by consistent reads, held ones included.
    pub fn pending(&self) -> usize {
        let mut state = self.lock();
        // A failure to advance shows at the next call, which advances again.
        let _ = state.advance();
        state.replicas.as_ref().map_or(0, Replicas::pending)
    }

    /// What has happened so far.
    pub fn counters(&self) -> Counters {
        self.lock().counters
    }

    pub(crate) fn are_on(&self) -> bool {
        self.on.load(Ordering::Acquire)
    }

    pub(crate) fn delays(&self, call: &Call) -> (u64, u64) {
        self.lock().draw_delays(call)
    }

    pub(crate) fn run(&self, truth: &Truth, call: &Call) -> Outcome {
        self.lock().run(truth, call)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until each item of the commit is seen by consistent reads.
    pub(crate) async fn until_seen(&self, commit: u64) {
        let mut changed = self.changed.subscribe();
        loop {
            let wait = self.lock().wait(commit);
            let tick = changed.changed();
            match wait {
                Wait::Over => return,
                Wait::Held => drop(tick.await),
                Wait::Ms(ms) => drop(tokio::time::timeout(Duration::from_millis(ms), tick).await),
            }
        }
    }
}

impl std::fmt::Debug for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Faults").field("on", &self.are_on()).finish_non_exhaustive()
    }
}

impl State {
    fn new(clock: Clock) -> Self {
        Self {
            plan: FaultPlan::default(),
            rng: StdRng::seed_from_u64(0),
            clock,
            forced: VecDeque::new(),
            counters: Counters::default(),
            replicas: None,
            remembered: HashMap::new(),
            schemas: Schemas::default(),
            next_commit: 0,
        }
    }

    pub(crate) fn now(&self) -> u64 {
        (self.clock)()
    }
}

/// Milliseconds of tokio's clock, which stands still where tests pause it.
fn tokio_clock() -> Clock {
    #[expect(clippy::disallowed_methods, reason = "the default of an injectable clock; it follows tokio's paused time")]
    let origin = tokio::time::Instant::now();
    Arc::new(move || u64::try_from(origin.elapsed().as_millis()).unwrap_or(u64::MAX))
}

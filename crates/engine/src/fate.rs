//! Decides, from the plan and the seed, what befalls a call before it runs, and which copy serves a read.

use rand::Rng;
use rand::seq::IndexedRandom;
use serde_json::Value;

use crate::answer::{Answer, Throttle};
use crate::dispatch::Call;
use crate::faults::{Cut, State};
use crate::replicas::Replicas;
use crate::touched::Touched;

/// What kind of operation it is, as far as faults go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Read,
    TransactRead,
    Write,
    TransactWrite,
    /// Makes or drops tables: never disturbed, and done to every copy.
    Schema,
    /// Asks about tables: never disturbed.
    Other,
}

impl Kind {
    pub(crate) fn of(operation: &str) -> Self {
        match operation {
            "GetItem" | "BatchGetItem" | "Query" | "Scan" => Self::Read,
            "TransactGetItems" => Self::TransactRead,
            "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" => Self::Write,
            "TransactWriteItems" => Self::TransactWrite,
            "CreateTable" | "UpdateTable" | "DeleteTable" => Self::Schema,
            _ => Self::Other,
        }
    }

    fn is_disturbed(self) -> bool {
        !matches!(self, Self::Schema | Self::Other)
    }
}

impl State {
    /// Milliseconds to wait before and after the work.
    pub(crate) fn draw_delays(&mut self, call: &Call) -> (u64, u64) {
        if self.plan.delay_ms.is_empty() || !Kind::of(&call.operation).is_disturbed() {
            return (0, 0);
        }
        self.counters.delays += 1;
        let all = self.rng.random_range(self.plan.delay_ms.clone());
        let before = self.rng.random_range(0..=all);
        (before, all - before)
    }

    /// True with probability `p`; draws nothing for 0, so that a plan's faults do not shift each other's chances when off.
    pub(crate) fn roll(&mut self, p: f64) -> bool {
        p > 0.0 && self.rng.random_bool(p.min(1.0))
    }

    pub(crate) fn draw_cut(&mut self) -> Cut {
        self.counters.cuts += 1;
        if self.rng.random_bool(0.5) { Cut::Timeout } else { Cut::Io }
    }

    /// The refusal that chance, or an item not yet seen, has for this call.
    pub(crate) fn refuse(&mut self, kind: Kind, touched: &[Touched]) -> Option<Answer> {
        if kind.is_disturbed() && self.roll(self.plan.throttle) {
            self.counters.throttles += 1;
            return Some(self.throttled(kind, touched.len()));
        }
        let mut met = self.met_pending(kind, touched);
        if !met.contains(&true) && kind != Kind::Read && !touched.is_empty() && self.roll(self.plan.conflict) {
            let first = self.rng.random_range(0..met.len());
            for (n, met) in met.iter_mut().enumerate() {
                *met = n == first || self.rng.random_bool(0.25);
            }
        }
        met.contains(&true).then(|| self.conflict(kind, &met))
    }

    /// For each item, whether it is refused because an earlier commit of it is not seen yet. A transaction of reads always is.
    fn met_pending(&mut self, kind: Kind, touched: &[Touched]) -> Vec<bool> {
        let Some(replicas) = self.replicas.as_ref().filter(|_| kind != Kind::Read) else { return vec![false; touched.len()] };
        let met: Vec<bool> = touched.iter().map(|item| replicas.is_pending(&item.id)).collect();
        let p = self.plan.visibility.map_or(0.0, |visibility| visibility.pending_conflict);
        let refused = met.contains(&true) && (kind == Kind::TransactRead || self.roll(p));
        if refused { met } else { vec![false; touched.len()] }
    }

    fn conflict(&mut self, kind: Kind, met: &[bool]) -> Answer {
        self.counters.conflicts += 1;
        if kind == Kind::Write {
            return Answer::conflict();
        }
        let codes: Vec<&str> = met.iter().map(|met| if *met { "TransactionConflict" } else { "None" }).collect();
        Answer::canceled(&codes)
    }

    fn throttled(&mut self, kind: Kind, items: usize) -> Answer {
        if kind == Kind::TransactWrite && items > 0 && self.rng.random_bool(0.5) {
            let which = self.rng.random_range(0..items);
            let codes: Vec<&str> = (0..items).map(|n| if n == which { "ThrottlingError" } else { "None" }).collect();
            return Answer::canceled(&codes);
        }
        let how = [Throttle::Throughput, Throttle::Requests].choose(&mut self.rng).copied();
        Answer::throttled(how.unwrap_or(Throttle::Throughput))
    }

    /// Whether the lagging copy serves this read: by chance, and only an eventual one.
    pub(crate) fn draw_late(&mut self, call: &Call) -> bool {
        let lags = self.replicas.as_ref().and_then(Replicas::late).is_some();
        let late = lags && !is_consistent(call) && self.rng.random_bool(0.5);
        self.counters.stale_reads += u64::from(late);
        late
    }
}

/// A batch counts as consistent when it asks so for every table.
fn is_consistent(call: &Call) -> bool {
    let body: Value = serde_json::from_str(&call.body).unwrap_or_default();
    let asked = |part: &Value| part["ConsistentRead"] == Value::Bool(true);
    body["RequestItems"].as_object().map_or_else(|| asked(&body), |tables| tables.values().all(asked))
}

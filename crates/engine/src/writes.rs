//! Runs a call under faults: on the truth if it writes, on what is to be shown if it reads.

use dynoxide::{DynoxideError, Item, Result};
use rand::Rng;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::dispatch::{self, Call};
use crate::fate::Kind;
use crate::faults::{Forced, Outcome, Remembered, State};
use crate::replicas::{Ack, Replicas, Show, Version, Wait};
use crate::touched::Touched;
use crate::truth::Truth;

/// How a commit goes on after it is done.
struct Course {
    /// Within how many milliseconds its items are seen; none: when revealed.
    spread_ms: Option<u64>,
    ack: Ack,
    /// Whether the answer is cut, and if so whether on each retry.
    cut: Option<bool>,
}

impl State {
    pub(crate) fn run(&mut self, truth: &Truth, call: &Call) -> Outcome {
        let outcome = self.prepare(truth).and_then(|()| self.act(truth, call));
        outcome.unwrap_or_else(|error| told(Answer::error(&error)))
    }

    /// What a commit's writer waits for. A failure ends the wait: the next call reports it.
    pub(crate) fn wait(&mut self, commit: u64) -> Wait {
        if self.advance().is_err() {
            return Wait::Over;
        }
        let now = self.now();
        self.replicas.as_ref().map_or(Wait::Over, |replicas| replicas.wait(commit, now))
    }

    /// Brings the copies up to now.
    pub(crate) fn advance(&mut self) -> Result<()> {
        let now = self.now();
        self.replicas.as_mut().map_or(Ok(()), |replicas| replicas.advance(now, &mut self.rng))
    }

    /// A write that no fault befalls, such as a TTL deletion: it is seen after what was before it, and no sooner.
    pub(crate) fn undisturbed(&mut self, truth: &Truth, call: &Call) -> Result<Answer> {
        self.prepare(truth)?;
        let touched = self.touched(truth, call);
        let answer = truth.run(call);
        if answer.is_ok() {
            self.show(truth, touched, Some(0))?;
        }
        Ok(answer)
    }

    fn prepare(&mut self, truth: &Truth) -> Result<()> {
        let held = self.forced.iter().any(|forced| matches!(forced, Forced::Hold | Forced::Stall));
        if self.replicas.is_none() && (held || self.plan.visibility.is_some() || self.plan.stale_ms > 0) {
            self.replicas = Some(Replicas::of(truth, self.plan.stale_ms)?);
        }
        self.advance()
    }

    fn act(&mut self, truth: &Truth, call: &Call) -> Result<Outcome> {
        let kind = Kind::of(&call.operation);
        let token = if kind == Kind::TransactWrite { token_of(call) } else { None };
        if let Some(again) = token.as_deref().and_then(|token| self.retried(token)) {
            return Ok(again);
        }
        let touched = self.touched(truth, call);
        let forced = self.take_forced(kind);
        if let Some(refusal) = self.forced_refusal(forced.as_ref(), touched.len()) {
            return Ok(told(refusal));
        }
        if forced.is_none()
            && let Some(refusal) = self.refuse(kind, &touched)
        {
            return Ok(told(refusal));
        }
        match kind {
            Kind::Read => Ok(told(self.read(truth, call))),
            Kind::TransactRead | Kind::Other => Ok(told(truth.run(call))),
            Kind::Schema => Ok(told(self.change_schema(truth, call))),
            Kind::Write | Kind::TransactWrite => self.write(truth, call, touched, forced.as_ref(), token),
        }
    }

    fn touched(&mut self, truth: &Truth, call: &Call) -> Vec<Touched> {
        let body = serde_json::from_str(&call.body).unwrap_or_default();
        self.schemas.touched(truth, &call.operation, &body)
    }

    fn take_forced(&mut self, kind: Kind) -> Option<Forced> {
        if kind != Kind::TransactWrite {
            return None;
        }
        self.counters.attempts += 1;
        self.forced.pop_front()
    }

    fn forced_refusal(&mut self, forced: Option<&Forced>, items: usize) -> Option<Answer> {
        let Some(Forced::Reasons(given)) = forced else { return None };
        let codes: Vec<&str> = given.iter().copied().chain(std::iter::repeat("None")).take(items.max(given.len())).collect();
        self.counters.conflicts += u64::from(codes.contains(&"TransactionConflict"));
        Some(Answer::canceled(&codes))
    }

    fn read(&mut self, truth: &Truth, call: &Call) -> Answer {
        let late = self.draw_late(call);
        let copy = self.replicas.as_ref().map(|replicas| replicas.late().filter(|_| late).unwrap_or(replicas.seen()));
        copy.map_or_else(|| truth.run(call), |copy| dispatch::run(copy, call))
    }

    fn change_schema(&mut self, truth: &Truth, call: &Call) -> Answer {
        self.schemas.forget();
        let answer = truth.run(call);
        if answer.is_ok() {
            for copy in self.replicas.iter().flat_map(Replicas::each) {
                dispatch::run(copy, call);
            }
        }
        answer
    }

    fn write(
        &mut self,
        truth: &Truth,
        call: &Call,
        touched: Vec<Touched>,
        forced: Option<&Forced>,
        token: Option<String>,
    ) -> Result<Outcome> {
        let mut answer = truth.run(call);
        if !answer.is_ok() {
            return Ok(told(answer));
        }
        if self.plan.collections_gb > 0 {
            answer = answer.with_collections(call, &touched, self.plan.collections_gb);
        }
        let transaction = Kind::of(&call.operation) == Kind::TransactWrite;
        self.counters.commits += u64::from(transaction);
        let course = self.course(transaction, forced);
        let commit = self.show(truth, touched, course.spread_ms)?;
        let Some(every_time) = course.cut else {
            let answered_after = commit.filter(|_| course.ack == Ack::AfterVisible);
            return Ok(Outcome { reply: Ok(answer), answered_after });
        };
        let cut = self.draw_cut();
        if let Some(token) = token {
            self.remembered.insert(token, Remembered { answer, commit, again: every_time.then_some(cut) });
        }
        Ok(Outcome { reply: Err(cut), answered_after: None })
    }

    fn course(&mut self, transaction: bool, forced: Option<&Forced>) -> Course {
        let visibility = self.plan.visibility.filter(|_| transaction);
        let ack = visibility.map_or(Ack::Immediately, |visibility| visibility.ack);
        let hold = matches!(forced, Some(Forced::Hold | Forced::Stall));
        let lose = matches!(forced, Some(Forced::CutAfterCommit | Forced::Stall));
        let stalled = forced.is_none() && visibility.is_some_and(|visibility| self.roll(visibility.stall));
        self.counters.held += u64::from(hold || stalled);
        let spread = visibility.map_or(0, |visibility| if stalled { visibility.stall_ms } else { visibility.spread_ms });
        let cut = if lose || stalled {
            Some(true)
        } else if forced.is_none() && self.roll(self.plan.cut_after_commit) {
            Some(transaction && self.rng.random_bool(0.5))
        } else {
            None
        };
        Course { spread_ms: (!hold).then_some(spread), ack, cut }
    }

    /// Plans when what was written is seen. Returns the commit's number, where there are copies.
    fn show(&mut self, truth: &Truth, touched: Vec<Touched>, spread_ms: Option<u64>) -> Result<Option<u64>> {
        let now = self.now();
        let Some(replicas) = &mut self.replicas else { return Ok(None) };
        self.next_commit += 1;
        let commit = self.next_commit;
        for Touched { id, key, .. } in touched.into_iter().filter(|item| item.written) {
            let image = image(truth, &id.table, &key)?;
            let show = spread_ms.map_or(Show::WhenRevealed, |spread| Show::At(now + self.rng.random_range(0..=spread)));
            replicas.plan(Version { id, key, image, commit }, show);
        }
        replicas.advance(now, &mut self.rng)?;
        Ok(Some(commit))
    }

    /// The answer to the SDK's retry of a transaction that was done but whose answer was cut.
    fn retried(&mut self, token: &str) -> Option<Outcome> {
        let now = self.now();
        let remembered = self.remembered.get(token)?;
        let waits = |commit| self.replicas.as_ref().is_some_and(|replicas| replicas.wait(commit, now) != Wait::Over);
        let reply = match remembered.again {
            Some(cut) => Err(cut),
            None if remembered.commit.is_some_and(waits) => Ok(Answer::in_progress()),
            None => Ok(remembered.answer.clone()),
        };
        Some(Outcome { reply, answered_after: None })
    }
}

fn told(answer: Answer) -> Outcome {
    Outcome { reply: Ok(answer), answered_after: None }
}

fn image(truth: &Truth, table: &str, key: &Item) -> Result<Option<Item>> {
    let answer = truth.ask("GetItem", &json!({ "TableName": table, "Key": key, "ConsistentRead": true }))?;
    let item = answer.get("Item").cloned().map(serde_json::from_value).transpose();
    item.map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

fn token_of(call: &Call) -> Option<String> {
    let body: Value = serde_json::from_str(&call.body).ok()?;
    Some(body["ClientRequestToken"].as_str()?.to_owned())
}

//! What is logged when a commit is given up: why, once, and none of its text.

use std::fmt;
use std::sync::{Arc, Mutex};

use engine::Forced;
use inbox::id::Category;
use inbox::preferences::Preferences;
use service::{Error, Mark, Outcome, Target};
use testkit::{World, notify, reader};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::common::find;

/// A log of this thread: a line an event.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("service")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0.join(" "));
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Line(Vec<String>);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push(format!("{field}={value:?}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_is_given_up_says_why_once_and_nothing_of_its_text() {
    let w = World::new(500).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    w.send(notify("anna", "secret")).await;
    let one = find(s, &anna, "secret").await;
    let log = Log::default();
    let _guard = testkit::log_to(log.clone());
    for act in ["deliver", "mark", "mark all", "preferences"] {
        // Nobody sees what is stored, nor can anybody write over it, for as long as it is tried.
        w.engine().faults().next_transaction(Forced::Stall);
        let busy = |error: &Error| matches!(error, Error::Busy { .. });
        let given_up = match act {
            "deliver" => w.deliver([notify("anna", "secret")]).await == [Outcome::Trouble],
            "mark" => s.mark(&anna, Target::Ids(vec![one]), Mark::Read).await.is_err_and(|error| busy(&error)),
            "mark all" => s.mark(&anna, Target::All { up_to: None }, Mark::Delete).await.is_err_and(|error| busy(&error)),
            _ => {
                let muted = std::iter::once(Category::parse("c1").unwrap()).collect();
                s.set_preferences(&anna, Preferences { muted }).await.is_err_and(|error| busy(&error))
            }
        };
        assert!(given_up, "{act}");
        let lines = log.take();
        let why: Vec<_> = lines.iter().filter(|line| line.contains("given up")).collect();
        assert!(why.len() == 1 && why[0].contains("error="), "{act}: {lines:#?}");
        assert!(!lines.iter().any(|line| line.contains("secret")), "{act}: {lines:#?}");
        w.engine().faults().heal();
    }
}

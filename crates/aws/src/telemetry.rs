//! Logs as JSON lines, and metrics in CloudWatch's embedded format: both go to standard output, where Lambda takes them.
//!
//! Neither ever holds a token, a title or a message. Each line of a log carries the request's id, by Lambda's own span.

use std::collections::BTreeMap;
use std::io::Write as _;

use inbox::moment::Moment;
use serde_json::{Map, Value, json};
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{Targets, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

/// Under which all metrics stand.
pub const NAMESPACE: &str = "Belfry";

/// What is counted. Every name is in `infra/dashboard.yaml` or an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Commits that another writer beat, and that were decided anew.
    CommitConflicts,
    /// Streams that are held by all instances together, when one more was asked for.
    StreamsOpen,
    /// Streams that were not taken because there are enough.
    StreamsRefused,
    /// Messages that sockets took.
    PushesPosted,
    /// Messages to sockets that were closed already.
    PushesGone,
    /// Answers that told us to wait.
    PushesThrottled,
    /// Messages that were given up; their clients notice by the next number or ping.
    PushesLost,
    /// Events that changed something.
    EventsApplied,
    /// Events that changed nothing, since they had come before.
    EventsDuplicate,
    /// Events that no try can apply; they are in the dead-letter queue.
    EventsPoison,
    /// Events that were left to the queue.
    EventsTrouble,
    /// Of the feeds that were written to, how many gigabytes the largest holds; only from one on.
    LargestFeed,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::CommitConflicts,
        Self::StreamsOpen,
        Self::StreamsRefused,
        Self::PushesPosted,
        Self::PushesGone,
        Self::PushesThrottled,
        Self::PushesLost,
        Self::EventsApplied,
        Self::EventsDuplicate,
        Self::EventsPoison,
        Self::EventsTrouble,
        Self::LargestFeed,
    ];

    /// Its name in CloudWatch.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CommitConflicts => "CommitConflicts",
            Self::StreamsOpen => "StreamsOpen",
            Self::StreamsRefused => "StreamsRefused",
            Self::PushesPosted => "PushesPosted",
            Self::PushesGone => "PushesGone",
            Self::PushesThrottled => "PushesThrottled",
            Self::PushesLost => "PushesLost",
            Self::EventsApplied => "EventsApplied",
            Self::EventsDuplicate => "EventsDuplicate",
            Self::EventsPoison => "EventsPoison",
            Self::EventsTrouble => "EventsTrouble",
            Self::LargestFeed => "LargestFeed",
        }
    }

    /// What it is counted in, by CloudWatch's names.
    const fn unit(self) -> &'static str {
        if matches!(self, Self::LargestFeed) { "Gigabytes" } else { "Count" }
    }
}

/// What one invocation counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<Metric, u64>);

impl Counts {
    /// So many more.
    pub fn add(&mut self, metric: Metric, count: u64) {
        if count > 0 {
            *self.0.entry(metric).or_default() += count;
        }
    }

    /// How many.
    pub fn get(&self, metric: Metric) -> u64 {
        self.0.get(&metric).copied().unwrap_or(0)
    }

    /// The line that CloudWatch reads (Embedded Metric Format specification, 2026); `None` where nothing was counted. The function is the one dimension,
    /// so that metrics stay few.
    pub fn line(&self, function: &str, now: Moment) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let metrics: Vec<Value> = self.0.keys().map(|metric| json!({"Name": metric.name(), "Unit": metric.unit()})).collect();
        let mut line = Map::new();
        line.insert(
            "_aws".to_owned(),
            json!({"Timestamp": now.millis(), "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [["Function"]], "Metrics": metrics}]}),
        );
        line.insert("Function".to_owned(), json!(function));
        line.extend(self.0.iter().map(|(metric, count)| (metric.name().to_owned(), json!(count))));
        Some(Value::Object(line).to_string())
    }

    /// Writes the line.
    pub fn emit(&self, function: &str, now: Moment) {
        if let Some(line) = self.line(function, now) {
            // A metric that cannot be written is no reason to fail.
            let _ = writeln!(std::io::stdout().lock(), "{line}");
        }
    }
}

/// The crates whose every word is checked to hold nothing of a user's.
const OURS: [&str; 15] = [
    "api",
    "auth",
    "aws",
    "belfry",
    "belfry_http",
    "contract",
    "deliver",
    "engine",
    "fanout",
    "inbox",
    "local",
    "service",
    "stream",
    "table",
    "websocket",
];

/// Whether a line may be written whatever the filter says. Other crates tell whole requests and answers at `trace`, tokens, tickets and titles
/// among them, and some of it at `debug`: nothing beyond `info` is taken from them.
pub fn is_discreet(metadata: &Metadata<'_>) -> bool {
    let source = metadata.target().split("::").next().unwrap_or_default();
    *metadata.level() <= Level::INFO || OURS.contains(&source)
}

/// Starts the log: JSON lines, what `filter` lets through (`info`, `warn,service=debug`); a filter that cannot be read counts as `info`.
///
/// # Errors
/// A log was started before.
pub fn start(filter: &str) -> Result<(), tracing::subscriber::SetGlobalDefaultError> {
    tracing::subscriber::set_global_default(lines(filter, std::io::stdout))?;
    if let Err(problem) = filter.parse::<Targets>() {
        tracing::warn!("BELFRY_LOG={filter} cannot be read ({problem}); info it is");
    }
    Ok(())
}

/// The log that [`start`] starts, written elsewhere: one JSON object a line. Lambda stamps each with its time; a second stamp would cost
/// bytes that are paid for.
pub fn lines<W>(filter: &str, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let targets: Targets = filter.parse().unwrap_or_else(|_| Targets::new().with_default(Level::INFO));
    // Spans carry the request's ids, so they stand in every line, however little else is wanted.
    let wanted = filter_fn(move |metadata| {
        let names_request = metadata.is_span() && *metadata.level() <= Level::INFO;
        names_request || (is_discreet(metadata) && targets.would_enable(metadata.target(), metadata.level()))
    });
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false).without_time();
    tracing_subscriber::registry().with(lines.with_writer(writer).with_filter(wanted))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn metrics_stand_in_the_embedded_format() {
        let mut counts = Counts::default();
        counts.add(Metric::EventsApplied, 9);
        counts.add(Metric::EventsPoison, 1);
        counts.add(Metric::EventsTrouble, 0);
        counts.add(Metric::LargestFeed, 8);
        let line = counts.line("deliver", Moment::from_millis(1_772_366_400_123)).unwrap();
        let expected = json!({
            "_aws": {"Timestamp": 1_772_366_400_123_i64, "CloudWatchMetrics": [{
                "Namespace": "Belfry",
                "Dimensions": [["Function"]],
                "Metrics": [{"Name": "EventsApplied", "Unit": "Count"}, {"Name": "EventsPoison", "Unit": "Count"}, {"Name": "LargestFeed", "Unit": "Gigabytes"}],
            }]},
            "Function": "deliver",
            "EventsApplied": 9,
            "EventsPoison": 1,
            "LargestFeed": 8,
        });
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), expected);
    }

    #[test]
    fn nothing_counted_is_no_line() {
        assert_eq!(Counts::default().line("api", Moment::from_millis(0)), None);
    }

    /// What was written, to be read.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_of_the_log_is_json_and_names_its_request() {
        let written = Written::default();
        let writer = written.clone();
        let log = lines("warn", move || writer.clone());
        tracing::subscriber::with_default(log, || {
            let _request = tracing::info_span!("Lambda runtime invoke", requestId = "8f3c").entered();
            let _inner = tracing::info_span!("request", request.id = "c6af").entered();
            tracing::info!("nobody wants this");
            tracing::warn!(attempt = 2, "trying again");
        });
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&line["level"], &line["message"], &line["attempt"]), (&json!("WARN"), &json!("trying again"), &json!(2)));
        assert_eq!((&line["spans"][0]["requestId"], &line["spans"][1]["request.id"]), (&json!("8f3c"), &json!("c6af")));
    }

    #[test]
    fn what_others_say_beyond_info_is_never_written() {
        let written = Written::default();
        let writer = written.clone();
        tracing::subscriber::with_default(lines("trace,lambda_runtime=trace", move || writer.clone()), || {
            tracing::trace!(target: "lambda_runtime::layers::api_response", "hunter2");
            tracing::debug!(target: "aws_smithy_runtime::client::orchestrator", "hunter2");
            let _span = tracing::debug_span!(target: "hyper::proto", "read", bytes = "hunter2").entered();
            tracing::info!(target: "h2::client", "theirs");
            tracing::trace!(target: "service::push", "ours");
            tracing::trace!(target: "aws", "ours");
        });
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert_eq!((text.matches("theirs").count(), text.matches("ours").count(), text.contains("hunter2")), (1, 2, false), "{text}");
    }

    #[test]
    fn names_are_distinct() {
        let names: std::collections::BTreeSet<_> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        assert_eq!(names.len(), Metric::ALL.len());
    }
}

//! The functions as packages and as processes: `cargo bench -p benches --bench functions`.
//!
//! Builds them for release, or takes those that `BELFRY_FUNCTIONS` names a folder of (`target/lambda`, as `cargo lambda build --release` fills it).
//! Each starts fifty times under a Runtime API on loopback, with the table on
//! loopback too, and gets one event at once: from before the process is made to its answer. Then one of them works on, for its memory.
//! `-- api` measures that one alone.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use benches::packages::root;
use benches::{figure, timed_async};
use serde_json::{Value, json};
use testkit::lambda::{Function, Launch};
use testkit::site::Site;
use testkit::{broadcast, notify};

const STARTS: usize = 50;
/// Enough work that a leak, or a pool that grows, would show.
const MORE: usize = 200;
const SHARDS: u32 = 16;
/// Lambda's image has its certificates in one file (`provided.al2023`). Debian has each in a file of its own besides, and to read all of those
/// takes 2.5 ms that no function spends.
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";
/// After so long a commit is read as it stands.
const SETTLED: Duration = Duration::from_secs(12);

/// A function, and the event that it starts with.
struct Case {
    name: &'static str,
    event: &'static str,
    streams: bool,
}

const CASES: [Case; 5] = [
    Case { name: "api", event: "api-list.json", streams: false },
    Case { name: "stream", event: "stream-open.json", streams: true },
    Case { name: "websocket", event: "socket-connect-bearer.json", streams: false },
    Case { name: "deliver", event: "deliver-batch.json", streams: false },
    Case { name: "fanout", event: "fanout-job.json", streams: false },
];

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |case: &&Case| asked.is_empty() || asked.iter().any(|name| name == case.name);
    let cases: Vec<&Case> = CASES.iter().filter(wanted).collect();
    let binary = benches::packages::find(&cases.iter().map(|case| case.name).collect::<Vec<_>>());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    for case in cases {
        let binary = binary(case.name);
        for (what, bytes) in [("stripped", size(&binary)), ("zip", zipped(&binary))] {
            figure(&format!("{}: {what}", case.name), mib(bytes), "MiB");
            figure(&format!("{}: {what}, exactly", case.name), as_f64(bytes), "bytes");
        }
        runtime.block_on(measure(case, &binary));
    }
}

async fn measure(case: &Case, binary: &Path) {
    let site = Site::open(SHARDS).await;
    for number in 0..50 {
        site.deliver([notify("anna", &format!("Notification {number}"))]).await;
    }
    // Without a commit to tell of, a job would wait for it.
    site.deliver([broadcast("everyone", "Maintenance at six")]).await;
    // What came in the last ten seconds is read with more care; most readers come later.
    tokio::time::sleep(SETTLED).await;
    let event = std::fs::read(root().join("events").join(case.event)).expect("an event");
    let launch = site.launch(binary).with("BELFRY_STREAM_WINDOW_S", "60");
    let launch = if Path::new(BUNDLE).exists() { launch.with("SSL_CERT_FILE", BUNDLE) } else { launch };
    let mut spans = Vec::new();
    for number in 0..STARTS {
        let event = fresh(case, &event, number);
        let ((), span) = timed_async(async {
            let function = launch.start().await;
            answered(case, &function, &event).await;
        })
        .await;
        spans.push(span);
    }
    spans.sort();
    figure(&format!("{}: spawn to first answer, p50 of {STARTS}", case.name), millis(spans[STARTS / 2]), "ms");
    figure(&format!("{}: spawn to first answer, p99 of {STARTS}", case.name), millis(spans[STARTS - 1]), "ms");
    warm(case, &launch, &event).await;
}

/// One process that goes on.
async fn warm(case: &Case, launch: &Launch, event: &[u8]) {
    let function = launch.clone().with("BELFRY_STREAM_WINDOW_S", "1").start().await;
    let events = if case.streams { 5 } else { MORE };
    let mut spans = Vec::new();
    for number in 0..events {
        let event = fresh(case, event, STARTS + number);
        let ((), span) = timed_async(answered(case, &function, &event)).await;
        spans.push(span);
    }
    spans.sort();
    if !case.streams {
        figure(&format!("{}: answer when warm, p50 of {events}", case.name), millis(spans[events / 2]), "ms");
    }
    let peak = function.peak_kib().expect("Linux");
    figure(&format!("{}: peak memory after {events} events", case.name), as_f64(peak) / 1_024.0, "MiB");
}

/// The same event with other identities, so that it is not known already.
fn fresh(case: &Case, event: &[u8], number: usize) -> Vec<u8> {
    if case.name != "deliver" {
        return event.to_vec();
    }
    let mut event: Value = serde_json::from_slice(event).expect("JSON");
    for record in event["Records"].as_array_mut().into_iter().flatten() {
        let mut body: Value = record["body"].as_str().and_then(|body| serde_json::from_str(body).ok()).expect("JSON");
        body["id"] = json!(format!("event-{number}-{}", record["messageId"].as_str().unwrap_or_default()));
        record["body"] = json!(body.to_string());
    }
    event.to_string().into_bytes()
}

/// Waits for the answer, and insists on a good one: of a stream for its first bytes, then its end where that is near.
async fn answered(case: &Case, function: &Function, event: &[u8]) {
    let invocation = function.invoke(event);
    if case.streams {
        let mut streamed = invocation.streamed().await.expect("a stream");
        assert_eq!(streamed.status, 200, "{}", function.log());
        streamed.chunk().await.expect("its beginning");
        return;
    }
    let answer = invocation.returned().await.expect("an answer");
    let good = answer["statusCode"] == 200 || answer["batchItemFailures"].as_array().is_some_and(Vec::is_empty);
    assert!(good, "{answer}\n{}", function.log());
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).expect("a file").len()
}

/// As packages are made: deflated, the binary under the name `bootstrap`.
fn zipped(binary: &Path) -> u64 {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::copy(binary, folder.path().join("bootstrap")).expect("a copy");
    let mut python = Command::new("python3");
    python.args(["-m", "zipfile", "-c", "package.zip", "bootstrap"]);
    assert!(python.current_dir(folder.path()).status().expect("python3").success());
    size(&folder.path().join("package.zip"))
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}

fn mib(bytes: u64) -> f64 {
    as_f64(bytes) / 1_048_576.0
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn as_f64(number: u64) -> f64 {
    number as f64
}

//! What `events/README.md` has people do: each event by `cargo lambda invoke`, under the Runtime API of `cargo lambda watch`.
//!
//! That one and ours are two readings of the same protocol. What came of an event is looked at more closely in `events.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::{Site, root};

/// What each event gets as it stands in its file: a ticket that is none is refused, and a cursor that is none is a `reset`.
const ANSWERS: [(&str, &str); 40] = [
    ("api-base-path.json", "200"),
    ("api-base64-body.json", "200"),
    ("api-broadcast.json", "202"),
    ("api-decoded-path.json", "202"),
    ("api-decoded-query.json", "200"),
    ("api-encoded-path.json", "202"),
    ("api-head.json", "200"),
    ("api-list.json", "200"),
    ("api-malformed-body.json", "400"),
    ("api-multi-value.json", "200"),
    ("api-no-credential.json", "401"),
    ("api-options.json", "204"),
    ("api-stage-in-path.json", "200"),
    ("api-stage-prefix.json", "200"),
    ("api-ticket.json", "200"),
    ("api-trailing-slash.json", "200"),
    ("api-two-cookies.json", "200"),
    ("deliver-batch.json", "[]"),
    ("deliver-duplicate.json", "[]"),
    ("deliver-poison.json", "[]"),
    ("deliver-wrong-attribute.json", "[]"),
    ("fanout-job.json", "[]"),
    ("fanout-poison.json", "[]"),
    ("fanout-sweep.json", "[]"),
    ("socket-binary.json", "200"),
    ("socket-connect-bearer.json", "200"),
    ("socket-connect-cookie.json", "401"),
    ("socket-connect-subprotocol.json", "401"),
    ("socket-connect-ticket.json", "401"),
    ("socket-disconnect.json", "200"),
    ("socket-ping.json", "200"),
    ("socket-resume.json", "200"),
    ("socket-unknown-action.json", "200"),
    ("stream-bad-cursor.json", "retry: "),
    ("stream-head.json", ""),
    ("stream-open.json", "retry: "),
    ("stream-resume.json", "retry: "),
    ("stream-ticket.json", "Error: A valid credential is needed"),
    ("stream-two-cookies.json", "retry: "),
    ("stream-types.json", "retry: "),
];
/// Functions by what their events' names begin with.
const FUNCTIONS: [(&str, &str); 5] =
    [("api", "api"), ("deliver", "deliver"), ("fanout", "fanout"), ("socket", "websocket"), ("stream", "stream")];

fn cargo_lambda() -> Command {
    let path = root().join("target/tools/sam-venv/bin/cargo-lambda");
    assert!(path.exists(), "{} is missing: `cargo xtask tools` installs it", path.display());
    let mut command = Command::new(path);
    command.arg("lambda").current_dir(root()).stdin(Stdio::null());
    command
}

/// `cargo lambda watch` with its Runtime API alone, since what it would build is built. Gone when dropped.
struct Watch {
    process: Child,
    port: String,
}

impl Watch {
    async fn start() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = cargo_lambda();
        command.args(["watch", "--only-lambda-apis", "--ignore-changes", "--quiet", "-A", "127.0.0.1", "-P", &port.to_string()]);
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let watch = Self { process, port: port.to_string() };
        // It tells nobody when it listens, so it is asked until it does, for 20 s at most.
        for _ in 0..1_000 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return watch;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("cargo lambda watch does not listen")
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API` for a function of this name.
    fn runtime_api(&self, function: &str) -> String {
        format!("http://127.0.0.1:{}/.rt/{function}", self.port)
    }

    /// What `cargo lambda invoke` prints.
    async fn invoke(&self, function: &str, file: &str) -> String {
        let mut command = cargo_lambda();
        command.args(["invoke", function, "-A", "127.0.0.1", "-P", &self.port, "--output-format", "text", "--data-file"]);
        command.arg(root().join("events").join(file));
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        // It takes a problem in a streamed answer for a failure of the function, and tells it by its title.
        let said = if output.status.success() { output.stdout } else { output.stderr };
        String::from_utf8(said).unwrap().trim_start().to_owned()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.process.kill().and_then(|()| self.process.wait()));
    }
}

/// An answer's status, or what failed of a batch; of a stream, all that it brought.
fn told(printed: &str) -> String {
    let answer: Value = serde_json::from_str(printed).unwrap_or_default();
    answer.get("statusCode").or(answer.get("batchItemFailures")).map_or_else(|| printed.to_owned(), Value::to_string)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_can_be_tried_by_hand() {
    let files = std::fs::read_dir(root().join("events")).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = files.filter(|name| name.contains(".json")).collect();
    assert_eq!(files, ANSWERS.iter().map(|(name, _)| (*name).to_owned()).collect(), "an event that nobody tries, or that is gone");

    let (site, watch) = (Site::open().await, Watch::start().await);
    let mut wrong = BTreeMap::new();
    for (prefix, function) in FUNCTIONS {
        let launch = site.launch(function).with("AWS_LAMBDA_RUNTIME_API", watch.runtime_api(function));
        let _running = launch.with("BELFRY_STREAM_WINDOW_S", "1").start().await;
        for (file, wanted) in ANSWERS.iter().filter(|(file, _)| file.starts_with(prefix)) {
            let printed = watch.invoke(function, file).await;
            let told = told(&printed);
            if told != *wanted && (wanted.is_empty() || !told.starts_with(wanted) || told.len() < 8) {
                wrong.insert(*file, printed);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

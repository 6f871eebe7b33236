//! A `belfry serve` of a test's own, a job's SNS client, and a browser's stream.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use aws_sdk_sns::config::{BehaviorVersion, Credentials, Region};
use contract::sse::{Frame, Parser};
use serde_json::Value;

pub(crate) const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:belfry";
/// Far longer than anything here takes; only a hang reaches it.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Server {
    pub(crate) process: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start(data: &Path, options: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_belfry"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("BELFRY_")) {
            command.env_remove(name);
        }
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data).args(options);
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = lines.next().unwrap().unwrap().strip_prefix("Belfry is at ").unwrap().to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, url }
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks it to end, as a supervisor does.
    pub(crate) fn ask_to_end(&self) {
        assert!(Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().unwrap().success());
    }

    pub(crate) fn wait(mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }

    pub(crate) fn sns(&self) -> aws_sdk_sns::Client {
        let config = aws_sdk_sns::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("local", "local", None, None, "test"))
            .endpoint_url(&self.url)
            .build();
        aws_sdk_sns::Client::from_conf(config)
    }

    pub(crate) async fn publish(&self, event: &Value) {
        self.sns().publish().topic_arn(TOPIC).message(event.to_string()).send().await.unwrap();
    }

    pub(crate) async fn get(&self, data: &Path, user: &str, path: &str) -> Value {
        let request = client().get(format!("{}{path}", self.url)).bearer_auth(token(data, user));
        serde_json::from_str(&request.send().await.unwrap().error_for_status().unwrap().text().await.unwrap()).unwrap()
    }

    pub(crate) async fn stream(&self, data: &Path, user: &str, after: &str) -> Listener {
        let mut request = client().get(format!("{}/api/stream/events", self.url)).bearer_auth(token(data, user));
        if !after.is_empty() {
            request = request.header("last-event-id", after);
        }
        let response = request.header("accept-encoding", "gzip").send().await.unwrap().error_for_status().unwrap();
        assert!(response.headers().get("content-encoding").is_none());
        let mut listener = Listener { response, parser: Parser::new(""), waiting: VecDeque::new(), raw: Vec::new(), ended: false };
        // The opening is read at once, so that the place is known.
        while listener.place().is_empty() {
            listener.read().await;
        }
        listener
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.process.try_wait().unwrap().is_none() {
            self.process.kill().unwrap();
            self.process.wait().unwrap();
        }
    }
}

pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

pub(crate) fn token(data: &Path, user: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_belfry")).args(["token", "--user", user, "--data"]).arg(data).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A stream over a real socket.
pub(crate) struct Listener {
    response: reqwest::Response,
    parser: Parser,
    waiting: VecDeque<Frame>,
    pub(crate) raw: Vec<u8>,
    pub(crate) ended: bool,
}

impl Listener {
    async fn read(&mut self) {
        match tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("something arrives") {
            Ok(Some(bytes)) => {
                self.raw.extend_from_slice(&bytes);
                self.waiting.extend(self.parser.feed(&bytes));
            }
            Ok(None) | Err(_) => self.ended = true,
        }
    }

    pub(crate) fn place(&self) -> &str {
        self.parser.last_event_id()
    }

    /// The next event or comment; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.waiting.pop_front() {
                return Some(frame);
            }
            if self.ended {
                return None;
            }
            self.read().await;
        }
    }

    /// The next event with a notification; its title.
    pub(crate) async fn title(&mut self) -> Option<String> {
        loop {
            if let Frame::Message { data, .. } = self.next().await? {
                let event: Value = serde_json::from_str(&data).unwrap();
                if let Some(title) = event["notification"]["title"].as_str() {
                    return Some(title.to_owned());
                }
            }
        }
    }
}

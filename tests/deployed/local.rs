//! `belfry serve` as a process of its own, one for each scenario.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use futures::future::LocalBoxFuture;

use crate::built::belfry;
use crate::deployment::{DeadLetters, Deployment, ISSUER, PAGE};

/// Its topic.
const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:belfry";
/// What signs its tokens.
const SECRET: &str = "the secret of the deployed tests, long enough";

/// A server in a folder of its own; gone when dropped.
struct Server {
    process: Child,
    url: String,
    home: tempfile::TempDir,
}

impl Server {
    /// Ready when this returns: its address is the first that it says, once it listens.
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(belfry());
        let ours = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with("BELFRY_") || name.to_string_lossy().starts_with("AWS_");
        for (name, _) in std::env::vars_os().filter(|(name, _)| ours(name)) {
            command.env_remove(name);
        }
        let options = ["serve", "--listen", "127.0.0.1:0", "--jwt-secret", SECRET, "--issuer", ISSUER, "--allowed-origin", PAGE];
        command.args(options).env("NO_PROXY", "*").current_dir(home.path()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first = lines.next().expect("it says where it is").unwrap();
        // Its other lines are read away, lest it wait for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        let url = first.strip_prefix("Belfry is at ").unwrap_or_else(|| panic!("{first}")).to_owned();
        Self { process, url, home }
    }

    fn deployment(&self) -> Deployment {
        Deployment {
            rest_url: self.url.clone(),
            sockets_url: format!("{}/ws", self.url.replacen("http", "ws", 1)),
            sns_url: self.url.clone(),
            topic_arn: TOPIC.to_owned(),
            secret: SECRET.to_owned(),
            dead_letters: DeadLetters::File(self.home.path().join("belfry-data/dead-letters.jsonl")),
            has_stream: true,
            has_whole_sockets: true,
            has_answers_of_its_own: true,
            prefix: String::new(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs a scenario against a new server.
pub(crate) async fn run(name: &str, scenario: impl for<'a> Fn(&'a Deployment) -> LocalBoxFuture<'a, ()>) {
    let server = Server::start();
    scenario(&server.deployment().named(name)).await;
}

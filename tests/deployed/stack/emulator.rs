//! `MiniStack`: what stands in for AWS, as a process with everything that it starts in one group.

use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::Select;

use futures::FutureExt as _;

use crate::built::root;
use crate::client::{KEY, REGION, sns, sqs};
use crate::wait::eventually;

/// A running emulator; gone when dropped, with the functions that it runs.
pub(crate) struct Emulator {
    process: Child,
    port: u16,
    home: tempfile::TempDir,
}

/// A program of a set of tools.
pub(crate) fn tool(set: &str, name: &str) -> PathBuf {
    let path = root().join(format!("target/tools/{set}-venv/bin/{name}"));
    assert!(path.exists(), "{} is missing: `cargo xtask tools` installs it", path.display());
    path
}

impl Emulator {
    /// Ready when this returns.
    pub(crate) async fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = File::create(home.path().join("log")).unwrap();
        let mut command = Command::new(tool("ministack", "python"));
        command.args(["-m", "ministack"]).env_clear().current_dir(home.path());
        // Whatever it runs is kept in its home, and finds its way back by the address.
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", home.path()).env("TMPDIR", home.path());
        command.env("BIND_HOST", "127.0.0.1").env("GATEWAY_PORT", port.to_string()).env("MINISTACK_HOST", "127.0.0.1");
        command.env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}")).env("AWS_DEFAULT_REGION", REGION);
        command.env("AWS_ACCESS_KEY_ID", KEY).env("AWS_SECRET_ACCESS_KEY", KEY);
        // Neither is ours, and both would listen elsewhere.
        command.env("IOT_MTLS_ENABLED", "0").env("SFTP_ENABLED", "0");
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).process_group(0);
        let process = command.spawn().unwrap();
        let emulator = Self { process, port, home };
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let health = format!("{}/_ministack/health", emulator.url());
        eventually("the emulator", async || http.get(&health).send().await.is_ok_and(|answer| answer.status().is_success()).then_some(()))
            .await;
        emulator
    }

    /// `127.0.0.1:40123`.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The emulator's own address for an API of API Gateway's: `https://ID.execute-api.…/STAGE`.
    pub(crate) fn reached(&self, url: &str) -> String {
        let (_, rest) = url.split_once("://").unwrap();
        let (id, _) = rest.split_once('.').unwrap();
        let (_, stage) = rest.split_once('/').unwrap();
        format!("{}/_aws/execute-api/{id}/{stage}", self.url())
    }

    /// What it and its functions have said.
    fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }

    /// Whether this comes to a good end; where not, tells what the functions said meanwhile.
    pub(crate) async fn holds(&self, what: &str, doing: impl Future<Output = ()>) -> bool {
        let before = self.log().len();
        let good = std::panic::AssertUnwindSafe(doing).catch_unwind().await.is_ok();
        if !good {
            eprintln!("{what} failed. The emulator meanwhile:\n{}", &self.log()[before..]);
        }
        good
    }

    /// All that there are.
    pub(crate) async fn queues_and_topics(&self) -> Vec<String> {
        let queues = sqs(&self.url()).list_queues().send().await.unwrap();
        let topics = sns(&self.url()).list_topics().send().await.unwrap();
        let topics = topics.topics().iter().filter_map(|topic| topic.topic_arn().map(str::to_owned));
        queues.queue_urls().iter().cloned().chain(topics).collect()
    }

    /// How many items there are in a table.
    pub(crate) async fn items_of(&self, table: &str) -> i32 {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .credentials_provider(Credentials::new(KEY, KEY, None, None, "test"))
            .endpoint_url(self.url());
        let scan = aws_sdk_dynamodb::Client::from_conf(config.build()).scan().table_name(table).select(Select::Count).send();
        scan.await.unwrap().count()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // The whole group: a function may be asked for its next event just now, and would outlive the emulator.
        let group = format!("-{}", self.process.id());
        let _: io::Result<_> = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.process.wait();
    }
}

//! One `belfry serve`. What was started is gone when it is dropped.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use super::{Home, PATIENCE, Watch};

/// A server in a home.
pub(crate) struct Server<'a> {
    pub(crate) home: &'a Home,
    pub(crate) url: String,
    pub(crate) http: reqwest::Client,
    /// Nothing once somebody else waits for its end.
    process: Option<Child>,
    said: Mutex<mpsc::Receiver<String>>,
}

impl<'a> Server<'a> {
    /// At a free port, kept on disk.
    pub(crate) fn start(home: &'a Home, options: &[&str]) -> Self {
        Self::at(home, "127.0.0.1:0", options)
    }

    /// At this address. Ready when this returns: its address is the first that it says, once it listens.
    pub(crate) fn at(home: &'a Home, address: &str, options: &[&str]) -> Self {
        let mut command = home.belfry();
        command.args(["serve", "--listen", address]).args(options).stdout(Stdio::piped()).stderr(home.log_file());
        let mut process = command.spawn().unwrap();
        let watch = Watch::over(process.id());
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap_or_else(|| panic!("it does not start: {}", home.log())).unwrap();
        drop(watch);
        // Its other lines are read away, lest it wait for a reader.
        let (reads, said) = mpsc::channel();
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(reads.send(line))));
        let url = first.strip_prefix("Belfry is at ").unwrap_or_else(|| panic!("{first}")).to_owned();
        Self { home, url, http: reqwest::Client::builder().no_proxy().build().unwrap(), process: Some(process), said: Mutex::new(said) }
    }

    /// What it printed behind its address, up to the line with these words.
    pub(crate) fn said_to(&self, words: &str) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        while lines.last().is_none_or(|line| !line.contains(words)) {
            let next = self.said.lock().unwrap().recv_timeout(PATIENCE);
            lines.push(next.unwrap_or_else(|_| panic!("it said no more than {lines:?}")));
        }
        lines
    }

    /// `127.0.0.1:40123`.
    pub(crate) fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.as_ref().unwrap().id()
    }

    /// Ends it as a lack of memory would: at once, and without a word.
    pub(crate) fn kill(mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Asks it to end, as a supervisor does.
    pub(crate) fn terminate(&self) {
        assert!(Command::new("kill").args(["-TERM", &self.id().to_string()]).status().unwrap().success());
    }

    /// How it ended, which must not take longer.
    pub(crate) async fn gone_within(mut self, most: Duration) -> ExitStatus {
        let mut process = self.process.take().unwrap();
        let id = process.id();
        let waiting = tokio::task::spawn_blocking(move || process.wait().unwrap());
        if let Ok(status) = tokio::time::timeout(most, waiting).await {
            return status.unwrap();
        }
        Command::new("kill").args(["-KILL", &id.to_string()]).status().unwrap();
        panic!("it still ran after {most:?}: {}", self.home.log());
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

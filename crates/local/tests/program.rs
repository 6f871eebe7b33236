//! The program itself, as its user runs it: a server on a free port, and the commands against it.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

struct Server {
    process: Child,
    url: String,
    folder: tempfile::TempDir,
}

/// The program in this folder, without the caller's own settings.
fn belfry(folder: &tempfile::TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_belfry"));
    let ours = std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("BELFRY_"));
    ours.for_each(|name| {
        command.env_remove(name);
    });
    command.current_dir(folder.path()).stdin(Stdio::null());
    command
}

impl Server {
    fn start(folder: tempfile::TempDir) -> Self {
        let mut process = belfry(&folder).args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = lines.next().unwrap().unwrap().strip_prefix("Belfry is at ").unwrap().to_owned();
        // Whoever closes this pipe early costs the server its greeting, never its life.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, url, folder }
    }

    fn run(&self, words: &[&str]) -> Output {
        let mut command = belfry(&self.folder);
        command.env("BELFRY_URL", &self.url).env("AWS_ENDPOINT_URL_SNS", &self.url).args(words).output().unwrap()
    }

    fn good(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn bad(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(!output.status.success(), "{words:?} succeeded");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Ends it as a supervisor does, and gives back its folder.
    fn stop(mut self) -> tempfile::TempDir {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(self.process.wait().unwrap().success());
        self.folder
    }
}

#[test]
fn what_a_job_publishes_is_there_after_a_restart() {
    let server = Server::start(tempfile::tempdir().unwrap());
    server.good(&["publish", "--user", "anna", "--title", "Export ready", "--id", "e1", "--severity", "success"]);
    server.good(&["publish", "--user", "anna", "--title", "Export ready", "--id", "e1", "--severity", "success"]);
    server.good(&["publish", "--type", "broadcast", "--title", "Maintenance at six"]);

    let server = Server::start(server.stop());
    let table = server.good(&["inbox", "--user", "anna"]);
    assert_eq!(table.matches("Export ready").count(), 1, "{table}");
    assert!(table.contains("Maintenance at six") && table.contains("2 unread"), "{table}");
    assert!(server.good(&["inbox", "--user", "ben"]).contains("1 unread"));
    server.stop();
}

#[test]
fn a_tail_resumes_from_a_position() {
    let server = Server::start(tempfile::tempdir().unwrap());
    let page: serde_json::Value = serde_json::from_str(&server.good(&["inbox", "--user", "anna", "--json"])).unwrap();
    let position = page["streamCursor"].as_str().unwrap();
    server.good(&["publish", "--type", "task-progress", "--user", "anna", "--task-id", "t1", "--status", "running", "--progress", "40"]);
    server.good(&["publish", "--type", "task-completed", "--user", "anna", "--task-id", "t1", "--status", "completed"]);
    let told = server.good(&["tail", "--user", "anna", "--after", position, "--types", "task-completed", "--count", "1"]);
    assert_eq!(told, "task-completed       t1 is completed 40 %\n");
    server.stop();
}

#[test]
fn errors_are_one_line_that_says_what_to_do() {
    let server = Server::start(tempfile::tempdir().unwrap());
    let cases: [(&[&str], &str); 5] = [
        (&["publish", "--user", "anna"], "belfry: title is missing"),
        (&["inbox", "--user", "anna", "--server", "http://127.0.0.1:1"], "is belfry serve running?"),
        (&["inbox", "--token", "nonsense"], "try --data or --token"),
        (&["token", "--user", "anna", "--data", "elsewhere"], "start belfry serve in this folder first"),
        (&["serve", "--listen", "0.0.0.0:0"], "give --jwt-secret or --jwks-url"),
    ];
    for (words, wanted) in cases {
        let said = server.bad(words);
        assert!(said.contains(wanted) && said.lines().count() == 1, "{words:?}: {said}");
    }
    assert!(server.bad(&["serve", "--listen", "127.0.0.1:0"]).contains("another belfry serves"));
    server.stop();
}

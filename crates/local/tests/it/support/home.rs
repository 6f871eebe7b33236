//! The folder in which a program runs. Outlives the servers that are started in it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use auth::sign::{NewToken, mint};
use inbox::id::UserId;
use local::dev_secret;
use local::ports::Clock as _;
use local::system::SystemClock;
use serde_json::Value;

use super::{PATIENCE, Watch};

/// A folder, empty at first.
pub(crate) struct Home(tempfile::TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Where servers keep their data unless told otherwise.
    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("belfry-data")
    }

    /// The program in this folder, without the caller's own settings.
    pub(crate) fn belfry(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_belfry"));
        let ours = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with("BELFRY_") || name.to_string_lossy().starts_with("AWS_");
        for (name, _) in std::env::vars_os().filter(|(name, _)| ours(name)) {
            command.env_remove(name);
        }
        command.env("NO_PROXY", "*").current_dir(self.path()).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, words: &[&str], environment: &[(&str, &str)]) -> Ran {
        let mut command = self.belfry();
        command.args(words).envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let process = command.spawn().unwrap();
        let _watch = Watch::over(process.id());
        Ran::of(&process.wait_with_output().unwrap())
    }

    /// What servers in this folder had to say, all of them together.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path().join("log")).unwrap_or_default()
    }

    pub(crate) fn log_file(&self) -> File {
        File::options().append(true).create(true).open(self.path().join("log")).unwrap()
    }

    /// The list of dead letters.
    pub(crate) fn dead_letters(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.data().join("dead-letters.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// A token as `belfry token` makes it; `admin` administers.
    pub(crate) fn token(&self, user: &str) -> String {
        let now = SystemClock.now();
        let mut token = NewToken::new(UserId::parse(user).unwrap(), now, now.plus(60 * PATIENCE));
        token.admin = user == "admin";
        mint(&dev_secret::read(&self.data()).unwrap(), &token)
    }
}

/// What came of a command.
pub(crate) struct Ran {
    pub(crate) succeeded: bool,
    pub(crate) said: String,
    pub(crate) complained: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { succeeded: output.status.success(), said: text(&output.stdout), complained: text(&output.stderr) }
    }

    /// Insists on success and gives what stood on standard output.
    pub(crate) fn good(self) -> String {
        assert!(self.succeeded, "{}", self.complained);
        self.said
    }

    /// Insists on a failure that is told in one line.
    pub(crate) fn bad(self) -> String {
        assert!(!self.succeeded, "{}", self.said);
        assert_eq!((self.complained.lines().count(), self.said.as_str()), (1, ""), "{}", self.complained);
        self.complained
    }
}

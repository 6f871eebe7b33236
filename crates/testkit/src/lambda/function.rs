//! A function as Lambda runs it: a process with the environment that Lambda sets, and no other.

use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Invocation, RuntimeApi};

/// How often one looks whether a process has ended.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// After so many looks it is stuck.
const LOOKS_MAX: u32 = 3_000;

/// How a function is started.
#[derive(Clone, Debug)]
pub struct Launch {
    binary: PathBuf,
    environment: Vec<(String, String)>,
    memory_mb: u32,
    timeout: Duration,
}

impl Launch {
    /// Of this binary, with 256 MB and half a minute an event.
    pub fn new(binary: &Path) -> Self {
        Self { binary: binary.to_owned(), environment: Vec::new(), memory_mb: 256, timeout: Duration::from_secs(30) }
    }

    /// With this variable of its own; the last of a name holds.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// With so long for an event.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Starts it.
    ///
    /// # Panics
    /// The binary cannot be run.
    #[expect(clippy::expect_used, reason = "without its function there is no test")]
    pub async fn start(&self) -> Function {
        let api = RuntimeApi::open(self.timeout).await;
        let name = self.binary.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let mut child = Command::new(&self.binary)
            .env_clear()
            .envs(platform(&name, self.memory_mb))
            .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a function that runs");
        let log = Arc::<Mutex<String>>::default();
        let followers = [follow(child.stdout.take(), &log), follow(child.stderr.take(), &log)];
        Function { child, api, log, followers: followers.into_iter().flatten().collect() }
    }
}

/// What Lambda tells every function ("Defined runtime environment variables", AWS Lambda developer guide, 2026).
fn platform(name: &str, memory_mb: u32) -> Vec<(&'static str, String)> {
    vec![
        ("_HANDLER", "bootstrap".to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory_mb.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}")),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_SESSION_TOKEN", "test".to_owned()),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned()),
        ("LAMBDA_TASK_ROOT", "/var/task".to_owned()),
        ("LANG", "en_US.UTF-8".to_owned()),
        ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin".to_owned()),
        ("TZ", ":UTC".to_owned()),
    ]
}

fn follow(output: Option<impl Read + Send + 'static>, log: &Arc<Mutex<String>>) -> Option<JoinHandle<()>> {
    let (output, log) = (output?, Arc::clone(log));
    Some(std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            log.push_str(&line);
            log.push('\n');
        }
    }))
}

/// A running function. Killed when dropped.
pub struct Function {
    child: Child,
    api: RuntimeApi,
    log: Arc<Mutex<String>>,
    followers: Vec<JoinHandle<()>>,
}

impl Function {
    /// Hands it an event, once it asks.
    pub fn invoke(&self, event: &[u8]) -> Invocation {
        self.api.invoke(event)
    }

    /// Its Runtime API.
    pub fn api(&self) -> &RuntimeApi {
        &self.api
    }

    /// What it has written so far, to its output and its error output.
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until it has written this: what it writes comes a little after its answer.
    ///
    /// # Panics
    /// It does not write it.
    pub async fn logged(&self, words: &str) -> String {
        for _ in 0..LOOKS_MAX {
            let log = self.log();
            if log.contains(words) {
                return log;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        panic!("{words:?} is not logged: {}", self.log())
    }

    /// All that it wrote, of one that has [`ended`](Self::ended).
    pub fn whole_log(&mut self) -> String {
        for follower in self.followers.drain(..) {
            // It ends with the output that it reads; one that panicked has read what it could.
            drop(follower.join());
        }
        self.log()
    }

    /// The most memory that it ever held, in KiB (`VmHWM`); `None` where there is no `/proc`, or no process.
    pub fn peak_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().trim_end_matches(" kB").parse().ok()
    }

    /// Waits until it has ended by itself.
    ///
    /// # Panics
    /// It does not end, or cannot be waited for.
    #[expect(clippy::expect_used, reason = "a test that cannot go on fails")]
    pub async fn ended(&mut self) -> ExitStatus {
        for _ in 0..LOOKS_MAX {
            if let Some(status) = self.child.try_wait().expect("a process to wait for") {
                return status;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        panic!("it does not end: {}", self.log())
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, and need not be.
        drop(self.child.kill().and_then(|()| self.child.wait().map(drop)));
    }
}

//! A server in a process of its own: this very program again, as `belfry serve`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use clap::Parser as _;

/// The argument by which the program knows that it is the server.
const SERVE: &str = "--as-server";

/// Runs the server if this process was started for it. Benchmarks call this first.
///
/// # Panics
/// Where the server cannot run.
pub fn serve_if_asked() {
    let mut arguments = std::env::args();
    if arguments.nth(1).as_deref() != Some(SERVE) {
        return;
    }
    let command = local::cli::Cli::parse_from(std::iter::once("belfry".to_owned()).chain(arguments)).command;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(local::cli::run(command)).expect("a server");
    std::process::exit(0);
}

/// A running server.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// The development token of an admin, as printed.
    pub admin: String,
}

/// Starts a server on this folder and waits until it says where it listens.
///
/// # Panics
/// Where it does not start.
pub fn start(data: &Path) -> Server {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args([SERVE, "serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
    let address = lines.find_map(|line| line.strip_prefix("Belfry is at http://").map(str::to_owned));
    let address = address.and_then(|address| address.parse().ok()).expect("an address");
    let admin = lines.find_map(|line| line.trim().strip_prefix("admin").map(|token| token.trim().to_owned()));
    Server { child, address, admin: admin.expect("a token") }
}

impl Server {
    /// CPU that the process has used, in nanoseconds, over all its threads (`/proc/PID/task/*/schedstat`).
    ///
    /// # Panics
    /// Off Linux.
    pub fn cpu_ns(&self) -> u64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("Linux");
        let of = |path: std::path::PathBuf| -> Option<u64> {
            std::fs::read_to_string(path.join("schedstat")).ok()?.split(' ').next()?.parse().ok()
        };
        tasks.flatten().filter_map(|task| of(task.path())).sum()
    }

    /// Its resident memory in KiB.
    ///
    /// # Panics
    /// Off Linux.
    pub fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Posts JSON as the admin and insists on success.
    ///
    /// # Panics
    /// Where it is refused.
    pub fn post(&self, path: &str, body: &str) {
        let mut socket = TcpStream::connect(self.address).expect("a connection");
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.address,
            self.admin,
            body.len()
        );
        socket.write_all(head.as_bytes()).and_then(|()| socket.write_all(body.as_bytes())).expect("a request");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait().map(drop)) {
            eprintln!("the server could not be ended: {error}");
        }
    }
}

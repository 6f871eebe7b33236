//! CPU per delivered event and memory per stream: `cargo bench -p benches --bench fanout`.
//!
//! A server in a process of its own, and one thread here that reads all streams by readiness. Both share the machine,
//! so times of arrival say little; CPU and memory of the server's process are what is measured.

use std::io::Read as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use auth::config::Secret;
use auth::sign::{NewToken, mint};
use benches::figure;
use benches::process::{Server, serve_if_asked, start};
use inbox::id::UserId;
use local::ports::Clock as _;
use local::system::SystemClock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

const BROADCASTS: u64 = 20;
const SETTLE: Duration = Duration::from_secs(2);
const DEADLINE: Duration = Duration::from_mins(1);

fn main() {
    serve_if_asked();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for streams in [1_000, 10_000] {
        runtime.block_on(measure(streams));
    }
}

async fn measure(streams: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = start(folder.path());
    let mut secret = String::new();
    std::fs::File::open(folder.path().join("dev-secret")).and_then(|mut file| file.read_to_string(&mut secret)).expect("the secret");
    let secret = Secret::parse(secret.trim()).expect("a secret");
    let before_kib = server.resident_kib();
    let heard = Arc::new(AtomicU64::new(0));
    let opened = Arc::new(AtomicU64::new(0));
    for number in 0..streams {
        let now = SystemClock.now();
        let user = UserId::parse(&format!("u{number}")).expect("a name");
        let token = mint(&secret, &NewToken::new(user, now, now.plus(Duration::from_hours(1))));
        open(&server, number, &token, Arc::clone(&heard), Arc::clone(&opened)).await;
        if number % 200 == 199 {
            wait_for(&opened, number + 1).await;
        }
    }
    wait_for(&opened, streams).await;
    tokio::time::sleep(SETTLE).await;
    let idle_kib = server.resident_kib();
    figure(&format!("{streams} idle streams, memory each"), ratio(idle_kib.saturating_sub(before_kib), streams), "KiB");

    let body = format!(r#"{{"title":"A broadcast of some size","message":"{}"}}"#, "x".repeat(300));
    let cpu = server.cpu_ns();
    for number in 1..=BROADCASTS {
        server.post("/api/notifications/broadcast", &body);
        wait_for(&heard, number * streams).await;
    }
    let cpu = server.cpu_ns() - cpu;
    figure(&format!("broadcast to {streams} streams, CPU per event"), ratio(cpu, BROADCASTS * streams) / 1e3, "us");

    let heard_before = heard.load(Ordering::Relaxed);
    let cpu = server.cpu_ns();
    let targeted = 500;
    for number in 0..targeted {
        let user = number * 7 % streams;
        server.post("/api/notifications", &format!(r#"{{"userId":"u{user}","title":"For one","message":"{}"}}"#, "x".repeat(300)));
    }
    wait_for(&heard, heard_before + targeted).await;
    let cpu = server.cpu_ns() - cpu;
    figure(&format!("one of {streams} streams at a time, CPU per request"), ratio(cpu, targeted) / 1e3, "us");
}

/// Counts a stream's notifications and broadcasts by their titles' key.
async fn open(server: &Server, number: u64, token: &str, heard: Arc<AtomicU64>, opened: Arc<AtomicU64>) {
    let socket = TcpSocket::new_v4().expect("a socket");
    // One address has too few ports for two tests of 10,000.
    let from: SocketAddr = format!("127.0.0.{}:0", 2 + number % 4).parse().expect("an address");
    socket.bind(from).expect("an address of this machine");
    let mut socket = socket.connect(server.address).await.expect("a connection");
    let request = format!("GET /api/stream/events HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\r\n", server.address);
    socket.write_all(request.as_bytes()).await.expect("a request");
    tokio::spawn(async move {
        let mut bytes = vec![0_u8; 2_048];
        let mut first = true;
        while let Ok(read @ 1..) = socket.read(&mut bytes).await {
            let text = &bytes[..read];
            if first && contains(text, b"retry:") {
                opened.fetch_add(1, Ordering::Relaxed);
                first = false;
            }
            if contains(text, b"\"title\"") {
                heard.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

async fn wait_for(count: &AtomicU64, target: u64) {
    let reached = async {
        while count.load(Ordering::Relaxed) < target {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let at = || count.load(Ordering::Relaxed);
    assert!(tokio::time::timeout(DEADLINE, reached).await.is_ok(), "only {} of {target} arrived", at());
}

#[expect(clippy::cast_precision_loss, reason = "figures of a benchmark")]
fn ratio(of: u64, by: u64) -> f64 {
    of as f64 / by as f64
}

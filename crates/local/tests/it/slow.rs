//! A reader that takes nothing: others do not wait for it, and what it does not take is not kept.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::json;
use socket2::{Domain, Socket, Type};

use crate::support::{Home, Server, TOPIC};

const BROADCASTS: usize = 2_000;
/// What the process may grow by. What was broadcast comes to twice as much, before it is turned into text.
const GROWTH_KIB: u64 = 8 * 1_024;
/// Streams have two seconds to end, and who takes nothing is waited for a little longer.
const AT_MOST: Duration = Duration::from_secs(10);

/// A stream whose reader reads its first bytes, and nothing after.
fn deaf(server: &Server<'_>) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4 * 1_024).unwrap();
    socket.connect(&server.address().parse::<SocketAddr>().unwrap().into()).unwrap();
    let mut stream = TcpStream::from(socket);
    let (address, token) = (server.address(), server.home.token("deaf"));
    let head = format!("GET /api/stream/events HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut first = [0_u8; 15];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    stream
}

/// Of Linux; elsewhere nothing is known, and nothing grows.
pub(crate) fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

#[tokio::test]
async fn a_reader_that_takes_nothing_holds_nobody_back_and_costs_next_to_nothing() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let mut stream = server.stream("anna").await;
    let sns = server.sns();
    let text = "é".repeat(4_000);
    let mut publish_and_read = async |from: usize, to: usize| {
        for n in from..to {
            // Under one key, so that the list of live broadcasts stays short: only what a reader has not taken could add up.
            let event = json!({"type": "broadcast", "title": n.to_string(), "message": text, "key": "k"});
            sns.publish().topic_arn(TOPIC).message(event.to_string()).send().await.unwrap();
            assert_eq!(stream.title().await, Some(n.to_string()));
        }
    };
    // What a server keeps for those who come back is full after this.
    publish_and_read(0, 500).await;
    let deaf = deaf(&server);
    let before = resident_kib(server.id());
    publish_and_read(500, 500 + BROADCASTS).await;
    let grown = resident_kib(server.id()).saturating_sub(before);
    assert!(grown < GROWTH_KIB, "{grown} KiB for one reader that takes nothing");
    // Nor does it keep the process: what it does not take is cut.
    server.terminate();
    assert!(server.gone_within(AT_MOST).await.success());
    drop(deaf);
}

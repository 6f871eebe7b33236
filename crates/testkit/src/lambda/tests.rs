//! The stand-in, asked as a runtime asks.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

async fn api() -> (RuntimeApi, TcpStream) {
    let api = RuntimeApi::open(Duration::from_secs(3)).await;
    let socket = TcpStream::connect(api.address()).await.unwrap();
    (api, socket)
}

/// Sends, and reads one answer: up to its head, and as much of a body as it says.
async fn ask(socket: &mut TcpStream, request: &str) -> String {
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    loop {
        let length = answer.split_once("\r\n\r\n").and_then(|(head, body)| {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
            Some((length.parse::<usize>().unwrap(), body.len()))
        });
        if length.is_some_and(|(wanted, had)| had >= wanted) {
            return answer;
        }
        let mut bytes = [0; 4_096];
        let read = socket.read(&mut bytes).await.unwrap();
        assert!(read > 0, "{answer}");
        answer.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
    }
}

/// Takes the next event and gives its id.
async fn next(socket: &mut TcpStream) -> String {
    let answer = ask(socket, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let id = answer.lines().find_map(|line| line.strip_prefix("lambda-runtime-aws-request-id: ")).unwrap();
    id.to_owned()
}

fn post(id: &str, what: &str, headers: &str, body: &str) -> String {
    format!("POST /2018-06-01/runtime/invocation/{id}/{what} HTTP/1.1\r\nHost: x\r\n{headers}\r\n{body}")
}

#[tokio::test]
async fn a_response_at_once_is_json() {
    let (api, mut socket) = api().await;
    let invocation = api.invoke(b"{}");
    let id = next(&mut socket).await;
    let body = r#"{"statusCode":204}"#;
    let answer = ask(&mut socket, &post(&id, "response", &format!("Content-Length: {}\r\n", body.len()), body)).await;
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    assert_eq!(invocation.returned().await.unwrap()["statusCode"], 204);
    let again = ask(&mut socket, &post(&id, "response", "Content-Length: 2\r\n", "{}")).await;
    assert!(again.starts_with("HTTP/1.1 404"), "one answer an event: {again}");
}

#[tokio::test]
async fn an_error_is_told() {
    let (api, mut socket) = api().await;
    let invocation = api.invoke(b"{}");
    let id = next(&mut socket).await;
    let body = r#"{"errorType":"Odd","errorMessage":"no"}"#;
    ask(&mut socket, &post(&id, "error", &format!("Content-Length: {}\r\n", body.len()), body)).await;
    assert_eq!(invocation.returned().await.unwrap_err(), Failure { error_type: "Odd".into(), message: "no".into() });
}

#[tokio::test]
async fn a_streamed_response_comes_piece_by_piece() {
    let (api, mut socket) = api().await;
    let invocation = api.invoke(b"{}");
    let id = next(&mut socket).await;
    let headers =
        "Transfer-Encoding: chunked\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTrailer: Lambda-Runtime-Function-Error-Type\r\n";
    // The delimiter is cut in half, and the first of the body sticks to it.
    let prelude = r#"{"statusCode":200,"headers":{"a":"b"},"cookies":["c=d"]}"#;
    let first = format!("{:x}\r\n{prelude}\0\0\0\r\n8\r\n\0\0\0\0\0one\r\n", prelude.len() + 3);
    socket.write_all(post(&id, "response", headers, &first).as_bytes()).await.unwrap();
    let mut streamed = invocation.streamed().await.unwrap();
    assert_eq!((streamed.status, streamed.header("a"), streamed.cookies.as_slice()), (200, "b", ["c=d".to_owned()].as_slice()));
    assert_eq!(streamed.chunk().await.unwrap().bytes, "one");

    socket.write_all(b"3\r\ntwo\r\n").await.unwrap();
    assert_eq!(streamed.chunk().await.unwrap().bytes, "two");
    ask(&mut socket, "0\r\nLambda-Runtime-Function-Error-Type: Odd\r\n\r\n").await;
    assert_eq!(streamed.text().await, "");
    assert_eq!(streamed.end(), Some(&End { broken: false, error_type: Some("Odd".into()) }));
}

#[tokio::test]
async fn a_start_that_failed_is_noted() {
    let (api, mut socket) = api().await;
    ask(&mut socket, "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: x\r\nContent-Length: 22\r\n\r\n{\"errorType\":\"Config\"}")
        .await;
    assert_eq!(api.init_errors()[0]["errorType"], "Config");
}

//! Sockets: who is let in, what is pushed, what is found when a push was lost, and how they end.

use std::time::Duration;

use engine::Engine;
use futures::SinkExt as _;
use inbox::id::UserId;
use inbox::moment::Moment;
use local::ports::Clock as _;
use local::system::SystemClock;
use serde_json::{Value, json};
use table::Table;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::slow::resident_kib;
use crate::support::{Home, Server, Socket, TOPIC, entry, titles};

/// As many as one process has.
const SHARDS: u32 = 1;
/// What supervisors give at least.
const AT_MOST: Duration = Duration::from_secs(5);

fn for_anna(title: &str) -> Value {
    json!({"type": "notification", "userId": "anna", "title": title, "id": title})
}

fn broadcast(title: &str) -> Value {
    json!({"type": "broadcast", "title": title, "category": "news"})
}

#[tokio::test]
async fn a_ticket_or_a_bearer_token_opens_a_socket_and_nothing_else() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let bearer = format!("Bearer {}", home.token("anna"));
    let ticket = server.ticket("anna").await;
    let socket = server.try_socket(&format!("?ticket={ticket}"), &[("sec-websocket-protocol", "belfry, other")]).await.unwrap();
    assert_eq!(socket.subprotocol.as_deref(), Some("belfry"));
    let mut socket = server.try_socket("", &[("authorization", &bearer)]).await.unwrap();
    assert_eq!(socket.subprotocol, None);
    assert!(socket.resume(None).await.positions["user"]["n"].is_u64());

    let cookie = format!("__Host-belfry={}", home.token("anna"));
    let used = format!("?ticket={ticket}");
    for (query, headers) in [
        ("", vec![]),
        ("?ticket=nonsense", vec![]),
        (used.as_str(), vec![]),
        ("", vec![("authorization", "Bearer nonsense")]),
        ("", vec![("cookie", cookie.as_str())]),
    ] {
        let (status, problem) = server.try_socket(query, &headers).await.err().unwrap();
        assert_eq!((status, &problem["type"]), (401, &json!("urn:belfry:problem:unauthenticated")), "{query} {headers:?}");
    }
    let answer = server.request(reqwest::Method::GET, "anna", "/api/unread").send().await.unwrap();
    assert_eq!(
        (&answer.headers()["belfry-transports"], &answer.headers()["belfry-sockets"]),
        (&"sse, socket, poll".parse().unwrap(), &"/ws".parse().unwrap())
    );
}

#[tokio::test]
async fn one_ticket_opens_one_socket_however_many_try_at_once() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let query = format!("?ticket={}", server.ticket("anna").await);
    let tries = futures::future::join_all((0..8).map(|_| server.try_socket(&query, &[]))).await;
    assert_eq!(tries.iter().filter(|opened| opened.is_ok()).count(), 1);
}

#[tokio::test]
async fn what_is_published_is_pushed_to_all_sockets_of_the_user_and_what_they_mark_too() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let ((mut one, begun), (mut two, _), (mut other, _)) =
        (server.socket("anna").await, server.socket("anna").await, server.socket("ben").await);
    server.publish(&for_anna("a\u{2028}b")).await;
    let n = begun.positions["user"]["n"].as_u64().unwrap();
    for socket in [&mut one, &mut two] {
        let push = socket.told().await;
        assert_eq!((push["feed"].as_str(), push["n"].as_u64(), titles(&push["events"])), (Some("user"), Some(n + 1), vec!["a\u{2028}b"]));
        assert_eq!(push["events"][1], json!({"type": "inbox", "unreadCount": 1, "unseenCount": 1}));
    }
    let marked = server.request(reqwest::Method::PATCH, "anna", "/api/notifications").header("content-type", "application/json");
    assert!(marked.body(r#"{"all":true}"#).send().await.unwrap().status().is_success());
    for socket in [&mut one, &mut two] {
        let push = socket.told().await;
        assert_eq!((push["n"].as_u64(), push["events"][0]["type"].as_str()), (Some(n + 2), Some("watermark")));
    }
    // Ben heard nothing of it: the first that he hears is his own.
    server.publish(&json!({"type": "notification", "userId": "ben", "title": "Ben's"})).await;
    assert_eq!(titles(&other.told().await["events"]), ["Ben's"]);
}

#[tokio::test]
async fn a_broadcast_reaches_the_sockets_of_all_users_but_those_who_muted_it() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    server.mute("carl", &["news"]).await;
    let mut sockets = Vec::new();
    for user in ["anna", "ben", "carl"] {
        sockets.push(server.socket(user).await.0);
    }
    server.publish(&broadcast("muted by one")).await;
    server.publish(&json!({"type": "broadcast", "title": "for all"})).await;
    for (socket, wanted) in sockets.iter_mut().zip([vec!["muted by one", "for all"], vec!["muted by one", "for all"], vec!["for all"]]) {
        let mut heard = Vec::new();
        while heard.last().is_none_or(|title| title != "for all") {
            let push = socket.push_of("everyone").await;
            heard.extend(titles(&push["events"]).into_iter().map(ToOwned::to_owned));
        }
        assert_eq!(heard, wanted);
    }
}

#[tokio::test]
async fn a_push_that_was_lost_is_found_by_ping_and_brought_by_resume() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let (mut socket, begun) = server.socket("anna").await;
    server.publish(&for_anna("lost")).await;
    server.publish(&broadcast("lost too")).await;
    // Both come, in whatever order, and are dropped as if they had not.
    for _ in ["user", "everyone"] {
        assert!(socket.told().await["feed"].is_string());
    }
    socket.say(&json!({"action": "ping"})).await;
    let positions = socket.told().await["positions"].clone();
    for feed in ["user", "everyone"] {
        assert!(positions[feed]["n"].as_u64() > begun.positions[feed]["n"].as_u64(), "{feed}: {positions}");
    }
    let resumed = socket.resume(Some(&begun.cursor)).await;
    let mut brought = titles(&json!(resumed.events)).into_iter().map(ToOwned::to_owned).collect::<Vec<_>>();
    brought.sort();
    assert_eq!((brought, resumed.positions), (vec!["lost".to_owned(), "lost too".to_owned()], positions));
}

/// The rows of a user's sockets, read where no server runs.
async fn rows(home: &Home, user: &str) -> usize {
    let engine = Engine::open(&home.data().join("belfry.db")).unwrap();
    let table = Table::new(engine.client(), "belfry", "1");
    table.connections_of(None, &UserId::parse(user).unwrap(), Moment::from_seconds(0), 100).await.unwrap().len()
}

/// Has the rows of a user's sockets be of an hour ago. Young ones are kept: their sockets may still be opening.
async fn age_rows(home: &Home, user: &str) {
    let engine = Engine::open(&home.data().join("belfry.db")).unwrap();
    let table = Table::new(engine.client(), "belfry", "1");
    for mut row in table.connections_of(None, &UserId::parse(user).unwrap(), Moment::from_seconds(0), 100).await.unwrap() {
        row.opened = row.opened.minus(Duration::from_hours(1));
        table.put_connection(&row, SHARDS).await.unwrap();
    }
}

#[tokio::test]
async fn a_socket_goes_on_where_it_stood_after_a_kill_and_the_row_of_the_dead_one_goes() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let (_dead, begun) = server.socket("anna").await;
    server.publish(&for_anna("before")).await;
    server.kill();
    age_rows(&home, "anna").await;
    assert_eq!(rows(&home, "anna").await, 1);

    let server = Server::start(&home, &[]);
    server.publish(&for_anna("after")).await;
    let (mut socket, resumed) = server.socket_after("anna", Some(&begun.cursor)).await;
    assert_eq!(titles(&json!(resumed.events)), ["before", "after"]);
    // The push finds that nobody is behind the old row.
    server.publish(&for_anna("pushed")).await;
    assert_eq!(titles(&socket.push_of("user").await["events"]), ["pushed"]);
    server.publish(&for_anna("again")).await;
    assert_eq!(titles(&socket.push_of("user").await["events"]), ["again"]);
    server.kill();
    assert_eq!(rows(&home, "anna").await, 1);

    // Who says goodbye leaves nothing behind.
    let server = Server::start(&home, &[]);
    let (mut socket, _) = server.socket("ben").await;
    socket.send(Message::Close(None)).await;
    assert_eq!(socket.closed().await, 1_005);
    server.terminate();
    assert!(server.gone_within(AT_MOST).await.success());
    assert_eq!(rows(&home, "ben").await, 0);
}

#[tokio::test]
async fn five_thousand_changes_come_in_messages_of_the_platforms_size() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let (_socket, begun) = server.socket("anna").await;
    let sns = server.sns();
    let message = "é".repeat(200);
    for tens in 0..500 {
        let event = |n: usize| json!({"type": "notification", "userId": "anna", "title": format!("{tens}.{n}"), "message": message});
        let entries = (0..10).map(|n| entry(&n.to_string(), &event(n))).collect();
        let batch = sns.publish_batch().topic_arn(TOPIC).set_publish_batch_request_entries(Some(entries));
        assert_eq!(batch.send().await.unwrap().failed().len(), 0);
    }
    let (_socket, resumed) = server.socket_after("anna", Some(&begun.cursor)).await;
    let wanted: Vec<String> = (0..5_000).map(|n| format!("{}.{}", n / 10, n % 10)).collect();
    assert_eq!(titles(&json!(resumed.events)), wanted);
    assert!(resumed.bytes_max <= 128 * 1_024 && resumed.parts > 10, "{} bytes, {} messages", resumed.bytes_max, resumed.parts);
}

/// An error that is told, and the socket goes on.
async fn is_told(socket: &mut Socket, message: Message) -> Value {
    socket.send(message).await;
    let told = socket.told().await;
    assert!(told["error"]["type"].is_string(), "{told}");
    told["error"].clone()
}

#[tokio::test]
async fn what_says_nothing_is_told_so_and_repeated_closes() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    for message in [
        Message::binary(b"{\"action\":\"ping\"}".to_vec()),
        Message::text("{\"action\":\"dance\"}"),
        Message::text("{\"action\":\"ping\",\"action\":\"ping\"}"),
        Message::text("ping"),
    ] {
        let (mut socket, _) = server.socket("anna").await;
        is_told(&mut socket, message.clone()).await;
        // It is still a socket.
        socket.say(&json!({"action": "ping"})).await;
        assert!(socket.told().await["positions"].is_object());
        for _ in 0..10 {
            if socket.line.get_ref().get_ref().peer_addr().is_err()
                || futures::SinkExt::send(&mut socket.line, message.clone()).await.is_err()
            {
                break;
            }
        }
        assert_eq!(socket.closed().await, 1_000, "{message:?}");
    }
}

#[tokio::test]
async fn a_frame_beyond_the_platforms_limit_closes() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let (mut socket, begun) = server.socket("anna").await;
    socket.send(Message::text("x".repeat(33 * 1_024))).await;
    assert_eq!(socket.closed().await, 1_009);
    server.publish(&for_anna("meanwhile")).await;
    let (_socket, resumed) = server.socket_after("anna", Some(&begun.cursor)).await;
    assert_eq!(titles(&json!(resumed.events)), ["meanwhile"]);
}

/// A socket whose client asks for everything from now on, and takes nothing.
async fn deaf(server: &Server<'_>, user: &str) -> WebSocketStream<TcpStream> {
    let line = TcpSocket::new_v4().unwrap();
    line.set_recv_buffer_size(4 * 1_024).unwrap();
    let line = line.connect(server.address().parse().unwrap()).await.unwrap();
    let request = format!("ws://{}/ws?ticket={}", server.address(), server.ticket(user).await);
    let (mut socket, _) = client_async(request, line).await.unwrap();
    socket.send(Message::text(r#"{"action":"resume"}"#)).await.unwrap();
    socket
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut_costs_little_and_holds_nobody_back() {
    let home = Home::new();
    let server = Server::start(&home, &["--log", "warn,local::sockets=debug"]);
    let (mut socket, _) = server.socket("anna").await;
    let sns = server.sns();
    let text = "é".repeat(4_000);
    let mut publish_and_read = async |from: usize, to: usize| {
        for n in from..to {
            // Under one key, so that the list of live broadcasts stays short.
            let event = json!({"type": "broadcast", "title": n.to_string(), "message": text, "key": "k"});
            sns.publish().topic_arn(TOPIC).message(event.to_string()).send().await.unwrap();
            assert_eq!(titles(&socket.push_of("everyone").await["events"]), [n.to_string()]);
        }
    };
    publish_and_read(0, 300).await;
    let deaf = deaf(&server, "ben").await;
    let before = resident_kib(server.id());
    publish_and_read(300, 1_100).await;
    let grown = resident_kib(server.id()).saturating_sub(before);
    assert!(grown < 8 * 1_024, "{grown} KiB for one client that takes nothing");
    // By now it is cut, and more than the system keeps for it was not kept by us.
    assert!(home.log().contains("ends: Slow"), "{}", home.log());
    server.terminate();
    assert!(server.gone_within(AT_MOST).await.success());
    assert_eq!(rows(&home, "ben").await, 0);
    drop(deaf);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_sockets_end_at_their_own_moments_and_the_process_is_gone_in_seconds() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let mut ends = Vec::new();
    let mut cursors = Vec::new();
    for user in ["anna", "ben", "carl", "dora"] {
        let (mut socket, begun) = server.socket(user).await;
        cursors.push((user, begun.cursor));
        ends.push(tokio::spawn(async move { (socket.closed().await, SystemClock.now()) }));
    }
    server.publish(&json!({"type": "broadcast", "title": "the last"})).await;
    server.terminate();
    let mut moments = Vec::new();
    for end in ends {
        let (code, at) = end.await.unwrap();
        assert_eq!(code, 1_001);
        moments.push(at);
    }
    assert!(server.gone_within(AT_MOST).await.success());
    let spread = moments.iter().max().unwrap().since(*moments.iter().min().unwrap());
    assert!(spread >= Duration::from_millis(5), "all at once: {moments:?}");
    assert!(!home.log().contains("did not end in time") && !home.log().contains("ERROR"), "{}", home.log());
    let server = Server::start(&home, &[]);
    for (user, cursor) in cursors {
        let (_, resumed) = server.socket_after(user, Some(&cursor)).await;
        assert_eq!(titles(&json!(resumed.events)), ["the last"]);
    }
}

//! `belfry tail --transport socket`: as a client on a socket is told to be. It applies a push whose number follows, asks for what
//! it missed where none does, and pings when it is quiet, since a lost push may be the last.

use std::collections::HashMap;
use std::pin::pin;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::Error;
use super::client::Caller;
use super::tail::{Ended, TailArgs, Teller, pause};
use crate::out;

/// Well below the ten minutes after which a quiet socket is closed.
const PING_AFTER: Duration = Duration::from_mins(4);
/// An answer that takes longer does not come: the line is dead.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

type Line = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(super) async fn run(args: &TailArgs) -> Result<(), Error> {
    let caller = args.client.caller()?;
    let mut tail = Tail {
        types: args.types.as_deref(),
        cursor: args.after.clone().unwrap_or_default(),
        held: HashMap::new(),
        resuming: false,
        answered: false,
        pushed: HashMap::new(),
        teller: Teller::new(args),
    };
    let mut attempt = 0;
    loop {
        match open(&caller, attempt == 0).await? {
            Some(line) => {
                if let Ended::Enough = tail.follow(line).await {
                    return Ok(());
                }
                // A line on which nothing was answered is as good as none.
                attempt = if tail.answered { 1 } else { attempt.max(1) };
            }
            None => out::note("the server does not answer; trying again"),
        }
        pause(attempt).await;
        attempt = attempt.saturating_add(1);
    }
}

/// An open socket; `None` where trying again may help. The very first try must succeed: a wrong address is no outage.
async fn open(caller: &Caller, first: bool) -> Result<Option<Line>, Error> {
    match connect_async(caller.socket()?).await {
        Ok((line, _)) => Ok(Some(line)),
        Err(error) => match caller.no_socket(&error) {
            Some(error) => Err(error),
            None if first => Err(caller.nobody()),
            None => Ok(None),
        },
    }
}

/// Where a tail stands.
struct Tail<'a> {
    types: Option<&'a str>,
    cursor: String,
    /// Each feed's number and its part of the cursor.
    held: HashMap<String, (u64, String)>,
    /// Whether an answer to `resume` is on its way; what is pushed meanwhile is in it, or to be asked for after it.
    resuming: bool,
    /// Whether anything was answered on this line.
    answered: bool,
    /// The furthest that was pushed meanwhile.
    pushed: HashMap<String, u64>,
    teller: Teller,
}

/// What is to be done next.
enum Next {
    Wait,
    Resume,
    Ping,
    End(Ended),
}

impl Tail<'_> {
    async fn follow<S: AsyncRead + AsyncWrite + Unpin>(&mut self, mut line: WebSocketStream<S>) -> Ended {
        self.pushed.clear();
        self.answered = false;
        let mut next = Next::Resume;
        let mut asked = false;
        let mut patience = pin!(tokio::time::sleep(PING_AFTER));
        loop {
            let ask = match &next {
                Next::Resume if self.cursor.is_empty() => Some(json!({"action": "resume"})),
                Next::Resume => Some(json!({"action": "resume", "after": self.cursor})),
                Next::Ping => Some(json!({"action": "ping"})),
                Next::Wait => None,
                Next::End(_) => break,
            };
            if let Some(ask) = ask {
                asked = true;
                patience.set(tokio::time::sleep(ANSWER_WITHIN));
                self.resuming |= matches!(next, Next::Resume);
                if line.send(Message::text(ask.to_string())).await.is_err() {
                    return Ended::Line;
                }
            }
            let heard = tokio::select! {
                heard = line.next() => heard,
                () = &mut patience => {
                    next = if asked { Next::End(Ended::Line) } else { Next::Ping };
                    continue;
                }
            };
            next = match heard {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).unwrap_or_default();
                    let next = self.take(&message);
                    asked &= message["positions"].is_null() || self.resuming;
                    // A push is no answer; a part of one is as good as the whole.
                    if !asked {
                        patience.set(tokio::time::sleep(PING_AFTER));
                    } else if message["feed"].is_null() {
                        patience.set(tokio::time::sleep(ANSWER_WITHIN));
                    }
                    next
                }
                Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Next::Wait,
                Some(Ok(Message::Close(_)) | Err(_)) | None => Next::End(Ended::Line),
            };
        }
        match next {
            Next::End(ended) => ended,
            Next::Wait | Next::Resume | Next::Ping => Ended::Line,
        }
    }

    fn take(&mut self, message: &Value) -> Next {
        if let Some(problem) = message["error"].as_object() {
            let said = |name: &str| problem.get(name).and_then(Value::as_str).map(out::plain);
            out::note(&[said("title"), said("detail")].into_iter().flatten().collect::<Vec<_>>().join(": "));
            // Nobody says which question it answers: on a new line, all is asked again.
            return Next::End(Ended::Line);
        }
        match message["feed"].as_str() {
            Some(feed) => self.pushed(feed, message),
            None => self.answered(message),
        }
    }

    fn pushed(&mut self, feed: &str, push: &Value) -> Next {
        let n = push["n"].as_u64().unwrap_or_default();
        if self.resuming {
            let furthest = self.pushed.entry(feed.to_owned()).or_default();
            *furthest = n.max(*furthest);
            return Next::Wait;
        }
        let Some((held, at)) = self.held.get(feed).cloned() else { return Next::Resume };
        match push["at"].as_str() {
            _ if n <= held => Next::Wait,
            Some(now) if n == held + 1 => {
                if self.tell(&push["events"]) {
                    return Next::End(Ended::Enough);
                }
                // A segment names its feed, so it stands there once.
                self.cursor = self.cursor.replacen(&at, now, 1);
                self.held.insert(feed.to_owned(), (n, now.to_owned()));
                Next::Wait
            }
            Some(_) | None => Next::Resume,
        }
    }

    fn answered(&mut self, answer: &Value) -> Next {
        self.answered = true;
        if self.tell(&answer["events"]) {
            return Next::End(Ended::Enough);
        }
        let resumed = answer["cursor"].as_str();
        if let Some(cursor) = resumed {
            cursor.clone_into(&mut self.cursor);
        }
        let Some(positions) = answer["positions"].as_object() else { return Next::Wait };
        let place = |at: &Value| Some((at["n"].as_u64()?, at["at"].as_str()?.to_owned()));
        let now: HashMap<_, _> = positions.iter().filter_map(|(feed, at)| Some((feed.clone(), place(at)?))).collect();
        if resumed.is_none() {
            // The answer to a ping: whatever is further than what is held was lost.
            let behind = now.iter().any(|(feed, (n, _))| self.held.get(feed).is_none_or(|(held, _)| held < n));
            return if behind && !self.resuming { Next::Resume } else { Next::Wait };
        }
        self.held = now;
        self.resuming = false;
        let pushed = std::mem::take(&mut self.pushed);
        let behind = pushed.iter().any(|(feed, n)| self.held.get(feed).is_none_or(|(held, _)| held < n));
        if behind || answer["more"] == true { Next::Resume } else { Next::Wait }
    }

    /// Tells events; whether that was all that was asked for.
    fn tell(&mut self, events: &Value) -> bool {
        for event in events.as_array().into_iter().flatten() {
            let kind = event["type"].as_str().unwrap_or_default();
            if self.types.is_none_or(|types| types.split(',').any(|one| one.trim() == kind)) {
                self.teller.tell(&event.to_string());
                if self.teller.enough() {
                    return true;
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::DuplexStream;
    use tokio_tungstenite::tungstenite::protocol::Role;

    use super::*;

    fn tail() -> Tail<'static> {
        let mut tail = Tail {
            types: None,
            cursor: String::new(),
            held: HashMap::new(),
            resuming: true,
            answered: false,
            pushed: HashMap::new(),
            teller: Teller::for_tests(),
        };
        let positions = json!({"user": {"n": 5, "at": "u5"}, "everyone": {"n": 9, "at": "e9"}});
        let answer = json!({"events": [], "cursor": "1.u5~e9", "more": false, "positions": positions});
        assert!(matches!(tail.take(&answer), Next::Wait));
        tail
    }

    fn push(feed: &str, n: u64) -> Value {
        json!({"feed": feed, "n": n, "at": format!("{}{n}", &feed[..1]), "events": []})
    }

    #[test]
    fn a_push_is_applied_where_it_follows_and_the_cursor_goes_with_it() {
        let mut tail = tail();
        assert!(matches!(tail.take(&push("everyone", 10)), Next::Wait));
        assert!(matches!(tail.take(&push("user", 6)), Next::Wait));
        assert_eq!(tail.cursor, "1.u6~e10");
        for known in [push("user", 6), push("user", 2), json!({"feed": "user", "n": 6})] {
            assert!(matches!(tail.take(&known), Next::Wait));
        }
        for missed in [push("user", 8), json!({"feed": "user", "n": 7}), push("news", 1)] {
            assert!(matches!(tail.take(&missed), Next::Resume));
        }
        assert_eq!(tail.cursor, "1.u6~e10");
    }

    #[test]
    fn what_is_pushed_while_an_answer_is_on_its_way_is_in_it_or_asked_for() {
        let mut tail = tail();
        let answer = |n: u64| json!({"events": [], "cursor": "c", "more": false, "positions": {"user": {"n": n, "at": "u"}}});
        for (pushed, answered, again) in [(6, 6, false), (7, 6, true), (7, 7, false)] {
            tail.resuming = true;
            assert!(matches!(tail.take(&push("user", pushed)), Next::Wait));
            assert_eq!(matches!(tail.take(&answer(answered)), Next::Resume), again);
        }
    }

    /// A line, and its other end after the question was heard there.
    async fn asked(tail: &mut Tail<'static>, then: impl AsyncFnOnce(WebSocketStream<DuplexStream>)) -> Ended {
        let (ours, theirs) = tokio::io::duplex(64 * 1_024);
        let ours = WebSocketStream::from_raw_socket(ours, Role::Client, None).await;
        let mut theirs = WebSocketStream::from_raw_socket(theirs, Role::Server, None).await;
        let server = async {
            theirs.next().await.unwrap().unwrap();
            then(theirs).await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            ended = tail.follow(ours) => ended,
            () = server => Ended::Enough,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_question_ends_the_line() {
        let mut tail = tail();
        let refuse = async |mut line: WebSocketStream<DuplexStream>| {
            line.send(Message::text(r#"{"error":{"title":"come again later"}}"#)).await.unwrap();
            std::future::pending::<()>().await;
        };
        let ended = tokio::time::timeout(Duration::from_secs(1), asked(&mut tail, refuse)).await;
        assert!(matches!(ended, Ok(Ended::Line)));
    }

    #[tokio::test(start_paused = true)]
    async fn pushes_are_no_answer() {
        let mut tail = tail();
        let only_push = async |mut line: WebSocketStream<DuplexStream>| {
            for n in 6.. {
                line.send(Message::text(push("user", n).to_string())).await.unwrap();
                tokio::time::sleep(Duration::from_secs(20)).await;
            }
        };
        let ended = tokio::time::timeout(ANSWER_WITHIN + Duration::from_secs(1), asked(&mut tail, only_push)).await;
        assert!(matches!(ended, Ok(Ended::Line)));
    }

    #[test]
    fn an_answer_to_a_ping_tells_whether_something_was_lost() {
        let mut tail = tail();
        let positions = |n: u64| json!({"positions": {"user": {"n": n, "at": "x"}, "everyone": {"n": 9, "at": "e9"}}});
        assert!(matches!(tail.take(&positions(5)), Next::Wait));
        assert!(matches!(tail.take(&positions(6)), Next::Resume));
        assert_eq!(tail.cursor, "1.u5~e9");
        let part = json!({"events": [], "cursor": "1.u5~e9", "more": true});
        assert!(matches!(tail.take(&part), Next::Wait));
    }
}

//! `belfry tail`: follows a user's inbox, and goes on where it stood when the line breaks. Here over a stream.

use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum};
use contract::sse::{Frame, Parser};
use inbox::backoff::Backoff;
use reqwest::Response;
use serde_json::Value;

use super::Error;
use super::client::{Caller, ClientArgs, may_pass};
use super::inbox::shortened;
use crate::out;
use crate::ports::Entropy as _;
use crate::system::SystemEntropy;

/// A server that is being restarted is back in a moment; one that stays away is asked twice a minute.
const BACKOFF: Backoff = Backoff { base: Duration::from_millis(500), cap: Duration::from_secs(30) };
/// Three heartbeats of the slowest kind: a line that is quieter is dead.
const SILENCE_MAX: Duration = Duration::from_secs(90);

#[derive(Args, Clone, Debug)]
pub struct TailArgs {
    #[command(flatten)]
    pub(super) client: ClientArgs,
    /// How to follow: a stream, or a socket as browsers open one
    #[arg(long, env = "BELFRY_TAIL_TRANSPORT", value_enum, default_value_t = Transport::Sse)]
    transport: Transport,
    /// A position to begin from, instead of now
    #[arg(long, env = "BELFRY_TAIL_AFTER", value_name = "CURSOR")]
    pub(super) after: Option<String>,
    /// Event types, separated by commas; all unless given
    #[arg(long, env = "BELFRY_TAIL_TYPES", value_name = "A,B")]
    pub(super) types: Option<String>,
    /// Every event as its JSON
    #[arg(long, env = "BELFRY_TAIL_JSON", value_parser = BoolishValueParser::new())]
    json: bool,
    /// End after this many events
    #[arg(long, env = "BELFRY_TAIL_COUNT", value_name = "N")]
    count: Option<u64>,
}

/// How news come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Transport {
    Sse,
    Socket,
}

/// How a connection ended.
pub(super) enum Ended {
    /// As many events as were asked for.
    Enough,
    /// By itself: go on from the last position.
    Line,
}

pub(super) async fn run(args: &TailArgs) -> Result<(), Error> {
    match args.transport {
        Transport::Sse => stream(args).await,
        Transport::Socket => super::tail_socket::run(args).await,
    }
}

/// What is told, and how much of it is still to be.
pub(super) struct Teller {
    json: bool,
    left: Option<u64>,
}

impl Teller {
    pub(super) fn new(args: &TailArgs) -> Self {
        Self { json: args.json, left: args.count }
    }

    #[cfg(test)]
    pub(super) fn for_tests() -> Self {
        Self { json: true, left: None }
    }

    /// Tells one event.
    pub(super) fn tell(&mut self, data: &str) {
        if self.json {
            out::line(data);
        } else {
            out::line(&sentence(&serde_json::from_str(data).unwrap_or_default()));
        }
        self.left = self.left.map(|left| left.saturating_sub(1));
    }

    /// Whether that was all that was asked for.
    pub(super) fn enough(&self) -> bool {
        self.left == Some(0)
    }
}

/// Waits before the next try.
pub(super) async fn pause(attempt: u32) {
    tokio::time::sleep(BACKOFF.wait(attempt, SystemEntropy.u64())).await;
}

async fn stream(args: &TailArgs) -> Result<(), Error> {
    let caller = args.client.caller()?;
    let mut tail = Tail { args, after: args.after.clone().unwrap_or_default(), attempt: 0, teller: Teller::new(args) };
    loop {
        match tail.connect(&caller).await? {
            Some(response) => match tail.follow(response).await {
                Ended::Enough => return Ok(()),
                Ended::Line => {}
            },
            None => out::note("the server does not answer; trying again"),
        }
        pause(tail.attempt).await;
        tail.attempt = tail.attempt.saturating_add(1);
    }
}

/// Where a tail stands.
struct Tail<'a> {
    args: &'a TailArgs,
    after: String,
    attempt: u32,
    teller: Teller,
}

impl Tail<'_> {
    /// An open stream; `None` where trying again may help. The very first try must succeed: a wrong address is no outage.
    async fn connect(&mut self, caller: &Caller) -> Result<Option<Response>, Error> {
        let types = self.args.types.as_ref().map(|types| format!("?types={types}")).unwrap_or_default();
        let mut request = caller.get(&format!("/api/stream/events{types}"));
        if !self.after.is_empty() {
            request = request.header("last-event-id", &self.after);
        }
        if self.attempt == 0 {
            let response = caller.send(request).await?;
            self.attempt = 1;
            return Ok(Some(response));
        }
        match request.send().await {
            Ok(response) if response.status().is_success() => Ok(Some(response)),
            Ok(response) if !may_pass(response.status().as_u16()) => Err(format!("the server answered {}", response.status()).into()),
            Ok(_) | Err(_) => Ok(None),
        }
    }

    async fn follow(&mut self, mut response: Response) -> Ended {
        let mut parser = Parser::new(&self.after);
        while let Ok(Ok(Some(bytes))) = tokio::time::timeout(SILENCE_MAX, response.chunk()).await {
            for frame in parser.feed(&bytes) {
                if let Frame::Message { data, .. } = frame {
                    self.teller.tell(&data);
                    if self.teller.enough() {
                        return Ended::Enough;
                    }
                }
            }
            parser.last_event_id().clone_into(&mut self.after);
            self.attempt = 1;
        }
        Ended::Line
    }
}

/// An event as a person reads it.
fn sentence(event: &Value) -> String {
    let kind = event["type"].as_str().unwrap_or("?");
    let text = |value: &Value| out::plain(value.as_str().unwrap_or_default());
    let (notification, task) = (&event["notification"], &event["task"]);
    let rest = if notification.is_object() {
        let state = if notification["read"] == true { " (read)" } else { "" };
        let message = shortened(&text(&notification["message"]));
        let dash = if message.is_empty() { "" } else { " — " };
        format!("[{}] {}{dash}{message}{state}", text(&notification["type"]), text(&notification["title"]))
    } else if task.is_object() {
        let progress = task["progress"].as_f64().map(|percent| format!(" {percent} %")).unwrap_or_default();
        format!("{} is {}{progress}", text(&task["name"]), text(&task["status"]))
    } else {
        match kind {
            "inbox" => format!("{} unread, {} unseen", event["unreadCount"], event["unseenCount"]),
            "notification-deleted" => text(&event["id"]),
            "watermark" => if event["read"].is_object() { "all read" } else { "all deleted" }.to_owned(),
            "reset" => "fetch the lists again".to_owned(),
            _ => String::new(),
        }
    };
    format!("{kind:<20} {rest}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_read_as_sentences() {
        let cases = [
            (
                json!({"type": "notification", "notification": {"type": "info", "title": "A", "message": "b", "read": true}}),
                "notification         [info] A — b (read)",
            ),
            (
                json!({"type": "task-progress", "task": {"name": "Export", "status": "running", "progress": 40.5}}),
                "task-progress        Export is running 40.5 %",
            ),
            (json!({"type": "inbox", "unreadCount": 2, "unseenCount": 1}), "inbox                2 unread, 1 unseen"),
            (json!({"type": "watermark", "read": {"user": 3}}), "watermark            all read"),
            (json!({"type": "news"}), "news"),
        ];
        for (event, wanted) in cases {
            assert_eq!(sentence(&event), wanted);
        }
    }
}

//! `belfry inbox`: a user's newest notifications as a table.

use clap::Args;
use clap::builder::BoolishValueParser;
use serde_json::Value;

use super::Error;
use super::client::ClientArgs;
use crate::out;

#[derive(Args, Clone, Debug)]
pub struct InboxArgs {
    #[command(flatten)]
    client: ClientArgs,
    /// Unread ones alone
    #[arg(long, env = "BELFRY_INBOX_UNREAD", value_parser = BoolishValueParser::new())]
    unread: bool,
    /// How many, newest first
    #[arg(long, env = "BELFRY_INBOX_LIMIT", value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
    /// The answer as it came
    #[arg(long, env = "BELFRY_INBOX_JSON", value_parser = BoolishValueParser::new())]
    json: bool,
}

pub(super) async fn run(args: &InboxArgs) -> Result<(), Error> {
    let caller = args.client.caller()?;
    let unread = if args.unread { "&unread=true" } else { "" };
    let response = caller.send(caller.get(&format!("/api/notifications?limit={}{unread}", args.limit))).await?;
    let text = response.text().await?;
    if args.json {
        out::line(&text);
        return Ok(());
    }
    let page: Value = serde_json::from_str(&text).map_err(|error| format!("the server's answer cannot be read: {error}"))?;
    print(&page);
    Ok(())
}

fn print(page: &Value) {
    for notification in page["notifications"].as_array().into_iter().flatten() {
        out::line(&row(notification));
    }
    let more = if page["hasMore"] == true { ", and there are more" } else { "" };
    out::line(&format!("{} unread{more}", page["unreadCount"]));
}

/// A dot for unread ones, the time to the minute, the kind, to whom, and what it says.
fn row(notification: &Value) -> String {
    let text = |name: &str| out::plain(notification[name].as_str().unwrap_or_default());
    let dot = if notification["read"] == true { " " } else { "•" };
    let when: String = text("createdAt").chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect();
    let (kind, audience, title, message) = (text("type"), text("audience"), text("title"), text("message"));
    let message: String = if message.is_empty() { message } else { format!(" — {}", shortened(&message)) };
    format!("{dot} {when}  {kind:<8} {audience:<9} {title}{message}")
}

/// The first sixty characters.
pub(super) fn shortened(text: &str) -> String {
    if text.chars().count() <= 60 { text.to_owned() } else { text.chars().take(59).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_is_one_line() {
        let notification = json!({"read": false, "createdAt": "2026-03-04T05:06:07.000Z", "type": "info", "audience": "user", "title": "a\u{1b}[31m\nb", "message": ""});
        assert_eq!(row(&notification), "• 2026-03-04 05:06  info     user      a [31m b");
    }
}

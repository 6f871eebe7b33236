//! `cargo xtask cost`: what a month on AWS costs, by service, and what an idle hour of each transport does.

mod ask;
mod model;
mod prices;
mod tally;
#[cfg(test)]
mod tests;
mod units;

use crate::out;
use ask::{Ask, Transport};
use model::Model;
use prices::{AS_OF, PRICES, REGION};
use tally::Tally;

/// Prints the bill, or what can be said where it is asked for help.
///
/// # Errors
/// An option that is not understood, or units that cannot be read.
pub(crate) fn run(words: &[&str]) -> Result<(), String> {
    if words.iter().any(|word| ["--help", "-h"].contains(word)) {
        out::line(&ask::understood());
        return Ok(());
    }
    let ask = Ask::parse(words)?;
    for line in report(&ask, &Model::new()?)? {
        out::line(&line);
    }
    Ok(())
}

fn report(ask: &Ask, model: &Model) -> Result<Vec<String>, String> {
    let mut lines = vec![
        format!("Prices of {AS_OF}, {REGION}, on demand, arm64, without the free tier and without tiers for large accounts."),
        format!(
            "{} users a day, {} hours each ({:.0} at once), {} events, {} marks and {} pages each; {} broadcasts; {} days.",
            ask.users,
            ask.hours,
            ask.at_once(),
            ask.events,
            ask.marks,
            ask.pages,
            ask.broadcasts,
            ask.days
        ),
        String::new(),
        format!(
            "An idle hour of one client          {:>12} {:>9} {:>9} {:>9} {:>9} {:>9}",
            "dollars", "GB-s", "requests", "messages", "reads", "writes"
        ),
    ];
    for transport in Transport::ALL {
        let hour = model.idle_hour(transport, ask.poll_s)?;
        lines.push(idle(transport, &hour));
    }
    lines.push(String::new());
    let months = Transport::ALL.map(|transport| Ok::<_, String>((transport, model.month(ask, transport)?)));
    for month in months {
        let (transport, month) = month?;
        let dollars = month.dollars(&PRICES);
        let each = if ask.users > 0.0 { format!("{:.4} a user", dollars / ask.users) } else { String::new() };
        lines.push(format!("A month, all by {:<19} {:>12} {each}", transport.name(), money(dollars)));
    }
    lines.extend([String::new(), format!("By service, with {}:", ask.transport.name())]);
    let month = model.month(ask, ask.transport)?;
    lines.extend(month.bill(&PRICES).into_iter().map(|(service, dollars)| format!("  {service:<33} {:>12}", money(dollars))));
    Ok(lines)
}

fn idle(transport: Transport, hour: &Tally) -> String {
    let what = format!("  {}", transport.name());
    let requests = hour.rest_requests + hour.lambda_requests;
    format!(
        "{what:<35} {:>12.7} {:>9.2} {requests:>9.1} {:>9.1} {:>9.1} {:>9.1}",
        hour.dollars(&PRICES),
        hour.lambda_gb_seconds,
        hour.socket_messages,
        hour.reads,
        hour.writes
    )
}

fn money(dollars: f64) -> String {
    format!("{dollars:.2}")
}

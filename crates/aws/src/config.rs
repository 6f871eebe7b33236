//! The environment of a function, read once into typed values; everything wrong with it is told together.
//!
//! Where `belfry serve` has an option of the same meaning, the same rules hold. Nothing here asks a service for anything.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use inbox::limits;

mod pushing;
mod tokens;
mod web;

pub use pushing::{Pushing, Sockets};
pub use tokens::{Claims, Keys, Tokens};
pub use web::Web;

/// The longest retention: ten years.
const RETENTION_DAYS_MAX: u64 = 3_650;

/// What every function needs: where the truth is, and how it is kept.
#[derive(Clone, Debug)]
pub struct Store {
    /// The table's name. `BELFRY_TABLE`.
    pub table: String,
    /// Part of every cursor; changed when the table is put back from a backup. `BELFRY_GENERATION`, 1 by default.
    pub generation: String,
    /// How long a notification is kept. `BELFRY_RETENTION_DAYS`, 90 by default.
    pub retention: Duration,
    /// How long a task is kept after its last update. `BELFRY_TASK_RETENTION_DAYS`, 30 by default.
    pub task_retention: Duration,
    /// In how many partitions each channel stands. `BELFRY_CHANNEL_PARTITIONS`, 1 by default.
    pub channel_partitions: u32,
    /// Whether several customers share the deployment. `BELFRY_TENANT_CLAIM` is set.
    pub tenants: bool,
    /// What to log. `BELFRY_LOG`, info by default.
    pub log: String,
    /// What the function is called; metrics say so. `AWS_LAMBDA_FUNCTION_NAME`, which Lambda sets.
    pub function: String,
}

/// The environment of `api`.
#[derive(Clone, Debug)]
pub struct Api {
    /// Where the truth is.
    pub store: Store,
    /// Whose tokens are good.
    pub tokens: Tokens,
    /// What clients are told.
    pub web: Web,
    /// Where events are published. `BELFRY_TOPIC_ARN`.
    pub topic_arn: String,
    /// How marks reach the user's other sockets.
    pub pushing: Pushing,
}

/// The environment of `stream`.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Where the truth is.
    pub store: Store,
    /// Whose tokens are good.
    pub tokens: Tokens,
    /// What clients are told.
    pub web: Web,
}

/// The environment of `websocket`.
#[derive(Clone, Debug)]
pub struct Websocket {
    /// Where the truth is.
    pub store: Store,
    /// Whose tokens are good.
    pub tokens: Tokens,
    /// What clients are told.
    pub web: Web,
    /// Where answers are posted.
    pub sockets: Sockets,
}

/// The environment of `deliver`.
#[derive(Clone, Debug)]
pub struct Deliver {
    /// Where the truth is.
    pub store: Store,
    /// Where poison goes. `BELFRY_DEAD_LETTER_QUEUE_URL`.
    pub dead_letter_queue_url: String,
    /// How news reach sockets.
    pub pushing: Pushing,
}

/// The environment of `fanout`.
#[derive(Clone, Debug)]
pub struct Fanout {
    /// Where the truth is.
    pub store: Store,
    /// Where a text that is no job goes. `BELFRY_DEAD_LETTER_QUEUE_URL`.
    pub dead_letter_queue_url: String,
    /// How news reach sockets.
    pub pushing: Pushing,
}

impl Api {
    /// Reads it.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn read(vars: &Vars) -> Result<Self, Problems> {
        vars.read(|asks| {
            let tokens = tokens::read(asks);
            let (web, pushing) = (web::read(asks), pushing::read(asks));
            Self { store: store(asks), tokens, web, topic_arn: asks.needed("BELFRY_TOPIC_ARN"), pushing }
        })
    }
}

impl Stream {
    /// Reads it.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn read(vars: &Vars) -> Result<Self, Problems> {
        vars.read(|asks| Self { store: store(asks), tokens: tokens::read(asks), web: web::read(asks) })
    }
}

impl Websocket {
    /// Reads it.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn read(vars: &Vars) -> Result<Self, Problems> {
        vars.read(|asks| Self { store: store(asks), tokens: tokens::read(asks), web: web::read(asks), sockets: pushing::sockets(asks) })
    }
}

impl Deliver {
    /// Reads it.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn read(vars: &Vars) -> Result<Self, Problems> {
        let read = |asks: &mut Asks<'_>| Self {
            store: store(asks),
            dead_letter_queue_url: asks.needed("BELFRY_DEAD_LETTER_QUEUE_URL"),
            pushing: pushing::read(asks),
        };
        vars.read(read)
    }
}

impl Fanout {
    /// Reads it.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn read(vars: &Vars) -> Result<Self, Problems> {
        let read = |asks: &mut Asks<'_>| Self {
            store: store(asks),
            dead_letter_queue_url: asks.needed("BELFRY_DEAD_LETTER_QUEUE_URL"),
            pushing: pushing::read(asks),
        };
        vars.read(read)
    }
}

fn store(asks: &mut Asks<'_>) -> Store {
    let days = |days: u64| Duration::from_hours(24 * days);
    let partitions = asks.number("BELFRY_CHANNEL_PARTITIONS", 1..=u64::from(limits::CHANNEL_PARTITIONS), 1);
    Store {
        table: asks.needed("BELFRY_TABLE"),
        generation: asks.text("BELFRY_GENERATION").unwrap_or("1").to_owned(),
        retention: days(asks.number("BELFRY_RETENTION_DAYS", 1..=RETENTION_DAYS_MAX, limits::RETENTION.as_secs() / 86_400)),
        task_retention: days(asks.number("BELFRY_TASK_RETENTION_DAYS", 1..=RETENTION_DAYS_MAX, limits::TASK_RETENTION.as_secs() / 86_400)),
        channel_partitions: u32::try_from(partitions).unwrap_or(1),
        tenants: asks.text("BELFRY_TENANT_CLAIM").is_some(),
        log: asks.text("BELFRY_LOG").unwrap_or("info").to_owned(),
        function: asks.text("AWS_LAMBDA_FUNCTION_NAME").unwrap_or("belfry").to_owned(),
    }
}

/// The environment's variables. Its `Debug` shows names alone.
#[derive(Clone, Default)]
pub struct Vars(HashMap<String, String>);

impl fmt::Debug for Vars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Vars {
    /// The process's own. What is not Unicode counts as absent.
    pub fn of_process() -> Self {
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect()
    }

    /// A variable; an empty one counts as absent, as a template writes those that are not wanted.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    fn read<T>(&self, read: impl FnOnce(&mut Asks<'_>) -> T) -> Result<T, Problems> {
        let mut asks = Asks { vars: self, problems: Vec::new() };
        let value = read(&mut asks);
        if asks.problems.is_empty() { Ok(value) } else { Err(Problems(asks.problems)) }
    }
}

impl FromIterator<(String, String)> for Vars {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(vars: I) -> Self {
        Self(vars.into_iter().collect())
    }
}

/// The variables, and what was found wrong with them so far.
struct Asks<'a> {
    vars: &'a Vars,
    problems: Vec<String>,
}

impl<'a> Asks<'a> {
    fn text(&self, name: &str) -> Option<&'a str> {
        self.vars.get(name)
    }

    fn needed(&mut self, name: &str) -> String {
        let value = self.text(name);
        if value.is_none() {
            self.problems.push(format!("{name} is missing"));
        }
        value.unwrap_or_default().to_owned()
    }

    /// What stands between commas.
    fn list(&self, name: &str) -> Vec<&'a str> {
        self.text(name).into_iter().flat_map(|text| text.split(',')).map(str::trim).filter(|part| !part.is_empty()).collect()
    }

    fn number(&mut self, name: &str, range: std::ops::RangeInclusive<u64>, otherwise: u64) -> u64 {
        let Some(text) = self.text(name) else { return otherwise };
        let read = text.parse().ok().filter(|number| range.contains(number));
        let wrong = || format!("{name}={text} is outside {} to {}", range.start(), range.end());
        self.note(read.ok_or_else(wrong), otherwise)
    }

    fn note<T>(&mut self, read: Result<T, String>, otherwise: T) -> T {
        read.unwrap_or_else(|problem| {
            self.problems.push(problem);
            otherwise
        })
    }
}

/// Everything that is wrong with an environment, at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [one] => write!(f, "{one}"),
            many => write!(f, "{} settings need attention: {}", many.len(), many.join("; ")),
        }
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests;

//! `belfry token`: a token for a user, by the secret that the server has.

use std::path::{Path, PathBuf};
use std::time::Duration;

use auth::config::Secret;
use auth::sign::{NewToken, mint};
use clap::Args;
use clap::builder::BoolishValueParser;
use inbox::id::{Tenant, Topic, UserId};
use inbox::limits;

use super::Error;
use crate::ports::Clock as _;
use crate::settings::items;
use crate::system::SystemClock;
use crate::{dev_secret, out};

#[derive(Args, Clone, Debug)]
pub struct TokenArgs {
    /// Whose token
    #[arg(long, env = "BELFRY_USER", value_parser = UserId::parse)]
    user: UserId,
    /// May administer: broadcast, notify, report tasks, withdraw
    #[arg(long, env = "BELFRY_TOKEN_ADMIN", value_parser = BoolishValueParser::new())]
    admin: bool,
    /// May notify and report tasks
    #[arg(long, env = "BELFRY_TOKEN_SERVICE", value_parser = BoolishValueParser::new())]
    service: bool,
    /// Topics whose broadcasts the user sees
    #[arg(long, env = "BELFRY_TOKEN_TOPICS", value_name = "A,B", value_delimiter = ',', value_parser = Topic::parse)]
    topics: Vec<Topic>,
    /// The customer that the user belongs to
    #[arg(long, env = "BELFRY_TOKEN_TENANT", value_parser = Tenant::parse)]
    tenant: Option<Tenant>,
    /// Hours until it expires
    #[arg(long, env = "BELFRY_TOKEN_EXPIRES_HOURS", value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u64).range(1..=87_600))]
    expires_hours: u64,
    /// The issuer (iss) that the server asks for
    #[arg(long, env = "BELFRY_ISSUER", value_name = "ISS")]
    issuer: Option<String>,
    /// The audience (aud) that the server asks for; of several the first
    #[arg(long, env = "BELFRY_AUDIENCE", value_name = "AUD", value_delimiter = ',')]
    audience: Vec<String>,
    #[command(flatten)]
    key: KeyArgs,
}

/// Where the secret is.
#[derive(Args, Clone, Debug)]
pub(super) struct KeyArgs {
    /// Folder of the server's data, with its development secret
    #[arg(long, env = "BELFRY_DATA", value_name = "DIR", default_value = "./belfry-data")]
    data: PathBuf,
    /// The server's secret, where it was given one
    #[arg(long, env = "BELFRY_JWT_SECRET", value_name = "SECRET", hide_env_values = true)]
    jwt_secret: Option<String>,
}

impl KeyArgs {
    /// The secret, given or found.
    pub(super) fn secret(&self) -> Result<Secret, Error> {
        match &self.jwt_secret {
            Some(secret) => Secret::parse(secret).map_err(|error| format!("--jwt-secret: {error}").into()),
            None => dev_secret::read(&self.data).map_err(|error| no_secret(&self.data, &error)),
        }
    }

    /// A short-lived token for a client's own requests.
    pub(super) fn token_for(&self, user: &UserId) -> Result<String, Error> {
        let now = SystemClock.now();
        Ok(mint(&self.secret()?, &NewToken::new(user.clone(), now, now.plus(Duration::from_hours(12)))))
    }
}

fn no_secret(data: &Path, error: &std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::NotFound {
        let path = dev_secret::path(data);
        format!("there is no {}: start belfry serve in this folder first, or give --data, --jwt-secret or a token", path.display()).into()
    } else {
        error.to_string().into()
    }
}

impl TokenArgs {
    /// One that the server takes will do.
    fn audience(&self) -> Option<&str> {
        items(&self.audience).next()
    }
}

pub(super) fn run(args: &TokenArgs) -> Result<(), Error> {
    if args.topics.len() > limits::TOPICS {
        return Err(format!("--topics names {}, and a token may name {}", args.topics.len(), limits::TOPICS).into());
    }
    let secret = args.key.secret()?;
    let now = SystemClock.now();
    let mut token = NewToken::new(args.user.clone(), now, now.plus(Duration::from_hours(args.expires_hours)));
    token.admin = args.admin;
    token.service = args.service;
    token.topics.clone_from(&args.topics);
    token.tenant.clone_from(&args.tenant);
    token.issuer.clone_from(&args.issuer);
    token.audience = args.audience().map(str::to_owned);
    out::line(&mint(&secret, &token));
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        args: TokenArgs,
    }

    #[test]
    fn of_several_audiences_a_token_is_for_the_first() {
        for (list, wanted) in [("a, b", Some("a")), (",a", Some("a")), ("", None)] {
            let args = Command::try_parse_from(["token", "--user", "anna", "--audience", list]).unwrap().args;
            assert_eq!(args.audience(), wanted, "{list}");
        }
    }
}

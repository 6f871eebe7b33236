//! How the server is to run: options and environment, read once, and everything wrong told together.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use auth::config::{AuthConfig, KeySource, PublicAlgorithm, Secret, TENANT_CLAIM};
use auth::rule::ClaimRule;
use belfry_http::origin::Origin;
use clap::Args;
use clap::builder::BoolishValueParser;
use inbox::limits;

use crate::sigv4::KeyPair;
use crate::sns_api::Access;

/// The longest stream, so that clients meet what they would meet on AWS (AWS Lambda quotas, 2026: 15 minutes).
const WINDOW_MAX: Duration = Duration::from_mins(15);
/// The longest retention: ten years.
const RETENTION_DAYS_MAX: u64 = 3_650;

/// `belfry serve`. Texts, so that all of them are checked before any complaint.
#[derive(Args, Clone, Debug)]
pub struct ServeArgs {
    /// Folder of the data: belfry.db, dev-secret and dead-letters.jsonl
    #[arg(long, env = "BELFRY_DATA", value_name = "DIR", default_value = "./belfry-data")]
    pub data: PathBuf,
    /// Keep everything in memory and nothing on disk
    #[arg(long, env = "BELFRY_MEMORY", value_parser = BoolishValueParser::new())]
    pub memory: bool,
    /// Address and port; port 0 takes a free one
    #[arg(long, env = "BELFRY_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: String,
    /// Fill anna's inbox and run a job for her every 20 seconds
    #[arg(long, env = "BELFRY_DEMO", value_parser = BoolishValueParser::new())]
    pub demo: bool,
    /// Secret of HS256 tokens, 32 bytes or more; without it and --jwks-url, a development secret is made
    #[arg(long, env = "BELFRY_JWT_SECRET", value_name = "SECRET", hide_env_values = true)]
    pub jwt_secret: Option<String>,
    /// Address of the token issuer's public keys (JWKS)
    #[arg(long, env = "BELFRY_JWKS_URL", value_name = "URL")]
    pub jwks_url: Option<String>,
    /// The only issuer (iss) whose tokens are accepted
    #[arg(long, env = "BELFRY_ISSUER", value_name = "ISS")]
    pub issuer: Option<String>,
    /// An accepted audience (aud, or the client id in tokens of Cognito); may come several times
    #[arg(long, env = "BELFRY_AUDIENCE", value_name = "AUD", value_delimiter = ',')]
    pub audience: Vec<String>,
    /// Which claim makes an administrator, such as roles=admin
    #[arg(long, env = "BELFRY_ADMIN_CLAIM", value_name = "CLAIM=VALUE")]
    pub admin_claim: Option<String>,
    /// Which claim makes a service, such as scope=notify
    #[arg(long, env = "BELFRY_SERVICE_CLAIM", value_name = "CLAIM=VALUE")]
    pub service_claim: Option<String>,
    /// The claim that names the customer, where several share this server
    #[arg(long, env = "BELFRY_TENANT_CLAIM", value_name = "CLAIM")]
    pub tenant_claim: Option<String>,
    /// A page of another origin that may call with credentials; may come several times
    #[arg(long, env = "BELFRY_ALLOWED_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub allowed_origin: Vec<String>,
    /// The cookie that carries a token
    #[arg(long, env = "BELFRY_COOKIE_NAME", value_name = "NAME", default_value = "__Host-belfry")]
    pub cookie_name: String,
    /// Seconds between heartbeats of an idle stream, 1 to 30
    #[arg(long, env = "BELFRY_HEARTBEAT_SECONDS", value_name = "N", default_value = "15")]
    pub heartbeat_seconds: String,
    /// Seconds after which a stream ends and its client resumes, 1 to 900
    #[arg(long, env = "BELFRY_STREAM_WINDOW_SECONDS", value_name = "N", default_value = "900")]
    pub stream_window_seconds: String,
    /// Streams that are held at once, and as many sockets; more are told to come again, and poll meanwhile
    #[arg(long, env = "BELFRY_MAX_STREAMS", value_name = "N", default_value = "15000")]
    pub max_streams: String,
    /// Days for which a notification is kept
    #[arg(long, env = "BELFRY_RETENTION_DAYS", value_name = "N", default_value = "90")]
    pub retention_days: String,
    /// A word that changes when belfry.db is put back from a backup: clients then fetch their lists anew
    #[arg(long, env = "BELFRY_GENERATION", value_name = "WORD", default_value = "1")]
    pub generation: String,
    /// Access key id with which jobs must sign, and may post to sockets; without it only this machine may publish
    #[arg(long, env = "BELFRY_SNS_ACCESS_KEY_ID", value_name = "ID")]
    pub sns_access_key_id: Option<String>,
    /// The secret that goes with it
    #[arg(long, env = "BELFRY_SNS_SECRET_ACCESS_KEY", value_name = "SECRET", hide_env_values = true)]
    pub sns_secret_access_key: Option<String>,
    /// What to log: error, warn, info, debug or trace; also by module
    #[arg(long, env = "BELFRY_LOG", value_name = "FILTER", default_value = "warn")]
    pub log: String,
}

/// How the server is to run, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder of the data; `None`: in memory.
    pub data: Option<PathBuf>,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Whether to show something.
    pub demo: bool,
    /// Who signs tokens.
    pub keys: Keys,
    /// Everything else about tokens.
    pub claims: Claims,
    /// Pages of other origins that may call with credentials.
    pub allowed_origins: Vec<Origin>,
    /// The cookie that carries a token.
    pub cookie_name: String,
    /// Between two heartbeats.
    pub heartbeat: Duration,
    /// How long a stream is held.
    pub window: Duration,
    /// How many streams are held at once, and how many sockets.
    pub streams_max: usize,
    /// How long a notification is kept.
    pub retention: Duration,
    /// Part of every cursor; see the option.
    pub generation: String,
    /// Who may publish over SNS.
    pub access: Access,
}

/// Who signs tokens.
#[derive(Clone, Debug)]
pub enum Keys {
    /// We do, for development, on this machine.
    Development,
    /// Whoever has this secret.
    Secret(Secret),
    /// An issuer that publishes its keys here.
    Jwks(String),
}

/// What tokens must say, beside their signature.
#[derive(Clone, Debug)]
pub struct Claims {
    issuer: Option<String>,
    audience: Vec<String>,
    admin: Option<ClaimRule>,
    service: Option<ClaimRule>,
    tenant: Option<String>,
}

impl Claims {
    /// Whether several customers share the server.
    pub fn tenants(&self) -> bool {
        self.tenant.is_some()
    }

    /// The configuration with these keys.
    pub fn with_keys(&self, keys: KeySource) -> AuthConfig {
        let mut config = AuthConfig::new(keys);
        config.issuer.clone_from(&self.issuer);
        config.audience.clone_from(&self.audience);
        config.tenant_claim.clone_from(&self.tenant);
        if let Some(rule) = &self.admin {
            config.admin = rule.clone();
        }
        if let Some(rule) = &self.service {
            config.service = rule.clone();
        }
        config
    }
}

/// The key source of a published set: every algorithm that we verify.
///
/// # Panics
/// Never: the list is not empty.
pub fn published_keys() -> KeySource {
    KeySource::Jwks { algorithms: PublicAlgorithm::ALL.to_vec() }
}

/// Everything that is wrong with the settings, at once.
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

impl Settings {
    /// Checks the options.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn parse(args: &ServeArgs) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let settings = Self {
            data: (!args.memory).then(|| args.data.clone()),
            listen: note(&mut problems, listen(&args.listen), SocketAddr::from(([127, 0, 0, 1], 0))),
            demo: args.demo,
            keys: note(&mut problems, keys(args), Keys::Development),
            claims: claims(args, &mut problems),
            allowed_origins: origins(args, &mut problems),
            cookie_name: note(&mut problems, cookie_name(&args.cookie_name), String::new()),
            heartbeat: seconds(&mut problems, "--heartbeat-seconds", &args.heartbeat_seconds, limits::HEARTBEAT_MAX),
            window: seconds(&mut problems, "--stream-window-seconds", &args.stream_window_seconds, WINDOW_MAX),
            streams_max: note(&mut problems, streams(&args.max_streams), 1),
            retention: days(&mut problems, &args.retention_days),
            generation: args.generation.clone(),
            access: note(&mut problems, access(args), Access::Loopback),
        };
        problems.extend(settings.contradictions());
        if problems.is_empty() { Ok(settings) } else { Err(Problems(problems)) }
    }

    fn contradictions(&self) -> Vec<String> {
        let mut found = Vec::new();
        if matches!(self.keys, Keys::Development) && !self.listen.ip().is_loopback() {
            found.push(format!(
                "--listen {} is reached from other machines, and the development secret is for this one alone: give --jwt-secret or --jwks-url",
                self.listen
            ));
        }
        if matches!(self.keys, Keys::Development) && (self.claims.issuer.is_some() || !self.claims.audience.is_empty()) {
            found.push("--issuer and --audience need --jwt-secret or --jwks-url".to_owned());
        }
        if self.demo && self.claims.tenant.is_some() {
            found.push("--demo does not go with --tenant-claim: its users have no tenant".to_owned());
        }
        if matches!(self.keys, Keys::Development | Keys::Secret(_)) && self.claims.tenant.as_deref().is_some_and(|t| t != TENANT_CLAIM) {
            found.push(format!(
                "--tenant-claim must be {TENANT_CLAIM} where this server's own tokens are used; another one needs --jwks-url"
            ));
        }
        found
    }
}

fn note<T>(problems: &mut Vec<String>, read: Result<T, String>, otherwise: T) -> T {
    read.unwrap_or_else(|problem| {
        problems.push(problem);
        otherwise
    })
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    let named = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let address = named.as_deref().unwrap_or(text);
    let port_alone = |port: &str| port.parse().ok().map(|port| SocketAddr::new(IpAddr::from([127, 0, 0, 1]), port));
    let read = address.parse().ok().or_else(|| port_alone(address.strip_prefix(':').unwrap_or(address)));
    read.ok_or_else(|| format!("--listen {text} is not an address and port like 127.0.0.1:8080"))
}

fn keys(args: &ServeArgs) -> Result<Keys, String> {
    match (&args.jwt_secret, &args.jwks_url) {
        (Some(_), Some(_)) => Err("--jwt-secret and --jwks-url exclude each other".to_owned()),
        (Some(secret), None) => Secret::parse(secret).map(Keys::Secret).map_err(|error| format!("--jwt-secret: {error}")),
        (None, Some(url)) => aws::jwks::check_url(url).map(|()| Keys::Jwks(url.clone())).map_err(|problem| format!("--jwks-url {problem}")),
        (None, None) => Ok(Keys::Development),
    }
}

fn claims(args: &ServeArgs, problems: &mut Vec<String>) -> Claims {
    let mut rule = |name: &str, text: &Option<String>| {
        let read = text.as_deref().map(ClaimRule::parse).transpose();
        note(problems, read.map_err(|error| format!("{name}: {error}")), None)
    };
    Claims {
        admin: rule("--admin-claim", &args.admin_claim),
        service: rule("--service-claim", &args.service_claim),
        issuer: args.issuer.clone(),
        audience: items(&args.audience).map(str::to_owned).collect(),
        tenant: args.tenant_claim.clone(),
    }
}

fn origins(args: &ServeArgs, problems: &mut Vec<String>) -> Vec<Origin> {
    let (good, bad): (Vec<_>, Vec<_>) = items(&args.allowed_origin).map(Origin::parse).partition(Result::is_ok);
    problems.extend(bad.into_iter().filter_map(Result::err).map(|error| format!("--allowed-origin: {error}")));
    good.into_iter().flatten().collect()
}

/// The items of a list as people write it: `a, b`, or nothing at all.
pub(crate) fn items(list: &[String]) -> impl Iterator<Item = &str> {
    list.iter().map(|item| item.trim()).filter(|item| !item.is_empty())
}

fn cookie_name(name: &str) -> Result<String, String> {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if !name.is_empty() && name.bytes().all(token) {
        Ok(name.to_owned())
    } else {
        Err(format!("--cookie-name {name:?} is not a cookie's name"))
    }
}

fn seconds(problems: &mut Vec<String>, name: &str, text: &str, most: Duration) -> Duration {
    let read = text.parse().ok().filter(|seconds| (1..=most.as_secs()).contains(seconds));
    let read = read.ok_or_else(|| format!("{name} {text} is outside 1 to {}", most.as_secs()));
    Duration::from_secs(note(problems, read, 1))
}

fn streams(text: &str) -> Result<usize, String> {
    let read = text.parse().ok().filter(|most| *most > 0);
    read.ok_or_else(|| format!("--max-streams {text} is not a number above 0"))
}

fn days(problems: &mut Vec<String>, text: &str) -> Duration {
    let read = text.parse().ok().filter(|days| (1..=RETENTION_DAYS_MAX).contains(days));
    let read = read.ok_or_else(|| format!("--retention-days {text} is outside 1 to {RETENTION_DAYS_MAX}"));
    Duration::from_hours(24 * note(problems, read, 1))
}

fn access(args: &ServeArgs) -> Result<Access, String> {
    match (&args.sns_access_key_id, &args.sns_secret_access_key) {
        (None, None) => Ok(Access::Loopback),
        (Some(id), Some(secret)) if !id.is_empty() && !id.contains(['/', ',', ' ']) && !secret.is_empty() => {
            Ok(Access::Signed(KeyPair { id: id.clone(), secret: secret.clone() }))
        }
        (Some(_), Some(_)) => Err("--sns-access-key-id must be a word without / and commas, and its secret not empty".to_owned()),
        (Some(_), None) => Err("--sns-access-key-id needs --sns-secret-access-key".to_owned()),
        (None, Some(_)) => Err("--sns-secret-access-key needs --sns-access-key-id".to_owned()),
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;

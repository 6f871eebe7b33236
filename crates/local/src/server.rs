//! `belfry serve`: from options to a server that runs until it is told to end.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use auth::config::Secret;
use auth::sign::{NewToken, mint};
use inbox::id::UserId;
use inbox::moment::Moment;
use tokio::net::TcpListener;
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::compose::{Error, Server};
use crate::http1::{self, Stop};
use crate::out;
use crate::ports::{Clock, Entropy};
use crate::settings::{ServeArgs, Settings};
use crate::signin::{ADMIN, DEMO_USERS, TOKEN_LIFE};
use crate::sns_api::{Access, TOPIC_ARN};
use crate::system::{SystemClock, SystemEntropy};

/// Within this time all streams and sockets end, each at its own moment.
const STREAMS_END_WITHIN: Duration = Duration::from_secs(2);
/// What has not ended then is cut.
const PATIENCE: Duration = Duration::from_secs(5);

/// Serves until SIGTERM or Ctrl-C.
///
/// # Errors
/// What is wrong with the options, the data or the address.
pub async fn serve(args: &ServeArgs) -> Result<(), Error> {
    let settings = Settings::parse(args)?;
    log_to_stderr(&args.log)?;
    let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    // The address first: a server that cannot have it leaves no folder behind.
    let listener = listen(&settings).await?;
    let server = Server::compose(&settings, listener.local_addr()?, Arc::clone(&clock), Arc::clone(&entropy)).await?;
    let (router, service, bus, development) =
        (server.router.clone(), server.service.clone(), server.bus.clone(), server.development.clone());
    let hall = server.hall.clone();
    let running = server.start();
    let demo = settings.demo.then(|| tokio::spawn(crate::demo::run(bus, Arc::clone(&clock), Arc::clone(&entropy))));
    greet(&settings, &listener, development.as_ref(), clock.now())?;

    let (stop, stopped) = Stop::new();
    let serving = tokio::spawn(http1::serve(listener, router, stopped, PATIENCE));
    ended().await?;
    demo.iter().for_each(tokio::task::JoinHandle::abort);
    service.hub().shutdown(clock.now(), STREAMS_END_WITHIN, &*entropy);
    stop.now();
    let sockets = tokio::time::timeout(PATIENCE, hall.shutdown(STREAMS_END_WITHIN, &*entropy));
    let all_end = async {
        let (serving, sockets) = tokio::join!(serving, sockets);
        if sockets.is_err() {
            tracing::warn!("some sockets did not end in time");
        }
        serving
    };
    tokio::select! {
        finished = all_end => finished?,
        again = ended() => again?,
    }
    drop(running);
    Ok(())
}

async fn listen(settings: &Settings) -> Result<TcpListener, Error> {
    TcpListener::bind(settings.listen).await.map_err(|error| {
        let advice = if error.kind() == std::io::ErrorKind::AddrInUse { ": stop what listens there, or give another --listen" } else { "" };
        format!("{} cannot be had ({error}){advice}", settings.listen).into()
    })
}

fn log_to_stderr(filter: &str) -> Result<(), Error> {
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("--log {filter}: {error}"))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    let discreet = filter_fn(aws::telemetry::is_discreet);
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines.with_filter(filter.and(discreet))))?;
    Ok(())
}

/// The process was asked to end.
#[cfg(unix)]
async fn ended() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}

/// The process was asked to end.
#[cfg(not(unix))]
async fn ended() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

fn greet(settings: &Settings, listener: &TcpListener, development: Option<&Secret>, now: Moment) -> Result<(), Error> {
    let url = format!("http://{}", listener.local_addr()?);
    out::line(&format!("Belfry is at {url}"));
    match &settings.data {
        Some(data) => out::line(&format!("Data is kept in {}", data.display())),
        None => out::line("Data is kept in memory, and ends with this process"),
    }
    if let Some(secret) = development {
        out::line(&for_development(secret, settings.claims.tenants(), now)?);
    }
    if let Access::Loopback = settings.access {
        out::line(&format!(
            "\nJobs publish with any SNS client:\n  export AWS_ENDPOINT_URL_SNS={url} AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local\n  aws sns publish --topic-arn {TOPIC_ARN} --message '{{\"type\":\"notification\",\"userId\":\"anna\",\"title\":\"Hello\"}}'"
        ));
    }
    Ok(())
}

/// What a developer is told about signing in.
fn for_development(secret: &Secret, tenants: bool, now: Moment) -> Result<String, Error> {
    if tenants {
        return Ok("\nTokens name their customer here (--tenant-claim), so sign-in without a password is of no use; for each:\n  belfry token --user anna --tenant NAME".to_owned());
    }
    let mut told = "\nTokens for development (more: belfry token --help):".to_owned();
    for user in DEMO_USERS {
        write!(told, "\n  {user:<5}  {}", development_token(secret, user, now)?)?;
    }
    Ok(told)
}

fn development_token(secret: &Secret, user: &str, now: Moment) -> Result<String, Error> {
    let mut token = NewToken::new(UserId::parse(user)?, now, now.plus(TOKEN_LIFE));
    token.admin = user == ADMIN;
    Ok(mint(secret, &token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_that_nobody_can_use_are_not_printed() {
        let secret = Secret::parse("01234567890123456789012345678901").unwrap();
        let told = |tenants| for_development(&secret, tenants, Moment::from_seconds(1_800_000_000)).unwrap();
        assert_eq!(told(false).matches(" eyJ").count(), 3);
        assert_eq!(told(true).matches(" eyJ").count(), 0);
        assert!(told(true).contains("belfry token --user anna --tenant NAME"), "{}", told(true));
    }
}

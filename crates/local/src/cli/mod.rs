//! The command line: one program to serve, and to see what is served.

mod client;
mod inbox;
mod publish;
mod tail;
mod tail_socket;
mod token;

use clap::{Parser, Subcommand};

use crate::settings::ServeArgs;

/// What went wrong, as its user should read it: one line, with what to do.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Every option can also be given by the environment: of `serve` as `BELFRY_` and its name, of the others as `BELFRY_`, the command
/// and its name. What several share has one name: where the server is, as whom, and by which secret.
#[derive(Parser, Debug)]
#[command(name = "belfry", version, about = "Notifications and task updates, live, for dashboards and their background jobs")]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  belfry serve --demo                                   a server with something to see, at http://127.0.0.1:8080
  belfry tail --user anna                               what anna is told, live
  belfry publish --user anna --title 'Export ready'     a notification, sent as a job would
  belfry publish --type task-progress --user anna --task-id t1 --status running --progress 40
  curl -H \"Authorization: Bearer $(belfry token --user anna)\" http://127.0.0.1:8080/api/notifications

Every option can also be given by the environment: --listen of serve is BELFRY_LISTEN, --limit of inbox is BELFRY_INBOX_LIMIT.
Where the server is and as whom has one name for all: BELFRY_URL, BELFRY_USER, BELFRY_TOKEN.";

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run the server
    #[command(after_help = "\
Examples:
  belfry serve --demo
  belfry serve --data /var/lib/belfry --listen 0.0.0.0:8080 --jwks-url https://issuer.example/.well-known/jwks.json
  BELFRY_JWT_SECRET=... belfry serve --listen 0.0.0.0:8080 --allowed-origin https://app.example")]
    Serve(Box<ServeArgs>),
    /// Print a token, alone, for scripts
    #[command(after_help = "\
Examples:
  export BELFRY_TOKEN=$(belfry token --user anna)
  belfry token --user ops --admin --expires-hours 1
  belfry token --user anna --topics builds,alerts")]
    Token(token::TokenArgs),
    /// Publish an event through the SNS endpoint, as a job would
    #[command(after_help = "\
Examples:
  belfry publish --user anna --title 'Export ready' --message '3 files' --severity success
  belfry publish --type broadcast --title 'Maintenance at six' --severity warning
  belfry publish --type task-completed --user anna --task-id t1 --status completed
  belfry publish --json '{\"type\":\"withdraw\",\"userId\":\"anna\",\"key\":\"export\"}'")]
    Publish(Box<publish::PublishArgs>),
    /// Follow what a user is told, live
    #[command(after_help = "\
Examples:
  belfry tail --user anna
  belfry tail --user anna --json | jq .type")]
    Tail(tail::TailArgs),
    /// Print a user's inbox
    #[command(after_help = "\
Examples:
  belfry inbox --user anna
  belfry inbox --user anna --unread --limit 100")]
    Inbox(inbox::InboxArgs),
}

/// Does what was asked, but for serving, which is the main's own.
///
/// # Errors
/// What went wrong, for its user.
pub async fn run(command: Command) -> Result<(), Error> {
    match command {
        Command::Serve(args) => crate::server::serve(&args).await,
        Command::Token(args) => token::run(&args),
        Command::Publish(args) => publish::run(&args).await,
        Command::Tail(args) => tail::run(&args).await,
        Command::Inbox(args) => inbox::run(&args).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }
}

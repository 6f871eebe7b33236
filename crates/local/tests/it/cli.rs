//! The command line as people and scripts use it.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use clap::CommandFactory as _;
use local::cli::Cli;
use serde_json::{Value, json};

use crate::support::{Home, Server, Watch};

/// A process that ends with the test.
struct Following(Child);

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn addresses<'a>(server: &'a Server<'_>) -> [(&'static str, &'a str); 2] {
    [("BELFRY_URL", server.url.as_str()), ("AWS_ENDPOINT_URL_SNS", server.url.as_str())]
}

#[test]
fn every_help_holds_examples_that_can_be_read() {
    let home = Home::new();
    assert!(home.run(&["--help"], &[]).good().contains("Examples:\n  belfry serve --demo"));
    for command in ["serve", "token", "publish", "tail", "inbox"] {
        let help = home.run(&[command, "--help"], &[]).good();
        let (_, examples) = help.split_once("Examples:\n").unwrap_or_else(|| panic!("{command}: {help}"));
        assert!(examples.contains(&format!("belfry {command}")), "{examples}");
    }
    let nothing = home.run(&[], &[]);
    assert!(!nothing.succeeded && nothing.complained.contains("Examples:"));
    assert!(home.run(&["--version"], &[]).good().starts_with("belfry "));
}

/// What several commands share, or a job's AWS client reads too; every other option has a variable of its command's and its own name.
const SHARED: [(&str, &str); 19] = [
    ("token user", "BELFRY_USER"),
    ("token issuer", "BELFRY_ISSUER"),
    ("token audience", "BELFRY_AUDIENCE"),
    ("token data", "BELFRY_DATA"),
    ("token jwt-secret", "BELFRY_JWT_SECRET"),
    ("publish endpoint", "AWS_ENDPOINT_URL_SNS"),
    ("publish topic-arn", "BELFRY_TOPIC_ARN"),
    ("publish access-key-id", "AWS_ACCESS_KEY_ID"),
    ("publish secret-access-key", "AWS_SECRET_ACCESS_KEY"),
    ("tail server", "BELFRY_URL"),
    ("tail user", "BELFRY_USER"),
    ("tail token", "BELFRY_TOKEN"),
    ("tail data", "BELFRY_DATA"),
    ("tail jwt-secret", "BELFRY_JWT_SECRET"),
    ("inbox server", "BELFRY_URL"),
    ("inbox user", "BELFRY_USER"),
    ("inbox token", "BELFRY_TOKEN"),
    ("inbox data", "BELFRY_DATA"),
    ("inbox jwt-secret", "BELFRY_JWT_SECRET"),
];

#[test]
fn every_option_of_every_command_has_a_variable_of_its_name() {
    let cli = Cli::command();
    let commands: Vec<_> = cli.get_subcommands().filter(|command| command.get_name() != "help").collect();
    assert_eq!(commands.len(), 5);
    for command in commands {
        let mut seen = BTreeSet::new();
        for option in command.get_arguments().filter(|option| !["help", "version"].contains(&option.get_id().as_str())) {
            let name = option.get_long().unwrap();
            let at = format!("{} {name}", command.get_name());
            let known = SHARED.iter().find(|(of, _)| *of == at).map(|(_, variable)| (*variable).to_owned());
            let upper = |words: &str| words.replace(['-', ' '], "_").to_uppercase();
            let own = format!("BELFRY_{}", upper(if command.get_name() == "serve" { name } else { &at }));
            let variable = option.get_env().unwrap_or_else(|| panic!("{at} has none")).to_string_lossy().into_owned();
            assert_eq!(variable, known.unwrap_or(own), "{at}");
            let secret = ["token", "secret", "access-key"].iter().any(|word| name.contains(word)) && at != "serve sns-access-key-id";
            assert_eq!(option.is_hide_env_values_set(), secret, "{at}: whether --help keeps its value to itself");
            assert!(seen.insert(variable), "{at}: two options have one variable");
        }
    }
}

#[test]
fn commands_are_told_everything_by_the_environment_alone() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let run = |command: &str, told: &[(&str, &str)]| home.run(&[command], &[&addresses(&server)[..], told].concat());
    let publish = [("BELFRY_PUBLISH_USER", "anna"), ("BELFRY_PUBLISH_TITLE", "Export ready"), ("BELFRY_PUBLISH_SEVERITY", "success")];
    run("publish", &publish).good();
    run("publish", &[("BELFRY_PUBLISH_JSON", r#"{"type":"notification","userId":"anna","title":"Whole"}"#)]).good();
    let inbox = |more: &[(&str, &str)]| run("inbox", &[&[("BELFRY_USER", "anna")], more].concat()).good();
    assert!(inbox(&[("BELFRY_INBOX_UNREAD", "yes")]).ends_with("2 unread\n"));
    assert!(inbox(&[("BELFRY_INBOX_LIMIT", "1"), ("BELFRY_INBOX_JSON", "0")]).ends_with("2 unread, and there are more\n"));
    assert!(inbox(&[("BELFRY_INBOX_JSON", "1")]).starts_with('{'));
    let both = run("publish", &[&publish[..], &[("BELFRY_PUBLISH_JSON", "{}")]].concat());
    assert!(!both.succeeded && both.complained.contains("--json"), "{}", both.complained);
    let help = home.run(&["tail", "--help"], &[("BELFRY_TOKEN", "kept-to-itself"), ("BELFRY_JWT_SECRET", "kept-to-itself")]).good();
    assert!(help.contains("BELFRY_TOKEN") && !help.contains("kept-to-itself"), "{help}");
}

#[test]
fn everything_that_is_wrong_is_told_at_once_wherever_it_was_said() {
    let home = Home::new();
    let said = home.run(
        &["serve", "--heartbeat-seconds", "31"],
        &[
            ("BELFRY_LISTEN", "nowhere"),
            ("BELFRY_JWT_SECRET", "short"),
            ("BELFRY_STREAM_WINDOW_SECONDS", "0"),
            ("BELFRY_MAX_STREAMS", "none"),
            ("BELFRY_RETENTION_DAYS", "-1"),
            ("BELFRY_COOKIE_NAME", "a b"),
            ("BELFRY_ALLOWED_ORIGIN", "https://app.example,*"),
            ("BELFRY_ADMIN_CLAIM", "admin"),
            ("BELFRY_SNS_ACCESS_KEY_ID", "ALONE"),
            ("BELFRY_LOG", "warn"),
        ],
    );
    let said = said.bad();
    for wanted in [
        "10 settings need attention",
        "--heartbeat-seconds 31 is outside 1 to 30",
        "--listen nowhere",
        "--jwt-secret",
        "--stream-window-seconds 0",
        "--max-streams none",
        "--retention-days -1",
        "--cookie-name",
        "--allowed-origin: \"*\" is not an origin",
        "--admin-claim",
        "--sns-access-key-id needs",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    assert!(!home.data().exists(), "and nothing was made");
}

#[test]
fn a_server_that_cannot_be_says_why_in_one_line() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let other = Home::new();
    let port_taken = other.run(&["serve", "--listen", server.address()], &[]).bad();
    assert!(port_taken.contains(server.address()) && port_taken.contains("give another --listen"), "{port_taken}");
    assert!(!other.data().exists());
    assert!(other.run(&["serve", "--listen", "0.0.0.0:0"], &[]).bad().contains("give --jwt-secret or --jwks-url"));
    assert!(home.run(&["serve", "--listen", "127.0.0.1:0"], &[]).bad().contains("another belfry serves"));
    std::fs::write(other.path().join("a-file"), "").unwrap();
    let no_folder = other.run(&["serve", "--listen", "127.0.0.1:0", "--data", "a-file"], &[]).bad();
    assert!(no_folder.contains("a-file cannot be used"), "{no_folder}");
}

#[test]
fn a_command_that_cannot_do_its_work_says_what_to_do() {
    let home = Home::new();
    let missing = home.run(&["token", "--user", "anna"], &[]).bad();
    assert!(missing.contains("start belfry serve in this folder first"), "{missing}");
    let server = Server::start(&home, &[]);
    let nobody = "http://127.0.0.1:1";
    let cases: [(&[&str], &str); 9] = [
        (&["inbox", "--user", "anna", "--server", nobody], "is belfry serve running?"),
        (&["tail", "--user", "anna", "--server", nobody], "is belfry serve running?"),
        (&["tail", "--user", "anna", "--transport", "socket", "--server", nobody], "is belfry serve running?"),
        (&["tail", "--user", "anna", "--transport", "socket", "--server", "https://nobody"], "use --transport sse"),
        (&["tail", "--token", "nonsense", "--transport", "socket"], "try --data or --token"),
        (&["publish", "--user", "anna", "--title", "t", "--endpoint", nobody], "is belfry serve running?"),
        (&["publish", "--user", "anna"], "title is missing"),
        (&["publish", "--user", "anna", "--title", "t", "--topic-arn", "arn:aws:sns:us-east-1:000000000000:other"], "NotFound"),
        (&["inbox", "--token", "nonsense"], "try --data or --token"),
    ];
    for (words, wanted) in cases {
        let said = home.run(words, &addresses(&server)).bad();
        assert!(said.contains(wanted), "{words:?}: {said}");
    }
}

#[tokio::test]
async fn a_token_is_printed_alone_and_opens_what_it_should() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let status = async |token: &str, body: &Value| {
        let request = server.http.post(format!("{}/api/notifications/broadcast", server.url)).bearer_auth(token);
        request.header("content-type", "application/json").body(body.to_string()).send().await.unwrap().status().as_u16()
    };
    for (words, wanted) in [(&["token", "--user", "anna"][..], 403), (&["token", "--user", "ops", "--admin"], 202)] {
        let said = home.run(words, &[]).good();
        let token = said.strip_suffix('\n').unwrap();
        assert!(token.split('.').count() == 3 && !token.contains(char::is_whitespace), "{said}");
        assert_eq!(status(token, &json!({"title": "to all"})).await, wanted, "{words:?}");
    }
}

#[test]
fn what_is_published_stands_in_the_inbox() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let run = |words: &[&str]| home.run(words, &addresses(&server)).good();
    let id = run(&["publish", "--user", "anna", "--title", "Export ready", "--message", "3 files", "--severity", "success"]);
    assert_eq!(id.trim().len(), 36, "{id}");
    run(&["publish", "--type", "broadcast", "--title", "Maintenance at six"]);
    run(&["publish", "--json", r#"{"type":"notification","userId":"anna","title":"By hand","severity":"error"}"#]);
    let table = run(&["inbox", "--user", "anna"]);
    for wanted in ["success  user      Export ready — 3 files\n", "info     everyone  Maintenance at six\n", "By hand", "3 unread\n"] {
        assert!(table.contains(wanted), "{wanted}: {table}");
    }
    assert_eq!(run(&["inbox", "--user", "anna", "--limit", "1"]).lines().last(), Some("3 unread, and there are more"));
    let token = run(&["token", "--user", "anna"]);
    let page: Value = serde_json::from_str(&run(&["inbox", "--token", &token, "--json", "--unread"])).unwrap();
    assert_eq!(page["notifications"].as_array().unwrap().len(), 3);
}

#[test]
fn a_tail_goes_on_over_a_restart() {
    goes_on_over_a_restart("sse");
}

#[test]
fn a_tail_on_a_socket_goes_on_over_a_restart() {
    goes_on_over_a_restart("socket");
}

fn goes_on_over_a_restart(transport: &str) {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let address = server.address().to_owned();
    let page: Value = serde_json::from_str(&home.run(&["inbox", "--user", "anna", "--json"], &addresses(&server)).good()).unwrap();
    let place = page["streamCursor"].as_str().unwrap();
    let mut tail = home.belfry();
    tail.args(["tail", "--user", "anna", "--types", "notification", "--after", place, "--server", &server.url, "--transport", transport]);
    let mut tail = Following(tail.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let _watch = Watch::over(tail.0.id());
    let mut lines = BufReader::new(tail.0.stdout.take().unwrap()).lines();
    let publish = |server: &Server<'_>, title: &str| {
        home.run(&["publish", "--user", "anna", "--title", title], &addresses(server)).good();
    };
    publish(&server, "before");
    assert_eq!(lines.next().unwrap().unwrap(), "notification         [info] before");
    publish(&server, "live");
    assert_eq!(lines.next().unwrap().unwrap(), "notification         [info] live");
    server.kill();
    let server = Server::at(&home, &address, &[]);
    publish(&server, "after");
    assert_eq!(lines.next().unwrap().unwrap(), "notification         [info] after");
}

#[test]
fn a_tail_begins_where_it_is_told_and_ends_when_it_has_enough() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let run = |words: &[&str]| home.run(words, &addresses(&server)).good();
    let page: Value = serde_json::from_str(&run(&["inbox", "--user", "anna", "--json"])).unwrap();
    let tail = ["tail", "--user", "anna", "--types", "task-progress,task-completed", "--after", page["streamCursor"].as_str().unwrap()];
    let publish = |task: &str, kind: &str, status: &str| {
        run(&["publish", "--type", kind, "--user", "anna", "--task-id", task, "--status", status, "--progress", "40"]);
    };
    // What a task was in between is not told to those who come later.
    publish("t1", "task-progress", "running");
    publish("t1", "task-completed", "completed");
    publish("t2", "task-progress", "queued");
    let told = run(&[&tail[..], &["--count", "2"]].concat());
    assert_eq!(told, "task-completed       t1 is completed 40 %\ntask-progress        t2 is queued 40 %\n");
    let first: Value = serde_json::from_str(&run(&[&tail[..], &["--count", "1", "--json"]].concat())).unwrap();
    assert_eq!((&first["type"], &first["taskId"]), (&json!("task-completed"), &json!("t1")));
    assert_eq!(run(&[&tail[..], &["--count", "2", "--transport", "socket"]].concat()), told);
}

use clap::Parser;

use super::*;

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    args: ServeArgs,
}

fn parse(options: &str) -> Result<Settings, Problems> {
    let words = std::iter::once("serve").chain(options.split_whitespace());
    Settings::parse(&Command::try_parse_from(words).unwrap().args)
}

#[track_caller]
fn refused(options: &str, wanted: &[&str]) {
    let problems = parse(options).unwrap_err();
    assert_eq!(problems.0.len(), wanted.len(), "{problems}");
    for part in wanted {
        assert!(problems.to_string().contains(part), "{problems} lacks {part}");
    }
}

const SECRET: &str = "--jwt-secret 01234567890123456789012345678901";

#[test]
fn the_defaults_are_good() {
    let settings = parse("").unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert!(matches!(settings.keys, Keys::Development));
    assert_eq!(settings.heartbeat, limits::HEARTBEAT);
    assert_eq!(settings.retention, limits::RETENTION);
}

#[test]
fn all_problems_are_told_together() {
    refused(
        "--listen nowhere --heartbeat-seconds 0 --stream-window-seconds 901 --retention-days x --jwt-secret short --sns-access-key-id a --allowed-origin *",
        &[
            "7 settings need attention",
            "--listen nowhere",
            "outside 1 to 30",
            "outside 1 to 900",
            "--retention-days x",
            "5 bytes, 32",
            "--sns-secret-access-key",
        ],
    );
}

#[test]
fn the_development_secret_stays_on_this_machine() {
    refused("--listen 0.0.0.0:8080", &["give --jwt-secret or --jwks-url"]);
    refused("--listen [::]:8080", &["development secret"]);
    assert!(parse(&format!("--listen 0.0.0.0:8080 {SECRET}")).is_ok());
    for local in ["127.0.0.1:0", "[::1]:8080", "localhost:9000", ":9000", "9000"] {
        assert!(parse(&format!("--listen {local}")).is_ok(), "{local}");
    }
}

#[test]
fn keys_come_from_one_place_and_safely() {
    refused(&format!("{SECRET} --jwks-url https://a.example/jwks"), &["exclude each other"]);
    refused("--jwks-url http://a.example/jwks", &["--jwks-url"]);
    assert!(parse("--jwks-url http://127.0.0.1:9/jwks").is_ok());
    assert!(parse("--jwks-url https://a.example/jwks --listen 0.0.0.0:80 --audience a,b").is_ok());
}

#[test]
fn a_secret_is_not_printed() {
    let settings = parse(&format!("{SECRET} --sns-access-key-id id --sns-secret-access-key hush")).unwrap();
    let text = format!("{settings:?}");
    assert!(!text.contains("0123456") && !text.contains("hush"), "{text}");
}

#[test]
fn lists_are_read_as_people_write_them() {
    let origins = |list: &str| {
        let words = ["serve", "--allowed-origin", list, "--audience", list];
        Settings::parse(&Command::try_parse_from(words.into_iter().chain(SECRET.split(' '))).unwrap().args)
    };
    let settings = origins("https://a.example, HTTPS://B.example:443,").unwrap();
    let read: Vec<_> = settings.allowed_origins.iter().map(ToString::to_string).collect();
    assert_eq!(read, ["https://a.example", "https://b.example"]);
    assert_eq!(settings.claims.audience, ["https://a.example", "HTTPS://B.example:443"]);
    assert!(origins("").unwrap().claims.audience.is_empty());
    for bad in ["https://u@a", "https://ä.example", "https://:443"] {
        let problems = origins(bad).unwrap_err();
        assert!(problems.0.len() == 1 && problems.to_string().contains("--allowed-origin"), "{problems}");
    }
}

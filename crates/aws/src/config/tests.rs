use belfry_http::app::{StreamFlush, Transport};

use super::*;

const GOOD: &str = "BELFRY_TABLE=belfry BELFRY_TOPIC_ARN=arn:aws:sns:eu-west-1:1:belfry BELFRY_JOBS_QUEUE_URL=https://sqs/1/jobs \
     BELFRY_DEAD_LETTER_QUEUE_URL=https://sqs/1/dlq BELFRY_JWT_SECRET=01234567890123456789012345678901";

fn vars(text: &str) -> Vars {
    text.split_whitespace().filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn api(more: &str) -> Result<Api, Problems> {
    Api::read(&vars(&format!("{GOOD} {more}")))
}

#[track_caller]
fn refused(more: &str, wanted: &[&str]) {
    let problems = api(more).unwrap_err();
    assert_eq!(problems.0.len(), wanted.len(), "{problems}");
    for part in wanted {
        assert!(problems.to_string().contains(part), "{problems} lacks {part}");
    }
}

#[test]
fn the_defaults_are_good() {
    let read = api("BELFRY_LOG= BELFRY_STREAMS_MAX=").unwrap();
    assert_eq!((read.store.retention, read.store.tenants, read.store.log.as_str()), (limits::RETENTION, false, "info"));
    assert_eq!((read.store.task_retention, read.store.channel_partitions), (limits::TASK_RETENTION, 1));
    assert_eq!(read.web.transports, [Transport::Socket, Transport::Sse, Transport::Poll]);
    assert_eq!((read.web.window, read.web.heartbeat), (Duration::from_mins(2), limits::HEARTBEAT));
    assert_eq!((read.web.flush, read.web.streams_max), (StreamFlush::Comment, None));
    assert_eq!((read.pushing.posts_per_s, read.pushing.sockets.shards), (250, limits::CONNECTION_SHARDS));
}

#[test]
fn each_function_reads_its_own() {
    assert!(Stream::read(&vars("BELFRY_TABLE=t BELFRY_JWKS_URL=https://issuer.example/jwks")).is_ok());
    assert!(Websocket::read(&vars("BELFRY_TABLE=t BELFRY_JWT_SECRET_ARN=arn:aws:secretsmanager:eu-west-1:1:secret:a")).is_ok());
    let queues = "BELFRY_TABLE=t BELFRY_JOBS_QUEUE_URL=https://sqs/1/jobs BELFRY_DEAD_LETTER_QUEUE_URL=https://sqs/1/dlq";
    assert!(Deliver::read(&vars(queues)).is_ok());
    assert!(Fanout::read(&vars(queues)).is_ok());
}

#[test]
fn all_problems_are_told_together() {
    let problems = Api::read(&vars("BELFRY_HEARTBEAT_S=0 BELFRY_JWT_SECRET=short")).unwrap_err().to_string();
    assert!(problems.starts_with("5 settings need attention: "), "{problems}");
    for part in
        ["BELFRY_TABLE is missing", "BELFRY_HEARTBEAT_S=0 is outside 1 to 30", "5 bytes", "BELFRY_TOPIC_ARN", "BELFRY_JOBS_QUEUE_URL"]
    {
        assert!(problems.contains(part), "{problems} lacks {part}");
    }
}

#[test]
fn wrong_values_are_named() {
    refused(
        "BELFRY_STREAM_WINDOW_S=900 BELFRY_RETENTION_DAYS=x",
        &["BELFRY_STREAM_WINDOW_S=900 is outside 1 to 890", "BELFRY_RETENTION_DAYS=x"],
    );
    refused("BELFRY_ALLOWED_ORIGINS=https://a.example,*", &["\"*\" is not an origin"]);
    refused("BELFRY_TRANSPORTS=sse,sse", &["each once"]);
    refused("BELFRY_STREAM_FLUSH=always BELFRY_STREAMS_MAX=0", &["none, comment or pad", "BELFRY_STREAMS_MAX=0"]);
    refused("BELFRY_SOCKETS_URL=https://a BELFRY_SOCKETS_ENDPOINT=wss://a", &["BELFRY_SOCKETS_URL", "BELFRY_SOCKETS_ENDPOINT"]);
    refused("BELFRY_JWKS_URL=https://a.example/jwks", &["exclude each other"]);
    refused("BELFRY_TENANT_CLAIM=customer", &["must be tenant"]);
    refused("BELFRY_ADMIN_CLAIM==", &["BELFRY_ADMIN_CLAIM"]);
}

#[test]
fn a_rate_is_shared() {
    let share = |more: &str| api(more).unwrap().pushing.posts_per_s;
    assert_eq!(share("BELFRY_FANOUT_POSTS_PER_S=4000 BELFRY_FANOUT_CONCURRENCY=16"), 250);
    assert_eq!(share("BELFRY_FANOUT_POSTS_PER_S=31 BELFRY_FANOUT_CONCURRENCY=16"), 1, "all together no more than was said");
    assert_eq!(share("BELFRY_FANOUT_POSTS_PER_S=1 BELFRY_FANOUT_CONCURRENCY=16"), 1);
}

#[test]
fn the_cap_of_streams_is_below_what_is_reserved_for_them() {
    let cap = |more: &str| api(more).unwrap().web.streams_max;
    assert_eq!(cap("BELFRY_STREAMS_MAX=100 BELFRY_STREAM_RESERVED_CONCURRENCY=0"), Some(100));
    assert_eq!(cap("BELFRY_STREAMS_MAX=100 BELFRY_STREAM_RESERVED_CONCURRENCY=120"), Some(100));
    assert_eq!(cap("BELFRY_STREAMS_MAX=100 BELFRY_STREAM_RESERVED_CONCURRENCY=100"), Some(99));
    assert_eq!(cap("BELFRY_STREAM_RESERVED_CONCURRENCY=20"), Some(19));
    assert_eq!(cap("BELFRY_STREAMS_MAX=100 BELFRY_STREAM_RESERVED_CONCURRENCY=1"), Some(1));
}

#[test]
fn no_problem_shows_a_secret() {
    let problems = api("BELFRY_JWT_SECRET=hunter2").unwrap_err();
    assert!(!problems.to_string().contains("hunter2"));
    assert!(!format!("{:?}", api("").unwrap()).contains("0123456789"));
}

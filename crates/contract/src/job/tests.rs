//! What is read is what was written, and nothing else is read.

use inbox::id::{Channel, ConnectionId, Tenant, Topic, UserId};
use inbox::job::Job;
use inbox::position::{Feed, Seq};
use proptest::prelude::*;

use super::{encode, parse};

fn everyone() -> Job {
    Job::Fanout { feed: Feed::channel(None, Channel::Everyone), n: Seq(43), shard: 7, start: None }
}

#[test]
fn jobs_are_short_texts() {
    assert_eq!(encode(&everyone()), r#"{"job":"fanout","channel":"everyone","n":43,"shard":7}"#);
    let sweep = Job::Sweep { feed: Feed::user(Some(Tenant::parse("acme").unwrap()), UserId::parse("an\"na").unwrap()) };
    assert_eq!(encode(&sweep), r#"{"job":"sweep","tenant":"acme","user":"an\"na"}"#);
}

#[track_caller]
fn refused(text: &str, why: &str) {
    assert_eq!(parse(text).unwrap_err().to_string(), why, "{text}");
}

#[test]
fn what_is_no_job_is_refused_by_name() {
    refused("", "the text is not valid JSON (at byte 0)");
    refused("[]", "the body must be an object");
    refused("{}", "job is missing");
    refused(r#"{"job":"dance","n":1}"#, "job must be one of fanout, sweep");
    refused(r#"{"job":"sweep"}"#, "user is missing");
    refused(r#"{"job":"sweep","user":"a","channel":"everyone"}"#, "channel is not known here");
    refused(r#"{"job":"sweep","user":"a","user":"b"}"#, "user is given twice");
    refused(r#"{"job":"fanout"}"#, "channel is missing; n is missing; shard is missing");
    refused(r#"{"job":"fanout","channel":"A","n":1,"shard":0}"#, "channel holds a character that is not allowed");
    refused(r#"{"job":"fanout","channel":"a","n":1,"shard":0,"start":"a/b"}"#, "start holds a character that is not allowed");
    for odd in ["-1", "1.0", "1e3", "1099511627776", "\"1\"", "null"] {
        assert!(parse(&format!(r#"{{"job":"fanout","channel":"a","n":{odd},"shard":0}}"#)).is_err(), "{odd}");
    }
    refused(r#"{"job":"fanout","channel":"a","n":1,"shard":4294967296}"#, "shard must be a whole number up to 4294967295");
}

fn jobs() -> impl Strategy<Value = Job> {
    let tenant = || proptest::option::of("[A-Za-z0-9._-]{1,64}".prop_map(|text| Tenant::parse(&text).unwrap()));
    let channel = prop_oneof![
        Just(Channel::Everyone),
        "[a-z0-9._:-]{1,64}".prop_filter_map("reserved", |text| Topic::parse(&text).ok()).prop_map(Channel::Topic),
    ];
    let start = proptest::option::of("[!-.0-~]{1,128}".prop_map(|text| ConnectionId::parse(&text).unwrap()));
    let user = "\\PC{1,32}".prop_filter_map("long", |text| UserId::parse(&text).ok());
    prop_oneof![
        (tenant(), channel, 0..1_u64 << 40, any::<u32>(), start).prop_map(|(tenant, channel, n, shard, start)| Job::Fanout {
            feed: Feed::channel(tenant, channel),
            n: Seq(n),
            shard,
            start
        }),
        (tenant(), user).prop_map(|(tenant, user)| Job::Sweep { feed: Feed::user(tenant, user) }),
    ]
}

proptest! {
    #[test]
    fn what_was_written_is_read(job in jobs()) {
        prop_assert_eq!(parse(&encode(&job)), Ok(job));
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,64}") {
        let _ = parse(&text);
    }
}

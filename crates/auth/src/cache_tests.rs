//! The cache's rules as stories: seconds on a clock, look-ups and fetches.

use super::*;

const SET: &[u8] = include_bytes!("../tests/keys/jwks.json");
const HOUR: i64 = 3_600;

/// So many seconds into the story.
fn at(seconds: i64) -> Moment {
    Moment::from_seconds(1_800_000_000 + seconds)
}

fn empty() -> KeyCache {
    KeyCache::new(&KeySource::jwks(&PublicAlgorithm::ALL).unwrap())
}

fn filled_at_zero() -> KeyCache {
    let mut cache = empty();
    assert!(cache.begin(at(0)));
    cache.store(SET, at(0)).unwrap();
    cache
}

fn check(cache: &KeyCache, kid: &str, seconds: i64, expected: &str) {
    let found = match cache.lookup(Some(kid), at(seconds)) {
        Lookup::Found(_) => "found",
        Lookup::Refresh => "refresh",
        Lookup::Unknown => "unknown",
        Lookup::Unavailable => "unavailable",
    };
    assert_eq!(found, expected, "{kid} at {seconds} s");
}

#[test]
fn an_empty_cache_is_filled_once_and_everyone_waits() {
    let mut cache = empty();
    check(&cache, "rs-1", 0, "refresh");
    assert!(cache.begin(at(0)), "the first one fetches");
    check(&cache, "rs-1", 1, "refresh");
    assert!(!cache.begin(at(1)), "the second one waits");
    cache.store(SET, at(2)).unwrap();
    check(&cache, "rs-1", 2, "found");
    assert!(!cache.begin(at(2)));
}

#[test]
fn without_keys_a_failure_is_soon_tried_again() {
    let mut cache = empty();
    assert!(cache.begin(at(0)));
    cache.failed(at(1));
    check(&cache, "rs-1", 5, "unavailable");
    check(&cache, "rs-1", 6, "refresh");
    assert!(cache.begin(at(6)));
}

#[test]
fn an_abandoned_fetch_blocks_for_a_minute_at_most() {
    let mut cache = empty();
    assert!(cache.begin(at(0)));
    assert!(!cache.begin(at(59)));
    check(&cache, "rs-1", 59, "refresh");
    assert!(cache.begin(at(60)));
}

#[test]
fn unknown_ids_fetch_once_a_minute_whoever_sends_them() {
    let mut cache = filled_at_zero();
    check(&cache, "made-up-1", 59, "unknown");
    check(&cache, "made-up-2", 60, "refresh");
    check(&cache, "rs-1", 60, "found");
    assert!(cache.begin(at(60)));
    cache.store(SET, at(61)).unwrap();
    check(&cache, "made-up-2", 61, "unknown");
    check(&cache, "made-up-3", 120, "unknown");
    check(&cache, "made-up-3", 121, "refresh");
}

#[test]
fn an_old_set_is_refreshed_by_one_while_the_others_go_on() {
    let mut cache = filled_at_zero();
    check(&cache, "rs-1", HOUR - 1, "found");
    check(&cache, "rs-1", HOUR, "refresh");
    assert!(cache.begin(at(HOUR)));
    check(&cache, "rs-1", HOUR, "found");
    cache.store(SET, at(HOUR + 1)).unwrap();
    check(&cache, "rs-1", 2 * HOUR, "found");
    check(&cache, "rs-1", 2 * HOUR + 1, "refresh");
}

#[test]
fn stale_keys_serve_for_a_day_while_the_issuer_is_down() {
    let mut cache = filled_at_zero();
    for seconds in [HOUR, HOUR + 60, 23 * HOUR] {
        assert!(cache.begin(at(seconds)));
        cache.failed(at(seconds));
        check(&cache, "rs-1", seconds + 59, "found");
        check(&cache, "made-up", seconds + 59, "unknown");
        check(&cache, "rs-1", seconds + 60, "refresh");
    }
    assert!(cache.begin(at(24 * HOUR - 1)));
    cache.failed(at(24 * HOUR - 1));
    check(&cache, "rs-1", 24 * HOUR - 1, "found");
    check(&cache, "rs-1", 24 * HOUR, "unavailable");
    check(&cache, "rs-1", 24 * HOUR + 4, "refresh");
}

#[test]
fn a_bad_answer_leaves_the_keys_as_they_are() {
    let mut cache = filled_at_zero();
    for bad in [&b"<html>down for maintenance</html>"[..], br#"{"keys":[]}"#] {
        assert!(cache.store(bad, at(HOUR)).is_err());
        check(&cache, "rs-1", HOUR + 59, "found");
        check(&cache, "rs-1", HOUR + 60, "refresh");
    }
}

#[test]
fn a_rotated_key_is_gone_with_the_next_set() {
    let mut cache = filled_at_zero();
    let rotated = String::from_utf8(SET.to_vec()).unwrap().replace("\"rs-1\"", "\"rs-2\"");
    check(&cache, "rs-2", 60, "refresh");
    cache.store(rotated.as_bytes(), at(60)).unwrap();
    check(&cache, "rs-2", 60, "found");
    check(&cache, "rs-1", 61, "unknown");
}

#[test]
fn a_clock_that_jumps_back_neither_fetches_nor_fails() {
    let cache = filled_at_zero();
    check(&cache, "rs-1", -10 * HOUR, "found");
    check(&cache, "made-up", -10 * HOUR, "unknown");
}

#[test]
fn a_secret_is_never_fetched() {
    let secret = crate::config::Secret::parse([7; 32]).unwrap();
    let mut cache = KeyCache::new(&KeySource::Hs256(secret));
    check(&cache, "any", 0, "found");
    check(&cache, "any", 1_000 * HOUR, "found");
    assert!(!cache.begin(at(0)));
}

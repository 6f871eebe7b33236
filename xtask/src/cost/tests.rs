//! Sums made by hand.

use super::ask::{Ask, OPTIONS, Transport, understood};
use super::model::Model;
use super::prices::PRICES;
use super::tally::Tally;
use super::units::Units;
use super::{report, run};

#[track_caller]
fn near(found: f64, by_hand: f64) {
    assert!((found - by_hand).abs() <= by_hand.abs() * 1e-9 + 1e-15, "{found}, by hand {by_hand}");
}

#[test]
fn a_bill_is_each_count_times_its_price() {
    let million =
        Tally { rest_requests: 1e6, lambda_requests: 1e6, lambda_gb_seconds: 25_000.0, reads: 1e6, writes: 2e6, ..Tally::default() };
    let bill = million.bill(&PRICES);
    let of = |name: &str| bill.iter().find(|(service, _)| *service == name).unwrap().1;
    near(of("API Gateway, REST"), 3.50);
    near(of("Lambda"), 0.20 + 25_000.0 * 0.000_013_333_4);
    near(of("DynamoDB, reads"), 0.125);
    near(of("DynamoDB, writes"), 1.25);
    near(million.dollars(&PRICES), 3.50 + 0.20 + 0.333_335 + 0.125 + 1.25);
    let rest = Tally {
        socket_messages: 1e6,
        socket_minutes: 4e6,
        stored_gb: 2.0,
        sns: 2e6,
        sqs: 5e6,
        log_gb: 10.0,
        alarms: 3.0,
        metrics: 1.0,
        dashboards: 1.0,
        secrets: 1.0,
        out_gb: 100.0,
        ..Tally::default()
    };
    near(rest.dollars(&PRICES), 2.0 + 0.9 + 1.0 + 2.0 + 5.3 + 0.3 + 0.3 + 3.0 + 0.4 + 9.0);
    near(rest.times(3.0).and(rest).dollars(&PRICES), 4.0 * rest.dollars(&PRICES));
}

/// An hour of a stream: 30 windows of 120 s with 128 MB are 450 GB-seconds.
#[test]
fn an_idle_hour_of_a_stream() {
    let hour = Model::new().unwrap().idle_hour(Transport::Sse, 30.0).unwrap();
    near(hour.lambda_gb_seconds, 450.0);
    near(hour.lambda_requests, 30.0);
    near(hour.rest_requests, 30.0);
    // 60 a minute, and three for each window; two writes a window under a cap for all processes.
    near(hour.reads, 60.0 * 60.0 + 3.0 * 30.0);
    near(hour.writes, 60.0);
    let dollars = hour.dollars(&PRICES);
    assert!((0.0060..0.0068).contains(&dollars), "{dollars}");
}

/// An hour of a socket: 60 minutes, 12 pings with their answers, and half of what a socket of two hours begins and ends with.
#[test]
fn an_idle_hour_of_a_socket() {
    let hour = Model::new().unwrap().idle_hour(Transport::Socket, 30.0).unwrap();
    near(hour.socket_minutes, 60.0);
    near(hour.socket_messages, 24.0 + 6.0 / 2.0);
    near(hour.rest_requests, 0.5);
    near(hour.reads, 12.0 * 2.0 + 4.0 / 2.0);
    near(hour.writes, 6.0 / 2.0);
}

#[test]
fn an_idle_hour_of_polls() {
    let hour = Model::new().unwrap().idle_hour(Transport::Poll, 30.0).unwrap();
    near(hour.rest_requests, 120.0);
    near(hour.lambda_requests, 120.0);
    near(hour.reads, 120.0);
    near(hour.lambda_gb_seconds, 120.0 * 0.25 * 0.025);
}

#[test]
fn a_stream_costs_a_hundred_times_a_socket() {
    let model = Model::new().unwrap();
    let hour = |transport| model.idle_hour(transport, 30.0).unwrap().dollars(&PRICES);
    assert!(hour(Transport::Sse) > 90.0 * hour(Transport::Socket), "{} {}", hour(Transport::Sse), hour(Transport::Socket));
    assert!(hour(Transport::Poll) > hour(Transport::Socket));
}

#[test]
fn what_is_written_about_an_hour_is_what_comes_out() {
    let model = Model::new().unwrap();
    let [socket, sse, poll] = Transport::ALL.map(|transport| model.idle_hour(transport, 30.0).unwrap().dollars(&PRICES));
    let text = |name: &str| std::fs::read_to_string(crate::step::root().join(name)).unwrap();
    let (infra, operations) = (text("infra/README.md"), text("docs/operations.md"));
    let times = format!("some {:.0} times an open socket: ${sse:.4} against ${socket:.5} an hour", (sse / socket / 10.0).round() * 10.0);
    assert!(infra.contains(&times), "{times}");
    let hours = format!("by socket ${socket:.5}, by poll every 30 s ${poll:.4}, by stream ${sse:.4}");
    assert!(operations.contains(&hours), "{hours}");
}

/// One user, one hour, one event, one mark, one page, one day, no broadcast.
#[test]
fn a_month_is_the_sum_of_what_happens() {
    let model = Model::new().unwrap();
    let ask = Ask { users: 1.0, hours: 1.0, events: 1.0, broadcasts: 0.0, marks: 1.0, pages: 1.0, days: 1.0, ..Ask::default() };
    let month = model.month(&ask, Transport::Socket).unwrap();
    // An event: 9 writes. A mark: 7. The socket: 3.
    near(month.writes, 9.0 + 7.0 + 3.0);
    // An event: 1, and 5.5 pushed in one hour of 24, else half a unit; a mark: 4, and pushed; a page: 9; the socket: 26.
    near(month.reads, 1.0 + 5.5 / 24.0 + 0.5 * 23.0 / 24.0 + 4.0 + 5.5 + 9.0 + 26.0);
    // The socket's own, one for the mark, and one for the event in an hour of 24.
    near(month.socket_messages, 27.0 + 1.0 + 1.0 / 24.0);
    near(month.sns, 1.0);
    near(month.sqs, 3.0 + 2.0 * 5.0 * 3.0 * 60.0 * 24.0);
    // 900 bytes for 90 days, and 500 for ten and a half, are there at any time.
    near(month.stored_gb, (900.0 * 90.0 + 500.0 * 10.5) / 1e9);
    let twice = model.month(&Ask { users: 2.0, ..ask }, Transport::Socket).unwrap();
    near(twice.writes, 2.0 * month.writes);
    near(twice.alarms, month.alarms);
}

#[test]
fn a_broadcast_is_a_message_to_each_who_is_there() {
    let model = Model::new().unwrap();
    let thousand = model.broadcast(Transport::Socket, 1_000.0).unwrap();
    near(thousand.socket_messages, 1_000.0);
    near(thousand.writes, 9.0);
    near(thousand.reads, 2.0 + 1_000.0 * 8.0 / 100.0);
    // The event goes through one queue, and a job for each of 16 shards through the other; `api`, `deliver`, and `fanout` 16 times.
    near(thousand.sqs, 3.0 + 16.0 * 3.0);
    near(thousand.lambda_requests, 2.0 + 16.0);
    near(model.broadcast(Transport::Poll, 1_000.0).unwrap().sqs, 3.0);
}

/// What is there whoever comes is what the templates make.
#[test]
fn alarms_and_shards_are_those_of_the_templates() {
    let text = |name: &str| std::fs::read_to_string(crate::step::root().join(name)).unwrap();
    let alarms = text("infra/alarms.yaml").matches("Type: AWS::CloudWatch::Alarm").count();
    near(Model::standing(30.0).alarms, f64::from(u32::try_from(alarms).unwrap()));
    assert!(text("template.yaml").contains("  ConnectionShards:\n    Type: Number\n    Default: 16\n"));
}

#[test]
fn options_are_read_and_wrong_ones_are_told() {
    let ask = Ask::parse(&["--users", "5000", "--hours", "2.5", "--transport", "sse"]).unwrap();
    assert_eq!((ask.users, ask.hours, ask.transport, ask.events), (5_000.0, 2.5, Transport::Sse, 20.0));
    for wrong in
        [&["--users"][..], &["--users", "many"], &["--users", "-1"], &["--cats", "3"], &["--transport", "smoke"], &["--hours", "25"]]
    {
        let told = Ask::parse(wrong).unwrap_err();
        assert!(told.contains("--poll-seconds"), "{wrong:?}: {told}");
    }
    assert!(run(&["--users", "inf"]).is_err());
}

#[test]
fn help_lists_every_option_and_is_no_failure() {
    assert_eq!((run(&["--help"]), run(&["--users", "5", "-h"])), (Ok(()), Ok(())));
    for (name, means) in OPTIONS {
        assert!(understood().contains(name) && understood().contains(means), "{name}");
    }
}

#[test]
fn the_report_names_every_service_and_the_date() {
    let text = report(&Ask::default(), &Model::new().unwrap()).unwrap().join("\n");
    for word in [
        "November 2026",
        "us-east-1",
        "Lambda",
        "API Gateway, REST",
        "WebSocket",
        "SNS",
        "SQS",
        "CloudWatch",
        "Data transfer",
        "sse",
        "poll",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

/// Every figure that a bill is made of is asserted by a test.
#[test]
fn every_unit_is_asserted() {
    let tests: String = ["crates/testkit/tests/it", "crates/table/tests/it"].into_iter().map(texts).collect();
    for name in Units::read().unwrap().names() {
        assert!(tests.contains(&format!("\"{name}\"")), "no test of costs asserts {name:?}");
    }
}

fn texts(folder: &str) -> String {
    let files = std::fs::read_dir(crate::step::root().join(folder)).unwrap();
    files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap_or_default()).collect()
}

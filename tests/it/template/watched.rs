//! Logs are kept and not for ever, and hold no query; each alarm names the section that answers it; metrics are those that are written.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use aws::telemetry::{Metric, NAMESPACE};
use serde_json::{Value, json};

use super::stack::{Stack, list, read, text, translate};
use super::{Findings, differs};

/// The section of an alarm begins with this, and so does its address.
const SECTION: &str = "Alarm: ";
const ADDRESS: &str = "docs/operations.md#";
/// The nested stacks: how they are called in the template, and where they are.
const NESTED: [(&str, &str); 2] = [("AlarmsStack", "infra/alarms.yaml"), ("DashboardStack", "infra/dashboard.yaml")];

pub(crate) fn logs(stack: &Stack) -> Findings {
    let mut findings = Vec::new();
    for (id, group) in stack.of_type("AWS::Logs::LogGroup") {
        findings.extend(group["RetentionInDays"].is_null().then(|| format!("{id} is kept for ever")));
    }
    for (id, function) in stack.of_type("AWS::Lambda::Function") {
        let own = id.replace("Function", "Logs");
        findings.extend(differs(&format!("the log of {id}"), text(&function["LoggingConfig"]["LogGroup"]), own));
        findings.extend(differs(&format!("the log's form of {id}"), text(&function["LoggingConfig"]["LogFormat"]), "JSON".to_owned()));
    }
    let (rest, sockets) = (stack.properties("RestprodStage"), stack.properties("SocketsprodStage"));
    for (id, settings, group) in
        [("Rest", &rest["AccessLogSetting"], "RestLogs"), ("Sockets", &sockets["AccessLogSettings"], "SocketsLogs")]
    {
        findings.extend(differs(&format!("the access log of {id}"), text(&settings["DestinationArn"]), format!("{group}.Arn")));
        let format = text(&settings["Format"]);
        findings.extend(serde_json::from_str::<Value>(&format).err().map(|error| format!("a line of {id} is no JSON: {error}")));
        // The query holds tickets, and whole requests and headers hold it or a token.
        let told = ["query", "requestOverride", "$input", "header", "authorizer", "$context.path\"", "identity"];
        findings.extend(told.into_iter().filter(|word| format.contains(word)).map(|word| format!("a line of {id} holds {word}")));
    }
    findings
}

/// A nested template.
fn part(path: &str) -> Stack {
    static PARTS: OnceLock<Vec<Value>> = OnceLock::new();
    let parts = PARTS.get_or_init(|| translate(&NESTED.map(|(_, path)| path.to_owned())));
    Stack::of(&parts[NESTED.iter().position(|(_, one)| *one == path).unwrap()]).unwrap()
}

/// Each nested stack is told what it asks for, and nothing else.
pub(crate) fn nested(stack: &Stack) -> Findings {
    let mut findings = Vec::new();
    for (id, path) in NESTED {
        let properties = stack.properties(id);
        let Some(given) = properties["Parameters"].as_object() else { continue };
        findings.extend(differs(&format!("the template of {id}"), text(&properties["TemplateURL"]), format!("s3://bucket/{path}")));
        let asked: BTreeSet<String> = part(path).parameters().keys().cloned().collect();
        findings.extend(differs(&format!("what {id} is told"), given.keys().cloned().collect(), asked));
    }
    findings
}

#[test]
fn each_alarm_names_the_section_that_answers_it() {
    let alarms = part("infra/alarms.yaml").of_type("AWS::CloudWatch::Alarm");
    let sections: BTreeSet<String> = headings(&read("docs/operations.md")).into_iter().collect();
    let mut named = BTreeSet::new();
    for (id, alarm) in &alarms {
        let description = text(&alarm["AlarmDescription"]);
        let section = description.split(ADDRESS).nth(1).unwrap_or_else(|| panic!("{id} names no section: {description}")).to_owned();
        assert!(text(&alarm["AlarmName"]).contains(section.trim_start_matches("alarm-")), "{id} is called otherwise than its section");
        named.insert(section);
    }
    assert_eq!(named, sections);
    assert!(read("infra/README.md").contains(&format!("The {} alarms", alarms.len())), "infra/README.md counts other alarms");
}

/// The addresses of the sections about alarms.
fn headings(document: &str) -> Vec<String> {
    let headings =
        document.lines().filter_map(|line| line.trim_start_matches('#').trim().strip_prefix(SECTION).filter(|_| line.starts_with('#')));
    let letters =
        |heading: &str| heading.to_lowercase().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-')).collect::<String>();
    headings.map(|heading| format!("alarm-{}", letters(heading).replace(' ', "-"))).collect()
}

/// The names or values of an alarm's dimensions.
fn of_what(alarm: &Value, which: &str) -> String {
    alarm["Dimensions"].as_array().unwrap().iter().map(|dimension| text(&dimension[which])).collect::<Vec<_>>().join(" ")
}

/// What must be watched: (what is measured, of what).
#[test]
fn what_may_fail_is_watched() {
    let alarms = part("infra/alarms.yaml").of_type("AWS::CloudWatch::Alarm");
    let watched: BTreeSet<(String, String)> = alarms.values().map(|alarm| (text(&alarm["MetricName"]), of_what(alarm, "Value"))).collect();
    let mut wanted = vec![
        ("ApproximateNumberOfMessagesVisible", "DeadLetters"),
        ("ApproximateNumberOfMessagesVisible", "JobDeadLetters"),
        ("ApproximateAgeOfOldestMessage", "EventsQueue"),
        ("EventsTrouble", "DeliverFunction"),
        ("ApproximateAgeOfOldestMessage", "JobsQueue"),
        ("ConcurrentExecutions", "StreamFunction"),
        ("CommitConflicts", "ApiFunction"),
        ("CommitConflicts", "DeliverFunction"),
        ("LargestFeed", "DeliverFunction"),
        ("5XXError", "Rest"),
        ("IntegrationError", "Sockets"),
        ("ExecutionError", "Sockets"),
        ("ReadThrottleEvents", "Table"),
        ("WriteThrottleEvents", "Table"),
        // A table's figures leave out its index's.
        ("ReadThrottleEvents", "Table connectionsByUser"),
        ("WriteThrottleEvents", "Table connectionsByUser"),
        ("NumberOfNotificationsFailed", "Topic"),
    ];
    for function in ["ApiFunction", "StreamFunction", "WebsocketFunction", "DeliverFunction", "FanoutFunction"] {
        wanted.extend([("Errors", function), ("Throttles", function)]);
    }
    for (metric, of) in wanted {
        assert!(watched.contains(&(metric.to_owned(), of.to_owned())), "nobody watches {metric} of {of}");
    }
}

/// Where AWS writes what is watched, and by which dimension (each service's "monitoring" in its developer guide, 2026); an alarm on any other
/// place never goes off.
const PLACES: [(&str, &str, &str); 11] = [
    ("ApproximateNumberOfMessagesVisible", "AWS/SQS", "QueueName"),
    ("ApproximateAgeOfOldestMessage", "AWS/SQS", "QueueName"),
    ("NumberOfMessagesDeleted", "AWS/SQS", "QueueName"),
    ("Errors Throttles ConcurrentExecutions Duration", "AWS/Lambda", "FunctionName"),
    ("5XXError 4XXError Count Latency", "AWS/ApiGateway", "ApiName"),
    ("IntegrationError ExecutionError ClientError ConnectCount MessageCount", "AWS/ApiGateway", "ApiId"),
    ("ReadThrottleEvents WriteThrottleEvents", "AWS/DynamoDB", "TableName"),
    ("ConsumedReadCapacityUnits ConsumedWriteCapacityUnits", "AWS/DynamoDB", "TableName"),
    ("NumberOfNotificationsFailed NumberOfMessagesPublished", "AWS/SNS", "TopicName"),
    ("CommitConflicts EventsTrouble LargestFeed EventsApplied EventsDuplicate EventsPoison", NAMESPACE, "Function"),
    ("StreamsOpen StreamsRefused PushesPosted PushesGone PushesThrottled PushesLost", NAMESPACE, "Function"),
];

#[track_caller]
fn is_written(metric: &str, namespace: &str, dimension: &str) {
    let place = PLACES.iter().find(|(names, ..)| names.split(' ').any(|name| name == metric));
    assert_eq!(place.map(|(_, namespace, dimension)| (*namespace, *dimension)), Some((namespace, dimension)), "{metric}");
}

#[test]
fn what_is_watched_and_shown_is_looked_for_where_it_is_written() {
    for (id, alarm) in part("infra/alarms.yaml").given("Email", "ops@example.com").of_type("AWS::CloudWatch::Alarm") {
        let dimension = of_what(&alarm, "Name");
        is_written(&text(&alarm["MetricName"]), &text(&alarm["Namespace"]), dimension.trim_end_matches(" GlobalSecondaryIndexName"));
        assert_eq!(dimension.contains("Index"), of_what(&alarm, "Value").ends_with(table::schema::BY_USER), "{id}");
        // Too much is what is watched for, silence is no news, and somebody hears of both ends.
        assert!(text(&alarm["ComparisonOperator"]).starts_with("GreaterThan"), "{id}");
        assert_eq!((&alarm["TreatMissingData"], &alarm["Unit"]), (&json!("notBreaching"), &Value::Null), "{id}");
        assert_eq!((&alarm["AlarmActions"], &alarm["OKActions"]), (&json!(["Mail"]), &json!(["Mail"])), "{id}");
        let adds_up = ["Errors", "Throttles", "5XXError", "NumberOfNotificationsFailed", "CommitConflicts", "EventsTrouble"];
        let adds_up = adds_up.contains(&text(&alarm["MetricName"]).as_str());
        let adds_up = adds_up || text(&alarm["MetricName"]).ends_with("ThrottleEvents") || text(&alarm["MetricName"]).ends_with("nError");
        assert_eq!(alarm["Statistic"], if adds_up { "Sum" } else { "Maximum" }, "{id}");
    }
    let dashboard = part("infra/dashboard.yaml").properties("Dashboard");
    let body: Value = serde_json::from_str(&text(&dashboard["DashboardBody"])).unwrap();
    for metric in body["widgets"].as_array().unwrap().iter().flat_map(|widget| widget["properties"]["metrics"].as_array().unwrap()) {
        is_written(&text(&metric[1]), &text(&metric[0]), &text(&metric[2]));
    }
}

/// Whoever is asked to act has time to.
#[test]
fn the_alarm_of_streams_goes_off_below_their_cap() {
    let default = |name: &str| Stack::ours().parameters()[name]["Default"].as_u64().unwrap();
    assert!(default("StreamsAlarm") < default("StreamsMax"));
    let alarm = part("infra/alarms.yaml").given("StreamsAlarm", "80").properties("StreamsNearCap");
    assert_eq!((text(&alarm["Threshold"]).as_str(), &alarm["ComparisonOperator"]), ("80", &json!("GreaterThanOrEqualToThreshold")));
}

/// A name that is written by nobody gives an empty picture, and an alarm that never goes off.
#[test]
fn metrics_are_those_that_are_written() {
    let ours: BTreeSet<&str> = Metric::ALL.iter().map(|metric| metric.name()).collect();
    let mut seen = BTreeSet::new();
    for alarm in part("infra/alarms.yaml").of_type("AWS::CloudWatch::Alarm").values().filter(|alarm| alarm["Namespace"] == NAMESPACE) {
        assert_eq!(alarm["Dimensions"][0]["Name"], "Function");
        seen.insert(text(&alarm["MetricName"]));
    }
    let dashboard = part("infra/dashboard.yaml").properties("Dashboard");
    let body: Value = serde_json::from_str(&text(&dashboard["DashboardBody"])).unwrap();
    for widget in body["widgets"].as_array().unwrap() {
        for metric in widget["properties"]["metrics"].as_array().unwrap().iter().filter(|metric| metric[0] == NAMESPACE) {
            assert_eq!(list(metric)[2], "Function");
            seen.insert(text(&metric[1]));
        }
    }
    assert_eq!(seen.iter().map(String::as_str).collect::<BTreeSet<_>>(), ours);
}

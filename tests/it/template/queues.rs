//! Events reach their function raw and in batches that may fail in part; what fails for good is kept for two weeks.

use serde_json::{Value, json};

use super::stack::{Stack, list, text};
use super::{Findings, differs};

/// Each queue: its function, and where what it gives up goes.
const QUEUES: [(&str, &str, &str); 2] =
    [("EventsQueue", "DeliverFunction", "DeadLetters"), ("JobsQueue", "FanoutFunction", "JobDeadLetters")];
/// The longest that SQS keeps anything (SQS quotas, 2026), in seconds: 14 days.
const LONGEST_S: u64 = 1_209_600;
/// A message is tried while its function may be throttled (Lambda developer guide, "Using Lambda with Amazon SQS", 2026).
const VISIBILITY_TIMES: u64 = 6;

pub(crate) fn findings(stack: &Stack) -> Findings {
    let mut findings = Vec::new();
    for (queue, function, dead) in QUEUES {
        let (properties, letters) = (stack.properties(queue), stack.properties(dead));
        let visibility = properties["VisibilityTimeout"].as_u64().unwrap_or(30);
        let timeout = stack.properties(function)["Timeout"].as_u64().unwrap_or(u64::MAX / VISIBILITY_TIMES);
        let short = visibility < VISIBILITY_TIMES * timeout;
        findings
            .extend(short.then(|| format!("{queue} shows a message again after {visibility} s, and {function} may run for {timeout} s")));
        let redrive = &properties["RedrivePolicy"];
        findings.extend(differs(&format!("where {queue} gives up to"), text(&redrive["deadLetterTargetArn"]), format!("{dead}.Arn")));
        let tries = redrive["maxReceiveCount"].as_u64().unwrap_or(0);
        findings.extend((tries < 5).then(|| format!("{queue} gives up after {tries} tries, and throttling alone may take 5")));
        findings.extend(differs(&format!("how long {dead} keeps"), letters["MessageRetentionPeriod"].as_u64(), Some(LONGEST_S)));
        findings.extend([queue, dead].into_iter().filter_map(|id| unencrypted(stack, id)));
    }
    let waits = stack.properties("EventsQueue")["MessageRetentionPeriod"].as_u64();
    findings.extend(differs("how long events wait", waits, Some(LONGEST_S)));
    findings.extend(subscription(stack));
    findings
}

fn unencrypted(stack: &Stack, id: &str) -> Option<String> {
    let queue = stack.properties(id);
    let (managed, key) = (queue["SqsManagedSseEnabled"] == json!(true), queue["KmsMasterKeyId"].is_string());
    // Both at once is refused by SQS.
    (managed == key).then(|| format!("{id} is encrypted by neither or by both"))
}

fn subscription(stack: &Stack) -> Findings {
    let subscription = stack.properties("EventsSubscription");
    let wanted = [
        ("TopicArn", json!("EventsTopic")),
        ("Protocol", json!("sqs")),
        ("Endpoint", json!("EventsQueue.Arn")),
        ("RawMessageDelivery", json!(true)),
        ("RedrivePolicy", json!({"deadLetterTargetArn": "DeadLetters.Arn"})),
    ];
    let mut findings: Findings = wanted.into_iter().filter_map(|(name, value)| differs(name, subscription[name].clone(), value)).collect();
    for (id, queue) in [("EventsQueuePolicy", "EventsQueue"), ("DeadLettersPolicy", "DeadLetters")] {
        let policy = stack.properties(id);
        let statement = json!([{
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": format!("{queue}.Arn"),
            "Condition": {"ArnEquals": {"aws:SourceArn": "EventsTopic"}},
        }]);
        findings.extend(differs(id, policy["PolicyDocument"]["Statement"].clone(), statement));
        findings.extend(differs(id, policy["Queues"].clone(), json!([queue])));
    }
    findings
}

/// What takes from the queues.
pub(crate) fn functions(stack: &Stack) -> Findings {
    let sources = stack.of_type("AWS::Lambda::EventSourceMapping");
    let mut findings: Findings = differs("the number of event sources", sources.len(), QUEUES.len()).into_iter().collect();
    for (queue, function, _) in QUEUES {
        let from = json!(format!("{queue}.Arn"));
        let Some(source) = sources.values().find(|source| source["EventSourceArn"] == from) else {
            findings.push(format!("nobody takes from {queue}"));
            continue;
        };
        findings.extend(differs(&format!("who takes from {queue}"), text(&source["FunctionName"]), function.to_owned()));
        let reported = list(&source["FunctionResponseTypes"]);
        findings.extend(differs(&format!("what {function} reports"), reported, vec!["ReportBatchItemFailures".to_owned()]));
        let most = source["ScalingConfig"]["MaximumConcurrency"].as_u64();
        findings.extend(most.is_none_or(|most| most < 2).then(|| format!("{function} may run {most:?} times at once")));
    }
    let batch = |queue: &str| {
        sources.values().find(|source| source["EventSourceArn"] == format!("{queue}.Arn")).map(|one| one["BatchSize"].clone())
    };
    // A job has its own deadline: with another before it in its batch, it would have less than it was promised.
    findings.extend(differs("the jobs in a batch", batch("JobsQueue"), Some(Value::from(1))));
    findings.extend(differs("the events in a batch", batch("EventsQueue"), Some(Value::from(10))));
    findings
}

//! The one method that streams, and no other; its time and its function's.

use serde_json::Value;

use super::stack::{Stack, text};
use super::{Findings, differs};

/// As long as API Gateway holds a streamed answer (response streaming, 2026: 15 minutes), and as Lambda runs (quotas, 2026).
const LONGEST_MS: u64 = 900_000;

/// Each method of the REST API: its path, its name and its integration.
pub(crate) fn integrations(stack: &Stack) -> Vec<(String, String, Value)> {
    let body = stack.properties("Rest")["Body"].clone();
    let mut found = Vec::new();
    for (path, methods) in body["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            found.push((path.clone(), method.to_uppercase(), operation["x-amazon-apigateway-integration"].clone()));
        }
    }
    found
}

/// The function that an integration leads to, and how it is invoked.
pub(crate) fn target(integration: &Value) -> (String, String, String) {
    let uri = text(&integration["uri"]);
    let (head, tail) = uri.split_once("/functions/").unwrap_or_default();
    let (function, way) = tail.split_once(".Arn/").unwrap_or_default();
    (head.rsplit('/').next().unwrap_or_default().to_owned(), function.to_owned(), way.to_owned())
}

pub(crate) fn findings(stack: &Stack) -> Findings {
    let mut findings = Vec::new();
    for (path, method, integration) in integrations(stack) {
        let name = format!("{method} {path}");
        let (mode, timeout) = (integration.get("responseTransferMode"), integration.get("timeoutInMillis").and_then(Value::as_u64));
        let (version, function, way) = target(&integration);
        findings.extend(differs(&format!("the type of {name}"), text(&integration["type"]), "aws_proxy".to_owned()));
        if (path.as_str(), method.as_str()) == ("/api/stream/events", "GET") {
            findings.extend(differs(&format!("the transfer mode of {name}"), mode.map(text), Some("STREAM".to_owned())));
            findings.extend(differs(&format!("the timeout of {name}"), timeout, Some(LONGEST_MS)));
            let wanted = ["2021-11-15", "StreamFunction", "response-streaming-invocations"].map(str::to_owned);
            findings.extend(differs(&format!("the target of {name}"), [version, function, way], wanted));
        } else {
            findings.extend(differs(&format!("the transfer mode of {name}"), mode.map(text), None));
            findings.extend(differs(&format!("the timeout of {name}"), timeout, None));
            let wanted = ["2015-03-31", "ApiFunction", "invocations"].map(str::to_owned);
            findings.extend(differs(&format!("the target of {name}"), [version, function, way], wanted));
        }
    }
    findings.extend(times(stack));
    findings
}

/// A window ends before its function is cut, and others answer before the gateway gives up (integration timeout, 2026: 29 s).
fn times(stack: &Stack) -> Findings {
    let timeout = |id: &str| stack.properties(id)["Timeout"].as_u64().unwrap_or(0);
    let window = stack.parameters()["StreamWindowSeconds"]["MaxValue"].as_u64().unwrap_or(u64::MAX);
    let mut findings: Findings =
        differs("the timeout of StreamFunction", timeout("StreamFunction") * 1_000, LONGEST_MS).into_iter().collect();
    findings.extend((window + 10 > timeout("StreamFunction")).then(|| format!("a window of {window} s leaves no time to end")));
    for id in ["ApiFunction", "WebsocketFunction"] {
        findings.extend((timeout(id) > 29).then(|| format!("{id} may run for {} s, and nobody waits so long", timeout(id))));
    }
    let most = stack.parameter("StreamsMax").map(|value| text(&value)).and_then(|text| text.parse::<u64>().ok()).unwrap_or(u64::MAX);
    let reserved = stack.properties("StreamFunction").get("ReservedConcurrentExecutions").and_then(Value::as_u64);
    findings.extend(reserved.filter(|reserved| most >= *reserved).map(|reserved| format!("{most} streams do not fit under {reserved}")));
    findings
}

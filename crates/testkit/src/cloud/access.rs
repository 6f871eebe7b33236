//! What a policy must allow for a call, by the service's own names ("Actions, resources, and condition keys", service authorization
//! reference, 2026). Nothing is refused here: tests compare what was called with what their template allows.

use form_urlencoded::parse;
use hyper::http::request::Parts;
use serde_json::Value;

/// A part of a call, as one line of a policy would allow it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The id of the caller's access key.
    pub who: String,
    /// Such as `dynamodb:GetItem`.
    pub action: String,
    /// A table, alone or with an index (`belfry/index/unread`); a queue's URL, a topic's ARN, a secret's name, or the way to sockets
    /// (`/prod/POST/@connections/*`).
    pub on: String,
}

/// What a request asks for. Empty where it is none of ours.
pub(super) fn of(parts: &Parts, body: &[u8]) -> Vec<Call> {
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let who = header("authorization").split_once("Credential=").and_then(|(_, rest)| rest.split('/').next()).unwrap_or_default();
    let call = |(action, on): (String, String)| Call { who: who.to_owned(), action, on };
    if let Some((stage, _)) = parts.uri.path().split_once("/@connections/") {
        let on = format!("{stage}/{}/@connections/*", parts.method);
        return vec![call(("execute-api:ManageConnections".to_owned(), on))];
    }
    let asked: Value = serde_json::from_slice(body).unwrap_or_default();
    let named = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
    let pairs = match header("x-amz-target").split_once('.') {
        Some((service, operation)) if service.starts_with("DynamoDB") => table(operation, &asked),
        Some(("AmazonSQS", operation)) => vec![(format!("sqs:{}", operation.trim_end_matches("Batch")), named("QueueUrl"))],
        Some(("secretsmanager", operation)) => vec![(format!("secretsmanager:{operation}"), named("SecretId"))],
        _ => topic(body),
    };
    pairs.into_iter().map(call).collect()
}

fn topic(body: &[u8]) -> Vec<(String, String)> {
    let field = |wanted: &str| parse(body).find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned()).unwrap_or_default();
    vec![(format!("sns:{}", field("Action").trim_end_matches("Batch")), field("TopicArn"))]
}

/// A transaction needs what its parts need (`DynamoDB` developer guide, "IAM with transactions", 2026).
fn table(operation: &str, asked: &Value) -> Vec<(String, String)> {
    let on = |part: &Value| {
        let index = part["IndexName"].as_str().map(|index| format!("/index/{index}")).unwrap_or_default();
        format!("{}{index}", part["TableName"].as_str().unwrap_or_default())
    };
    let action = |name: &str| format!("dynamodb:{name}");
    match operation {
        "TransactWriteItems" | "TransactGetItems" => {
            let parts = asked["TransactItems"].as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
            parts.map(|(kind, part)| (action(&format!("{kind}Item")), on(part))).collect()
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = asked["RequestItems"].as_object().into_iter().flatten();
            tables.map(|(table, _)| (action(operation), table.clone())).collect()
        }
        _ => vec![(action(operation), on(asked))],
    }
}

#[cfg(test)]
mod tests {
    use hyper::Request;
    use serde_json::json;

    use super::*;

    fn check(path: &str, target: &str, body: &str, wanted: &[(&str, &str)]) {
        let signed = "AWS4-HMAC-SHA256 Credential=deliver/20261201/us-east-1/x/aws4_request, SignedHeaders=host, Signature=0";
        let request = Request::post(path).header("authorization", signed).header("x-amz-target", target).body(()).unwrap();
        let found = of(&request.into_parts().0, body.as_bytes());
        assert!(found.iter().all(|call| call.who == "deliver"), "{found:?}");
        let found: Vec<_> = found.iter().map(|call| (call.action.as_str(), call.on.as_str())).collect();
        assert_eq!(found, wanted, "{target} {body}");
    }

    #[test]
    fn a_call_is_what_a_policy_calls_it() {
        let table = "DynamoDB_20120810.";
        let one = json!({"TableName": "t", "IndexName": "unread"}).to_string();
        check("/", &format!("{table}Query"), &one, &[("dynamodb:Query", "t/index/unread")]);
        check("/", &format!("{table}UpdateItem"), r#"{"TableName": "t"}"#, &[("dynamodb:UpdateItem", "t")]);
        let many = json!({"TransactItems": [{"Put": {"TableName": "t"}}, {"ConditionCheck": {"TableName": "u"}}]}).to_string();
        let wanted = [("dynamodb:PutItem", "t"), ("dynamodb:ConditionCheckItem", "u")];
        check("/", &format!("{table}TransactWriteItems"), &many, &wanted);
        let many = json!({"RequestItems": {"t": {}}}).to_string();
        check("/", &format!("{table}BatchGetItem"), &many, &[("dynamodb:BatchGetItem", "t")]);
        check("/", "AmazonSQS.SendMessageBatch", r#"{"QueueUrl": "q"}"#, &[("sqs:SendMessage", "q")]);
        check("/", "secretsmanager.GetSecretValue", r#"{"SecretId": "s"}"#, &[("secretsmanager:GetSecretValue", "s")]);
        check("/", "", "Action=PublishBatch&TopicArn=arn%3Aa", &[("sns:Publish", "arn:a")]);
        check("/prod/@connections/A%3D", "", "{}", &[("execute-api:ManageConnections", "/prod/POST/@connections/*")]);
    }
}

//! What the linters let pass, the checks find: each of these changes of the template is nonsense.

use std::fs;

use super::CHECKS;
use super::stack::{Stack, read, translate};

/// The check that must find it, what is replaced, and by what.
const NONSENSE: [(&str, &str, &str); 35] = [
    ("streaming", "ResponseTransferMode: RESPONSE_STREAM", "ResponseTransferMode: RESPONSE_STREEM"),
    ("streaming", "TimeoutInMillis: 900000", "TimeoutInMillis: 1900000"),
    ("streaming", "            TimeoutInMillis: 900000\n", ""),
    ("streaming", "MaxValue: 890", "MaxValue: 1900"),
    (
        "streaming",
        "StreamReservedConcurrency:\n    Type: Number\n    Default: 0",
        "StreamReservedConcurrency:\n    Type: Number\n    Default: 90",
    ),
    ("routes", "Path: /api/unread, Method: head", "Path: /api/unread, Method: post"),
    ("routes", "Path: /healthz, Method: get", "Path: /health, Method: get"),
    ("gateway's answers", "StatusCode: 404", "StatusCode: 403"),
    ("gateway's answers", "urn:belfry:problem:too-large", "urn:belfry:problem:too-big"),
    ("gateway's answers", "Retry-After: \"'1'\"", "Retry-After: \"'10'\""),
    ("gateway's answers", "              Access-Control-Expose-Headers: \"'Retry-After'\"\n", ""),
    ("sockets", "        $disconnect: {FunctionArn: !GetAtt WebsocketFunction.Arn, IntegrationTimeout: 29000}\n", ""),
    ("store", "{AttributeName: unread, KeyType: RANGE}", "{AttributeName: SK, KeyType: RANGE}"),
    ("store", "AttributeName: ttl, Enabled", "AttributeName: expiresAt, Enabled"),
    (
        "store",
        "    DeletionPolicy: RetainExceptOnCreate\n    UpdateReplacePolicy: Retain\n    Properties:\n      BillingMode",
        "    Properties:\n      BillingMode",
    ),
    ("queues", "VisibilityTimeout: 180", "VisibilityTimeout: 30"),
    ("queues", "RawMessageDelivery: true", "RawMessageDelivery: false"),
    ("queues", "deadLetterTargetArn: !GetAtt JobDeadLetters.Arn", "deadLetterTargetArn: !GetAtt DeadLetters.Arn"),
    ("queues' functions", "            FunctionResponseTypes: [ReportBatchItemFailures]\n", ""),
    ("policies", "Action: sns:Publish\n                Resource: !Ref EventsTopic", "Action: sns:Publish\n                Resource: '*'"),
    ("policies", "Action: [dynamodb:GetItem, ", "Action: [dynamodb:Scan, dynamodb:GetItem, "),
    ("policies", ", dynamodb:BatchGetItem", ""),
    ("key", "[sns.amazonaws.com, sqs.amazonaws.com, cloudwatch.amazonaws.com]", "[sqs.amazonaws.com, cloudwatch.amazonaws.com]"),
    ("key", "[sns.amazonaws.com, sqs.amazonaws.com, cloudwatch.amazonaws.com]", "[sns.amazonaws.com, cloudwatch.amazonaws.com]"),
    ("key", "[sns.amazonaws.com, sqs.amazonaws.com, cloudwatch.amazonaws.com]", "[sns.amazonaws.com, sqs.amazonaws.com]"),
    ("key", "[kms:Decrypt, 'kms:GenerateDataKey*']", "[kms:Decrypt]"),
    ("key", "            Condition: {StringEquals: {'aws:SourceAccount': !Ref AWS::AccountId}}\n", ""),
    ("domains", "RestApiId: !Ref Rest, Stage", "RestApiId: !Ref Rest, BasePath: prod, Stage"),
    ("domains", "DNSName: !GetAtt SocketsDomainName.Regional", "DNSName: !GetAtt RestDomainName.Regional"),
    ("domains", "SecurityPolicy: TLS_1_2}]", "SecurityPolicy: TLS_1_0}]"),
    ("domains", "'https://${RestDomain}/api/stream/events'", "'https://${RestDomain}/prod/api/stream/events'"),
    ("environment", "BELFRY_STREAMS_MAX", "BELFRY_STREAM_MAX"),
    ("logs", "\"status\":\"$context.status\"", "\"status\":\"$context.status\",\"q\":\"$context.querystring\""),
    ("nested stacks", "        StreamsAlarm: !Ref StreamsAlarm\n", ""),
    ("parameters", "    Default: 120\n", "    Default: 300\n"),
];

#[test]
fn nonsense_is_found() {
    let (template, folder) = (read("template.yaml"), tempfile::tempdir().unwrap());
    let mut paths = Vec::new();
    for (place, (_, sense, nonsense)) in NONSENSE.iter().enumerate() {
        assert!(template.contains(sense), "the template has no {sense:?}");
        let path = folder.path().join(format!("{place}.yaml"));
        fs::write(&path, template.replacen(sense, nonsense, 1)).unwrap();
        paths.push(path.into_os_string().into_string().unwrap());
    }
    for (entry, (name, _, nonsense)) in translate(&paths).iter().zip(&NONSENSE) {
        let (_, check) = CHECKS.iter().find(|(one, _)| one == name).unwrap();
        let findings = Stack::of(entry).map_or_else(|refused| vec![refused], |stack| check(&stack));
        assert!(!findings.is_empty(), "{name} finds nothing in {nonsense:?}");
    }
}

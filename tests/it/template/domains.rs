//! Domains of one's own: what stands behind each name, where it is entered, and what clients are told.

use serde_json::{Value, json};

use super::stack::Stack;
use super::{Findings, differs};

const CERTIFICATE: &str = "arn:aws:acm:eu-west-1:123456789012:certificate/a";
const REST: &str = "api.example";
const SOCKETS: &str = "ws.example";

fn with_both(stack: &Stack) -> Stack {
    let given = [("RestDomain", REST), ("SocketsDomain", SOCKETS), ("CertificateArn", CERTIFICATE), ("HostedZoneId", "Z1")];
    given.into_iter().fold(stack.clone(), |stack, (name, value)| stack.given(name, value))
}

pub(crate) fn findings(stack: &Stack) -> Findings {
    let stack = with_both(stack);
    let record = |name: &str, domain: &str| {
        let target = json!({"DNSName": format!("{domain}.RegionalDomainName"), "HostedZoneId": format!("{domain}.RegionalHostedZoneId")});
        json!({"HostedZoneId": "Z1", "Name": name, "Type": "A", "AliasTarget": target})
    };
    let stage = |kind: &str| stack.of_type(kind).into_keys().next().unwrap_or_default();
    let wanted: [(&str, Value); 6] = [
        (
            "RestDomainName",
            json!({
                "DomainName": REST, "RegionalCertificateArn": CERTIFICATE, "SecurityPolicy": "TLS_1_2",
                "EndpointConfiguration": {"Types": ["REGIONAL"]},
            }),
        ),
        ("RestMapping", json!({"DomainName": "RestDomainName", "RestApiId": "Rest", "Stage": stage("AWS::ApiGateway::Stage")})),
        ("RestRecord", record(REST, "RestDomainName")),
        (
            "SocketsDomainName",
            json!({
                "DomainName": SOCKETS,
                "DomainNameConfigurations": [{"CertificateArn": CERTIFICATE, "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}],
            }),
        ),
        ("SocketsMapping", json!({"DomainName": "SocketsDomainName", "ApiId": "Sockets", "Stage": stage("AWS::ApiGatewayV2::Stage")})),
        ("SocketsRecord", record(SOCKETS, "SocketsDomainName")),
    ];
    let mut findings: Findings = wanted.into_iter().filter_map(|(id, wanted)| differs(id, stack.properties(id), wanted)).collect();
    let outputs = stack.outputs();
    let told = [
        ("RestUrl", "https://api.example"),
        ("StreamUrl", "https://api.example/api/stream/events"),
        ("SocketsUrl", "wss://ws.example"),
        ("RestDomainTarget", "RestDomainName.RegionalDomainName"),
        ("SocketsDomainTarget", "SocketsDomainName.RegionalDomainName"),
    ];
    findings.extend(told.into_iter().filter_map(|(name, wanted)| differs(name, outputs.get(name).cloned(), Some(json!(wanted)))));
    findings
}

#[test]
fn each_domain_is_there_where_it_was_asked_for() {
    let ids = ["RestDomainName", "RestMapping", "RestRecord", "SocketsDomainName", "SocketsMapping", "SocketsRecord"];
    let there = |stack: &Stack| ids.map(|id| stack.properties(id) != json!({}));
    let ours = Stack::ours();
    assert_eq!(there(&ours), [false; 6]);
    assert_eq!(there(&with_both(&ours).given("HostedZoneId", "")), [true, true, false, true, true, false], "entered elsewhere");
    assert_eq!(there(&with_both(&ours).given("SocketsDomain", "")), [true, true, true, false, false, false]);
    assert_eq!(there(&with_both(&ours).given("RestDomain", "")), [false, false, false, true, true, true]);
    assert_eq!(there(&with_both(&ours).given("CertificateArn", "")), [false; 6]);
    let outputs = with_both(&ours).given("RestDomain", "").outputs();
    assert!(!outputs.contains_key("RestDomainTarget") && outputs.contains_key("SocketsDomainTarget"));
}

#[test]
fn an_api_is_at_its_gateways_domain() {
    let outputs = Stack::ours().outputs();
    assert_eq!(outputs["RestUrl"], "https://Rest.execute-api.AWS::Region.AWS::URLSuffix/prod");
    assert_eq!(outputs["StreamUrl"], "https://Rest.execute-api.AWS::Region.AWS::URLSuffix/prod/api/stream/events");
    assert_eq!(outputs["SocketsUrl"], "wss://Sockets.execute-api.AWS::Region.AWS::URLSuffix/prod");
}

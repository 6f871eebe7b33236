//! The deployed system as CloudFormation gets it, property by property: linters take nonsense for sense (`RESPONSE_STREEM`, a timeout of
//! 1,900 s, a visibility timeout shorter than the function's).
//!
//! Each check gives its findings, so that `nonsense` can show of each that it finds something.

mod domains;
mod environment;
mod keys;
mod linters;
mod nonsense;
mod parameters;
mod policies;
mod queues;
mod routes;
mod sockets;
mod stack;
mod store;
mod streaming;
mod turned;
mod watched;

use stack::Stack;

/// What is wrong, a line each.
type Findings = Vec<String>;
/// Looks at a template.
type Check = fn(&Stack) -> Findings;

/// All checks of the template itself.
const CHECKS: [(&str, Check); 15] = [
    ("streaming", streaming::findings),
    ("routes", routes::methods),
    ("gateway's answers", routes::gateway),
    ("permissions", routes::permissions),
    ("sockets", sockets::findings),
    ("store", store::findings),
    ("queues", queues::findings),
    ("queues' functions", queues::functions),
    ("policies", policies::findings),
    ("key", keys::findings),
    ("domains", domains::findings),
    ("environment", environment::findings),
    ("logs", watched::logs),
    ("nested stacks", watched::nested),
    ("parameters", parameters::findings),
];

/// What a check says where two things differ.
#[expect(clippy::needless_pass_by_value, reason = "both are made for this call: a reference would be one more sign in sixty places")]
fn differs<T: PartialEq + std::fmt::Debug>(what: &str, found: T, wanted: T) -> Option<String> {
    (found != wanted).then(|| format!("{what} is {found:?}, and should be {wanted:?}"))
}

#[test]
fn the_template_holds() {
    let stack = Stack::ours();
    let findings: Findings =
        CHECKS.iter().flat_map(|(name, check)| check(&stack).into_iter().map(move |line| format!("{name}: {line}"))).collect();
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn it_holds_with_every_option_turned() {
    let turned = [
        ("Encryption", "key"),
        ("AccessLogs", "on"),
        ("JwksUrl", "https://issuer.example/jwks"),
        ("StreamReservedConcurrency", "0"),
        ("RestDomain", "api.example"),
        ("SocketsDomain", "ws.example"),
        ("CertificateArn", "arn:aws:acm:eu-west-1:123456789012:certificate/a"),
        ("HostedZoneId", "Z1"),
        ("Alarms", "off"),
        ("Dashboard", "off"),
    ];
    let stack = turned.into_iter().fold(Stack::ours(), |stack, (name, value)| stack.given(name, value));
    let but = ["policies", "parameters"];
    let checks = CHECKS.iter().filter(|(name, _)| !but.contains(name));
    let findings: Findings = checks.flat_map(|(_, check)| check(&stack)).collect();
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

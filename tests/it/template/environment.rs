//! Every variable that functions read is set, no other is, and what is set is taken by the reader itself.

use std::collections::BTreeSet;
use std::path::Path;

use aws::config::{Api, Deliver, Fanout, Problems, Stream, Vars, Websocket};

use super::stack::{Stack, root, text};
use super::{Findings, differs};

/// What `crates/aws` reads and the template does not set.
const NOT_SET: [(&str, &str); 1] = [("BELFRY_JWT_SECRET", "a secret is kept in Secrets Manager, not shown in a console")];
/// What others read: `lambda_http` takes the stage out of paths.
const OF_OTHERS: [&str; 1] = ["AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH"];
const FUNCTIONS: [&str; 5] = ["ApiFunction", "StreamFunction", "WebsocketFunction", "DeliverFunction", "FanoutFunction"];

pub(crate) fn findings(stack: &Stack) -> Findings {
    let mut set = BTreeSet::new();
    let mut findings = Vec::new();
    for id in FUNCTIONS {
        set.extend(variables(stack, id).into_iter().map(|(name, _)| name).filter(|name| !OF_OTHERS.contains(&name.as_str())));
        findings.extend(read(stack, id).err().map(|problems| format!("{id}: {problems}")));
        let runs = stack.properties(id);
        findings.extend(differs(&format!("what {id} runs on"), text(&runs["Runtime"]), "provided.al2023".to_owned()));
        findings.extend(differs(&format!("the processor of {id}"), text(&runs["Architectures"][0]), "arm64".to_owned()));
        let folder = format!("functions/{}", id.trim_end_matches("Function").to_lowercase());
        findings.extend(differs(&format!("the code of {id}"), text(&runs["Code"]["S3Key"]), folder.clone()));
        findings.extend((!root().join(&folder).join("Cargo.toml").exists()).then(|| format!("there is no package in {folder}")));
        findings.extend(differs(
            &format!("what builds {id}"),
            text(&stack.attribute(id, "Metadata")["BuildMethod"]),
            "rust-cargolambda".to_owned(),
        ));
    }
    for id in ["ApiFunction", "StreamFunction"] {
        let ignored = variables(stack, id).into_iter().any(|(name, value)| name == OF_OTHERS[0] && value == "true");
        findings.extend((!ignored).then(|| format!("{id} sees the stage in its paths")));
    }
    let wanted: BTreeSet<String> = names(&root().join("crates/aws/src/config")).into_iter().collect();
    let wanted: BTreeSet<String> = wanted.into_iter().filter(|name| NOT_SET.iter().all(|(not, _)| not != name)).collect();
    findings.extend(wanted.difference(&set).map(|name| format!("{name} is read and not set")));
    findings.extend(set.difference(&wanted).map(|name| format!("{name} is set and not read")));
    findings
}

fn variables(stack: &Stack, id: &str) -> Vec<(String, String)> {
    let variables = stack.properties(id)["Environment"]["Variables"].clone();
    variables.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

/// As the function itself reads it.
fn read(stack: &Stack, id: &str) -> Result<(), Problems> {
    let vars: Vars = variables(stack, id).into_iter().collect();
    match id {
        "ApiFunction" => Api::read(&vars).map(drop),
        "StreamFunction" => Stream::read(&vars).map(drop),
        "WebsocketFunction" => Websocket::read(&vars).map(drop),
        "DeliverFunction" => Deliver::read(&vars).map(drop),
        _ => Fanout::read(&vars).map(drop),
    }
}

/// The variables that are named in the reader's files.
fn names(folder: &Path) -> Vec<String> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| !path.ends_with("tests.rs"));
    files.push(folder.with_extension("rs"));
    let texts = files.iter().map(|path| std::fs::read_to_string(path).unwrap());
    texts.flat_map(|text| text.split('"').filter(|part| is_name(part)).map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn is_name(part: &str) -> bool {
    part.strip_prefix("BELFRY_").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'))
}

/// What the template lets pass, the function takes; and what it takes no more, the template refuses.
#[test]
fn ranges_are_those_of_the_reader() {
    let ours = Stack::ours();
    let limited = [
        "StreamWindowSeconds",
        "HeartbeatSeconds",
        "StreamsMax",
        "StreamReservedConcurrency",
        "RetentionDays",
        "TaskRetentionDays",
        "ConnectionShards",
        "ChannelPartitions",
    ];
    for name in limited.into_iter().chain(["FanoutPostsPerSecond", "FanoutConcurrency"]) {
        let bound = |bound: &str| ours.parameters()[name][bound].as_u64().unwrap();
        let taken = |value: u64| FUNCTIONS.iter().all(|id| read(&ours.clone().given(name, &value.to_string()), id).is_ok());
        assert!(taken(bound("MinValue")) && taken(bound("MaxValue")), "{name}");
        assert!(!taken(bound("MaxValue") + 1), "{name} could be more than {}", bound("MaxValue"));
    }
    for flush in ours.parameters()["StreamFlush"]["AllowedValues"].as_array().unwrap() {
        assert!(read(&ours.clone().given("StreamFlush", &text(flush)), "StreamFunction").is_ok(), "{flush}");
    }
}

/// With nothing set but what must be, a function does what the template's defaults make it do.
#[test]
fn defaults_are_those_of_the_reader() {
    let needed =
        ["BELFRY_TABLE", "BELFRY_DEAD_LETTER_QUEUE_URL", "BELFRY_JOBS_QUEUE_URL", "BELFRY_SOCKETS_ENDPOINT", "BELFRY_JWT_SECRET_ARN"];
    let does = |kept: &dyn Fn(&str) -> bool| {
        let vars = |id| -> Vars { variables(&Stack::ours(), id).into_iter().filter(|(name, _)| kept(name)).collect() };
        let mut stream = Stream::read(&vars("StreamFunction")).unwrap();
        // The cap and the address are the deployment's own.
        (stream.web.streams_max, stream.web.sockets_url) = (None, None);
        format!("{:?} {stream:?}", Deliver::read(&vars("DeliverFunction")).unwrap())
    };
    assert_eq!(does(&|_| true), does(&|name| needed.contains(&name)));
}

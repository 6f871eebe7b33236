//! The key of one's own, with `Encryption=key`: SNS, SQS and CloudWatch can use it, of this account alone, for nothing but messages.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::stack::{Stack, list};
use super::{Findings, differs};

/// SNS sends to an encrypted queue, SQS moves messages to another, CloudWatch's alarms publish to an encrypted topic.
const SERVICES: [&str; 3] = ["sns.amazonaws.com", "sqs.amazonaws.com", "cloudwatch.amazonaws.com"];
/// What each needs (SNS developer guide, "Key management", and SQS developer guide, "Key management", 2026).
const NEEDED: [&str; 2] = ["kms:Decrypt", "kms:GenerateDataKey*"];

pub(crate) fn findings(stack: &Stack) -> Findings {
    let stack = stack.clone().given("Encryption", "key");
    let statements = stack.properties("Key")["KeyPolicy"]["Statement"].as_array().cloned().unwrap_or_default();
    let mut findings = Vec::new();
    for service in SERVICES {
        let of_it = |statement: &&Value| list(&statement["Principal"]["Service"]).iter().any(|one| one == service);
        let allowed: BTreeSet<String> = statements.iter().filter(of_it).flat_map(|statement| list(&statement["Action"])).collect();
        findings.extend(differs(&format!("what {service} may do by the key"), allowed, NEEDED.map(str::to_owned).into()));
    }
    let others = statements.iter().flat_map(|statement| list(&statement["Principal"]["Service"]));
    findings.extend(others.filter(|one| !SERVICES.contains(&one.as_str())).map(|one| format!("{one} may use the key")));
    for statement in &statements {
        findings.extend((statement["Effect"] != "Allow" || statement["Resource"] != "*").then(|| format!("{statement} is not of the key")));
        if statement["Principal"].get("Service").is_some() {
            let ours = json!({"StringEquals": {"aws:SourceAccount": "AWS::AccountId"}});
            findings.extend(differs("for whom services use the key", statement["Condition"].clone(), ours));
        } else {
            let owner = json!({"AWS": "arn:AWS::Partition:iam::AWS::AccountId:root"});
            findings.extend(differs("who else may use the key", statement["Principal"].clone(), owner));
        }
    }
    for (kind, count) in [("AWS::SNS::Topic", 1), ("AWS::SQS::Queue", 4)] {
        let with = stack.of_type(kind);
        findings.extend(differs(&format!("how many there are of {kind}"), with.len(), count));
        let open = with.iter().filter(|(_, properties)| properties["KmsMasterKeyId"] != "Key");
        findings.extend(open.map(|(id, _)| format!("{id} is not encrypted with the key")));
    }
    findings
}

//! Every function may do what its code does, and nothing else, on what there is, and nothing more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use super::Findings;
use super::stack::{Stack, list, read, root, text};

/// What a function may do, on what, and where its code does it: a file, and a word in it.
struct Grant(&'static str, &'static str, &'static [&'static str], &'static str, &'static str);

const TABLE: &[&str] = &["Table.Arn"];
const UNREAD: &str = "Table.Arn/index/unread";
const BY_USER: &str = "Table.Arn/index/connectionsByUser";
const POST: &str = "arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:Sockets/prod/POST/@connections/*";
const DELETE: &str = "arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:Sockets/prod/DELETE/@connections/*";

/// All of them. A new call of the code stands here with its reason, or the template is not to allow it.
const GRANTS: &[Grant] = &[
    Grant("Api", "dynamodb:GetItem", TABLE, "crates/service/src/idempotency.rs", "table.idempotency("),
    Grant("Api", "dynamodb:Query", &["Table.Arn", UNREAD, BY_USER], "crates/service/src/push.rs", "connections_of("),
    Grant("Api", "dynamodb:BatchGetItem", TABLE, "crates/service/src/tasks.rs", "documents("),
    Grant("Api", "dynamodb:PutItem", TABLE, "crates/service/src/mark.rs", "commit("),
    // Of a socket whose reader muted something.
    Grant("Api", "dynamodb:UpdateItem", TABLE, "crates/service/src/push.rs", "rewrite_connection("),
    // What a commit deletes, sockets that are gone, and the ticket of a HEAD request for a stream.
    Grant("Api", "dynamodb:DeleteItem", TABLE, "crates/service/src/post.rs", "remove_connection("),
    Grant("Api", "sns:Publish", &["EventsTopic"], "functions/api/src/main.rs", "publish_to("),
    Grant("Api", "sqs:SendMessage", &["JobsQueue.Arn"], "functions/api/src/main.rs", "push_to("),
    Grant("Api", "execute-api:ManageConnections", &[POST], "functions/api/src/main.rs", "push_to("),
    Grant("Api", "secretsmanager:GetSecretValue", &["JwtSecret"], "functions/api/src/main.rs", "parts::app("),
    Grant("Stream", "dynamodb:GetItem", TABLE, "crates/service/src/tail.rs", ".state("),
    Grant("Stream", "dynamodb:Query", &["Table.Arn", UNREAD], "crates/service/src/snapshot.rs", ".unread("),
    Grant("Stream", "dynamodb:BatchGetItem", TABLE, "crates/service/src/catch_up.rs", ".follow("),
    // Which stream of a client is the newest; a channel's first visit.
    Grant("Stream", "dynamodb:PutItem", TABLE, "crates/service/src/stream.rs", "put_newest_stream("),
    Grant("Stream", "dynamodb:UpdateItem", TABLE, "crates/service/src/stream.rs", "acquire_stream_slot("),
    Grant("Stream", "dynamodb:DeleteItem", TABLE, "crates/service/src/tickets.rs", "take_ticket("),
    Grant("Stream", "secretsmanager:GetSecretValue", &["JwtSecret"], "functions/stream/src/main.rs", "parts::app("),
    Grant("Websocket", "dynamodb:GetItem", TABLE, "crates/service/src/sockets.rs", ".connection("),
    Grant("Websocket", "dynamodb:Query", &["Table.Arn", UNREAD], "crates/service/src/snapshot.rs", ".unread("),
    Grant("Websocket", "dynamodb:BatchGetItem", TABLE, "crates/service/src/catch_up.rs", ".follow("),
    Grant("Websocket", "dynamodb:PutItem", TABLE, "crates/service/src/sockets.rs", "put_connection("),
    Grant("Websocket", "dynamodb:UpdateItem", TABLE, "crates/service/src/sockets.rs", "connection_fault("),
    Grant("Websocket", "dynamodb:DeleteItem", TABLE, "crates/service/src/sockets.rs", "remove_connection("),
    Grant("Websocket", "execute-api:ManageConnections", &[POST, DELETE], "crates/aws/src/websocket.rs", ".close(id)"),
    Grant("Websocket", "secretsmanager:GetSecretValue", &["JwtSecret"], "functions/websocket/src/main.rs", "parts::app("),
    Grant("Deliver", "dynamodb:GetItem", TABLE, "crates/service/src/deliver.rs", ".state("),
    Grant("Deliver", "dynamodb:Query", &["Table.Arn", UNREAD, BY_USER], "crates/service/src/push.rs", "connections_of("),
    Grant("Deliver", "dynamodb:BatchGetItem", TABLE, "crates/service/src/plan.rs", "documents("),
    Grant("Deliver", "dynamodb:PutItem", TABLE, "crates/service/src/deliver.rs", "commit("),
    // Between two of its commits may lie one of preferences.
    Grant("Deliver", "dynamodb:UpdateItem", TABLE, "crates/service/src/push.rs", "rewrite_connection("),
    Grant("Deliver", "dynamodb:DeleteItem", TABLE, "crates/service/src/post.rs", "remove_connection("),
    Grant("Deliver", "sqs:SendMessage", &["JobsQueue.Arn", "DeadLetters.Arn"], "crates/aws/src/sqs.rs", "bury("),
    Grant("Deliver", "execute-api:ManageConnections", &[POST], "functions/deliver/src/main.rs", "push_to("),
    Grant("Fanout", "dynamodb:GetItem", TABLE, "crates/service/src/channels.rs", ".state("),
    Grant("Fanout", "dynamodb:Query", TABLE, "crates/service/src/fanout.rs", "connections_in("),
    Grant("Fanout", "dynamodb:BatchGetItem", TABLE, "crates/service/src/channels.rs", ".follow("),
    Grant("Fanout", "dynamodb:DeleteItem", TABLE, "crates/service/src/post.rs", "remove_connection("),
    Grant("Fanout", "dynamodb:BatchWriteItem", TABLE, "crates/service/src/sweep.rs", ".remove("),
    Grant("Fanout", "sqs:SendMessage", &["JobsQueue.Arn", "JobDeadLetters.Arn"], "crates/aws/src/fanout.rs", "bury("),
    Grant("Fanout", "execute-api:ManageConnections", &[POST], "crates/service/src/fanout.rs", "self.post("),
    // What Lambda itself takes from a queue with (Lambda developer guide, "Using Lambda with Amazon SQS", 2026).
    Grant("Deliver", "sqs:ReceiveMessage", &["EventsQueue.Arn"], "functions/deliver/src/main.rs", "run::deliver("),
    Grant("Deliver", "sqs:DeleteMessage", &["EventsQueue.Arn"], "functions/deliver/src/main.rs", "run::deliver("),
    Grant("Deliver", "sqs:GetQueueAttributes", &["EventsQueue.Arn"], "functions/deliver/src/main.rs", "run::deliver("),
    Grant("Fanout", "sqs:ReceiveMessage", &["JobsQueue.Arn"], "functions/fanout/src/main.rs", "run::fanout("),
    Grant("Fanout", "sqs:DeleteMessage", &["JobsQueue.Arn"], "functions/fanout/src/main.rs", "run::fanout("),
    Grant("Fanout", "sqs:GetQueueAttributes", &["JobsQueue.Arn"], "functions/fanout/src/main.rs", "run::fanout("),
];
const FUNCTIONS: [&str; 5] = ["Api", "Stream", "Websocket", "Deliver", "Fanout"];

/// What each call of an SDK needs. A transaction needs what its parts need (DynamoDB developer guide, "IAM with transactions", 2026).
const CALLS: [(&str, &[&str]); 16] = [
    ("get_item", &["dynamodb:GetItem"]),
    ("transact_get_items", &["dynamodb:GetItem"]),
    ("query", &["dynamodb:Query"]),
    ("batch_get_item", &["dynamodb:BatchGetItem"]),
    ("put_item", &["dynamodb:PutItem"]),
    ("update_item", &["dynamodb:UpdateItem"]),
    ("delete_item", &["dynamodb:DeleteItem"]),
    ("batch_write_item", &["dynamodb:BatchWriteItem"]),
    ("transact_write_items", &["dynamodb:PutItem", "dynamodb:DeleteItem"]),
    ("publish_batch", &["sns:Publish"]),
    ("send_message", &["sqs:SendMessage"]),
    ("send_message_batch", &["sqs:SendMessage"]),
    ("get_secret_value", &["secretsmanager:GetSecretValue"]),
    ("post_to_connection", &["execute-api:ManageConnections"]),
    ("delete_connection", &["execute-api:ManageConnections"]),
    // `belfry serve` makes its table; a deployed one is there.
    ("describe_table create_table update_time_to_live", &[]),
];

/// Function and action, and what it may be done on.
type Granted = BTreeMap<(String, String), BTreeSet<String>>;

pub(crate) fn findings(stack: &Stack) -> Findings {
    let (granted, mut findings) = granted(stack);
    let mut wanted = Granted::new();
    for Grant(function, action, on, ..) in GRANTS {
        wanted.entry(((*function).to_owned(), (*action).to_owned())).or_default().extend(on.iter().map(ToString::to_string));
    }
    for ((function, action), on) in &wanted {
        let found = granted.get(&(function.clone(), action.clone())).cloned().unwrap_or_default();
        findings.extend(on.difference(&found).map(|on| format!("{function} may not {action} on {on}, and does")));
        findings.extend(found.difference(on).map(|on| format!("{function} may {action} on {on}, and never does")));
    }
    let unused = granted.keys().filter(|key| !wanted.contains_key(*key));
    findings.extend(unused.map(|(function, action)| format!("{function} may {action}, and never does")));
    findings.extend(everything(stack));
    findings
}

/// What the roles say; a log group of one's own, and the right to be the function, beside it.
fn granted(stack: &Stack) -> (Granted, Findings) {
    let (mut granted, mut findings) = (Granted::new(), Vec::new());
    for function in FUNCTIONS {
        let role = stack.properties(&format!("{function}Role"));
        let taken = text(&stack.properties(&format!("{function}Function"))["Role"]);
        findings.extend((taken != format!("{function}Role.Arn")).then(|| format!("{function}Function has the role {taken}")));
        findings.extend(
            role.get("ManagedPolicyArns").map(|arns| format!("{function} has the policies {arns}, of which nobody knows what they say")),
        );
        for statement in
            role["Policies"].as_array().unwrap().iter().flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap())
        {
            let own = [format!("{function}Logs.Arn")];
            if list(&statement["Resource"]) == own {
                let wanted = ["logs:CreateLogStream", "logs:PutLogEvents"];
                findings
                    .extend((list(&statement["Action"]) != wanted).then(|| format!("{function} does not log as it should: {statement}")));
                continue;
            }
            for action in list(&statement["Action"]) {
                granted.entry((function.to_owned(), action)).or_default().extend(list(&statement["Resource"]));
            }
        }
    }
    (granted, findings)
}

/// Where a policy allows everything. The key's own policy may: there, `*` is the key.
fn everything(stack: &Stack) -> Findings {
    let all = stack.all().into_iter().filter(|(id, ..)| id != "Key");
    let mut findings = Vec::new();
    for (id, _, properties) in all {
        let mut open = vec![properties];
        while let Some(value) = open.pop() {
            if let Value::Object(map) = &value {
                let star = |name: &str| map.get(name).is_some_and(|value| list(value).iter().any(|one| one == "*" || one.ends_with(":*")));
                findings.extend(
                    (map.contains_key("Effect") && (star("Resource") || star("Action")))
                        .then(|| format!("{id} allows everything: {value}")),
                );
                open.extend(map.values().cloned());
            } else if let Value::Array(items) = value {
                open.extend(items);
            }
        }
    }
    findings
}

#[test]
fn every_grant_has_its_place_in_the_code() {
    let lost = GRANTS.iter().filter(|Grant(.., file, word)| !read(file).contains(word));
    let lost: Vec<_> = lost.map(|Grant(function, action, _, file, word)| format!("{function} {action}: no {word} in {file}")).collect();
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

/// A call of an SDK that is new is found, and so is one that is gone.
#[test]
fn every_call_of_the_code_is_granted_and_every_grant_is_called() {
    let granted: BTreeSet<&str> = GRANTS.iter().map(|grant| grant.1).collect();
    let mut called = BTreeSet::new();
    for file in ["crates/table/src", "crates/aws/src"].into_iter().flat_map(|folder| sources(&root().join(folder))) {
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        let names: Vec<(&str, &[&str])> = CALLS.iter().flat_map(|(names, actions)| names.split(' ').map(|name| (name, *actions))).collect();
        let count = |name: &str| text.matches(&format!(".{name}()")).count();
        let known: usize = names.iter().map(|(name, _)| count(name)).sum();
        assert_eq!(text.matches(".send()").count(), known, "{} makes a call that is not in CALLS", file.display());
        called.extend(names.into_iter().filter(|(name, _)| count(name) > 0).flat_map(|(_, actions)| actions.iter().copied()));
    }
    // Lambda's own, beside the code's.
    called.extend(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]);
    assert_eq!(called, granted);
}

#[test]
fn a_secret_or_a_key_of_ones_own_is_granted_too() {
    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a";
    let (given, _) = granted(&Stack::ours().given("JwtSecretArn", arn));
    let secret =
        |granted: &Granted, function: &str| granted.get(&(function.to_owned(), "secretsmanager:GetSecretValue".to_owned())).cloned();
    assert_eq!(secret(&given, "Stream"), Some(BTreeSet::from([arn.to_owned()])));
    let (published, _) = granted(&Stack::ours().given("JwksUrl", "https://issuer.example/jwks"));
    assert_eq!(secret(&published, "Stream"), None);
    let with_key = Stack::ours().given("Encryption", "key");
    let (encrypted, _) = granted(&with_key);
    let key = Some(BTreeSet::from(["Key.Arn".to_owned()]));
    for action in ["kms:Decrypt", "kms:GenerateDataKey"] {
        let uses = |function: &str| encrypted.get(&(function.to_owned(), action.to_owned())).cloned();
        assert_eq!(FUNCTIONS.map(uses), [key.clone(), None, None, key.clone(), key.clone()], "{action}");
    }
    let of_jobs = with_key.properties("PublisherPolicy")["PolicyDocument"]["Statement"][1].clone();
    assert_eq!(of_jobs, json!({"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "Key.Arn"}));
}

#[test]
fn a_jobs_role_may_publish_and_nothing_else() {
    let stack = Stack::ours();
    let statements = stack.properties("PublisherPolicy")["PolicyDocument"]["Statement"].clone();
    assert_eq!(statements, json!([{"Effect": "Allow", "Action": "sns:Publish", "Resource": "EventsTopic"}]));
    assert_eq!(stack.outputs()["PublisherPolicyArn"], "PublisherPolicy");
}

/// The Rust files of a folder that are built into functions.
fn sources(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") && !name.contains("tests") {
            found.push(path);
        }
    }
    found
}

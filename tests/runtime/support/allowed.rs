//! What each function called, against what its role in the template allows. On an account, IAM refuses everything else; here nobody does.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use testkit::cloud::Call;
use testkit::site::{DEAD_LETTERS, JOBS, TABLE, TOPIC};

use super::FUNCTIONS;
use crate::stack::{Stack, list};

/// A function, an action, and what it may be done on, as the template calls it.
pub(crate) type Line = (String, String, String);

/// All that the roles say.
fn allowed() -> &'static BTreeSet<Line> {
    static ALLOWED: OnceLock<BTreeSet<Line>> = OnceLock::new();
    ALLOWED.get_or_init(|| FUNCTIONS.into_iter().flat_map(of_function).collect())
}

fn of_function(function: &str) -> BTreeSet<Line> {
    let role = format!("{}{}Role", function[..1].to_uppercase(), &function[1..]);
    let policies = Stack::ours().properties(&role)["Policies"].as_array().unwrap().clone();
    let statements = policies.iter().flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap());
    let mut lines = BTreeSet::new();
    for statement in statements {
        for action in list(&statement["Action"]) {
            lines.extend(list(&statement["Resource"]).into_iter().map(|on| (function.to_owned(), action.clone(), on)));
        }
    }
    lines
}

/// What is allowed and was not called. To log, and to take from a queue, is Lambda's own part.
pub(crate) fn not_called(calls: BTreeSet<Call>) -> BTreeSet<Line> {
    let called: BTreeSet<Line> = calls.into_iter().map(|call| (call.who.clone(), call.action.clone(), named(&call))).collect();
    let lambdas = ["logs:CreateLogStream", "logs:PutLogEvents", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
    let ours = allowed().iter().filter(|(_, action, _)| !lambdas.contains(&action.as_str()));
    ours.filter(|line| !called.contains(*line)).cloned().collect()
}

/// What was called and is not allowed. Who is none of the functions is not asked.
pub(super) fn beyond(calls: BTreeSet<Call>) -> Vec<Call> {
    let functions = calls.into_iter().filter(|call| FUNCTIONS.contains(&call.who.as_str()));
    functions.filter(|call| !allowed().contains(&(call.who.clone(), call.action.clone(), named(call)))).collect()
}

/// How the template calls what was asked for.
fn named(call: &Call) -> String {
    match call.on.as_str() {
        TOPIC => "EventsTopic".to_owned(),
        JOBS => "JobsQueue.Arn".to_owned(),
        DEAD_LETTERS if call.who == "fanout" => "JobDeadLetters.Arn".to_owned(),
        DEAD_LETTERS => "DeadLetters.Arn".to_owned(),
        _ if call.action.starts_with("secretsmanager:") => "JwtSecret".to_owned(),
        on if on.contains("/@connections/") => format!("arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:Sockets{on}"),
        on => on.strip_prefix(TABLE).map_or_else(|| on.to_owned(), |index| format!("Table.Arn{index}")),
    }
}

#[test]
fn what_no_role_allows_is_found() {
    let call = |who: &str, action: &str, on: &str| Call { who: who.to_owned(), action: action.to_owned(), on: on.to_owned() };
    let good = [
        call("fanout", "dynamodb:BatchWriteItem", TABLE),
        call("deliver", "dynamodb:Query", "belfry/index/connectionsByUser"),
        call("websocket", "execute-api:ManageConnections", "/prod/DELETE/@connections/*"),
        call("somebody", "dynamodb:Scan", TABLE),
    ];
    let bad = [
        call("api", "sqs:SendMessage", DEAD_LETTERS),
        call("deliver", "execute-api:ManageConnections", "/prod/DELETE/@connections/*"),
        call("fanout", "dynamodb:PutItem", TABLE),
        call("stream", "dynamodb:Query", "belfry/index/connectionsByUser"),
    ];
    assert_eq!(beyond(good.into_iter().chain(bad.clone()).collect()), bad);
}

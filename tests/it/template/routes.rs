//! Routes are those of the OpenAPI document, one by one, with HEAD and OPTIONS; what the gateway answers by itself is in our form.

use std::collections::BTreeSet;

use contract::openapi::{Method, ROUTES};
use contract::problem::{self, Problem};
use serde_json::{Value, json};

use super::stack::{Stack, text};
use super::streaming::{integrations, target};
use super::{Findings, differs};

/// Most bytes of a function's own policy (AWS Lambda quotas, 2026).
const FUNCTION_POLICY_BYTES: usize = 20 * 1_024;
/// What the gateway may answer by itself to requests like ours, so that the status of each is known.
const ANSWERS: [&str; 14] = [
    "ACCESS_DENIED",
    "API_CONFIGURATION_ERROR",
    "DEFAULT_4XX",
    "DEFAULT_5XX",
    "INTEGRATION_FAILURE",
    "INTEGRATION_TIMEOUT",
    "MISSING_AUTHENTICATION_TOKEN",
    "QUOTA_EXCEEDED",
    "REQUEST_TOO_LARGE",
    "RESOURCE_NOT_FOUND",
    "THROTTLED",
    "UNAUTHORIZED",
    "UNSUPPORTED_MEDIA_TYPE",
    "WAF_FILTERED",
];

pub(crate) fn methods(stack: &Stack) -> Findings {
    let mut wanted = BTreeSet::new();
    for route in ROUTES {
        wanted.insert((route.path.to_owned(), route.method.as_str().to_owned()));
        wanted.insert((route.path.to_owned(), "OPTIONS".to_owned()));
        if route.method == Method::Get {
            wanted.insert((route.path.to_owned(), "HEAD".to_owned()));
        }
    }
    let found: BTreeSet<_> = integrations(stack).into_iter().map(|(path, method, _)| (path, method)).collect();
    let missing = wanted.difference(&found).map(|(path, method)| format!("{method} {path} is missing"));
    let unknown = found.difference(&wanted).map(|(path, method)| format!("{method} {path} is not in the document"));
    let rest = stack.properties("Rest");
    let regional = differs("the kind of endpoint", rest["EndpointConfiguration"]["Types"].clone(), json!(["REGIONAL"]));
    let named = differs("the API's name, by which its alarms find it", text(&rest["Name"]), text(&stack.properties_of_alarms("Rest")));
    missing.chain(unknown).chain(regional).chain(named).collect()
}

impl Stack {
    /// What the alarms' stack is told; without alarms, the name of the stack.
    fn properties_of_alarms(&self, parameter: &str) -> Value {
        self.properties("AlarmsStack").pointer(&format!("/Parameters/{parameter}")).cloned().unwrap_or_else(|| json!("AWS::StackName"))
    }
}

pub(crate) fn gateway(stack: &Stack) -> Findings {
    let answers = stack.properties("Rest")["Body"]["x-amazon-apigateway-gateway-responses"].clone();
    let answers = answers.as_object().cloned().unwrap_or_default();
    let found: BTreeSet<&str> = answers.keys().map(String::as_str).collect();
    let mut findings: Findings = differs("the list of the gateway's answers", found, ANSWERS.into_iter().collect()).into_iter().collect();
    for (name, answer) in &answers {
        findings.extend(problem_of(name, answer));
        findings.extend(headers_of(name, answer));
    }
    let status = |name: &str| answers.get(name).map(|answer| text(&answer["statusCode"])).unwrap_or_default();
    findings.extend(differs("the status of an unknown route", status("MISSING_AUTHENTICATION_TOKEN"), "404".to_owned()));
    findings.extend(differs("the status of a body that is too large", status("REQUEST_TOO_LARGE"), "413".to_owned()));
    findings
}

/// The body is one of the catalogue, or where the status can be anything, of no kind at all.
fn problem_of(name: &str, answer: &Value) -> Findings {
    let body: Value = match serde_json::from_str(&text(&answer["responseTemplates"]["application/json"])) {
        Ok(body) => body,
        Err(error) => return vec![format!("the body of {name} is no JSON: {error}")],
    };
    if name == "DEFAULT_4XX" {
        return differs("the type of DEFAULT_4XX", body["type"].clone(), json!("about:blank")).into_iter().collect();
    }
    let examples: Vec<_> = Problem::examples().iter().map(Problem::document).collect();
    let Some(known) = examples.into_iter().find(|known| body["type"] == known.kind) else {
        return vec![format!("{name} has a type that is not in the catalogue: {}", body["type"])];
    };
    let title = differs(&format!("the title of {name}"), body["title"].clone(), json!(known.title));
    let status = differs(&format!("the status in the body of {name}"), body["status"].clone(), json!(known.status));
    let sent = differs(&format!("the status of {name}"), text(&answer["statusCode"]), known.status.to_string());
    let waits = differs(&format!("whether {name} says when to come again"), body.get("retryAfter").is_some(), known.retry_after.is_some());
    let header = answer["responseParameters"].get("gatewayresponse.header.Retry-After").map(text);
    let told = body.get("retryAfter").map(|seconds| format!("'{seconds}'"));
    let waits = waits.into_iter().chain(differs(&format!("Retry-After of {name}, beside its body"), header, told));
    title.into_iter().chain(status).chain(sent).chain(waits).collect()
}

fn headers_of(name: &str, answer: &Value) -> Findings {
    let header = |header: &str| text(&answer["responseParameters"][format!("gatewayresponse.header.{header}")]);
    let quoted = |value: &str| format!("'{value}'");
    let wanted = [
        ("Content-Type", quoted(problem::MEDIA_TYPE)),
        ("Cache-Control", quoted("no-store")),
        ("Access-Control-Allow-Origin", "method.request.header.Origin".to_owned()),
        ("Access-Control-Allow-Credentials", quoted("true")),
        ("Access-Control-Expose-Headers", quoted("Retry-After")),
        ("Vary", quoted("Origin")),
    ];
    wanted.into_iter().filter_map(|(head, value)| differs(&format!("{head} of {name}"), header(head), value)).collect()
}

/// Each method and each route may invoke its function, and all of those permissions fit into its policy, however long the stack's name.
pub(crate) fn permissions(stack: &Stack) -> Findings {
    let (name, region, account) = ("s".repeat(64), "ap-southeast-2", "123456789012");
    let mut bytes = 0;
    let mut findings = Vec::new();
    for (id, permission) in stack.of_type("AWS::Lambda::Permission") {
        findings.extend(differs(&format!("who may invoke by {id}"), text(&permission["Principal"]), "apigateway.amazonaws.com".to_owned()));
        if permission["FunctionName"] == "ApiFunction" {
            let source = text(&permission["SourceArn"]).replace("AWS::Region", region).replace("AWS::AccountId", account);
            let arn = format!("arn:aws:lambda:{region}:{account}:function:{name}");
            let statement = json!({
                "Sid": format!("{name}-{id}-0123456789AB"),
                "Effect": "Allow",
                "Principal": {"Service": "apigateway.amazonaws.com"},
                "Action": "lambda:InvokeFunction",
                "Resource": arn,
                "Condition": {"ArnLike": {"AWS:SourceArn": source.replace("Rest/", "0123456789/")}},
            });
            bytes += statement.to_string().len() + 1;
        }
    }
    let (there, needed) = (invokers(stack), invoking(stack));
    findings.extend(needed.difference(&there).map(|(function, from)| format!("{from} may not invoke {function}")));
    findings.extend(there.difference(&needed).map(|(function, from)| format!("{from} may invoke {function}, and never does")));
    findings.extend((bytes > FUNCTION_POLICY_BYTES).then(|| format!("the policy of ApiFunction may come to {bytes} bytes")));
    findings
}

/// What permissions there are: the function, and what may invoke it.
fn invokers(stack: &Stack) -> BTreeSet<(String, String)> {
    let permissions = stack.of_type("AWS::Lambda::Permission");
    let pair = |permission: &Value| {
        let source = text(&permission["SourceArn"]);
        let (_, of_api) = source.rsplit_once("AccountId:").unwrap_or_default();
        (text(&permission["FunctionName"]).trim_end_matches(".Arn").to_owned(), of_api.to_owned())
    };
    permissions.values().map(pair).collect()
}

/// What there must be: one for each method of the REST API, with `*` for what a path leaves open, and for each route of sockets.
fn invoking(stack: &Stack) -> BTreeSet<(String, String)> {
    let open = |path: &str| path.split('/').map(|part| if part.starts_with('{') { "*" } else { part }).collect::<Vec<_>>().join("/");
    let methods = integrations(stack).into_iter().map(|(path, method, integration)| {
        let (_, function, _) = target(&integration);
        (function, format!("Rest/*/{method}{}", open(&path)))
    });
    let routes = stack.of_type("AWS::ApiGatewayV2::Route");
    let routes = routes.values().map(|route| ("WebsocketFunction".to_owned(), format!("Sockets.ApiId/prod/{}", text(&route["RouteKey"]))));
    methods.chain(routes).collect()
}

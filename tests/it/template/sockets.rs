//! The WebSocket API: three routes to one function, and an address that clients and functions are told.

use std::collections::BTreeSet;

use serde_json::json;

use super::stack::{Stack, text};
use super::{Findings, differs};

pub(crate) fn findings(stack: &Stack) -> Findings {
    let routes = stack.of_type("AWS::ApiGatewayV2::Route");
    let keys: BTreeSet<String> = routes.values().map(|route| text(&route["RouteKey"])).collect();
    let wanted = ["$connect", "$default", "$disconnect"].map(str::to_owned);
    let mut findings: Findings = differs("the list of routes", keys, wanted.into_iter().collect()).into_iter().collect();
    for (id, route) in &routes {
        // An answer to `$default` would be sent by the emulator and not by API Gateway: there is none.
        findings.extend(route.get("RouteResponseSelectionExpression").map(|_| format!("{id} asks for answers")));
        findings.extend(route.get("AuthorizerId").map(|_| format!("{id} has an authorizer, and the function is to know who calls")));
    }
    for (id, integration) in stack.of_type("AWS::ApiGatewayV2::Integration") {
        let to = text(&integration["IntegrationUri"]).contains("/functions/WebsocketFunction.Arn/invocations");
        findings.extend((!to).then(|| format!("{id} does not lead to WebsocketFunction")));
        findings.extend(differs(&format!("the timeout of {id}"), integration["TimeoutInMillis"].clone(), json!(29_000)));
    }
    let stages = stack.of_type("AWS::ApiGatewayV2::Stage");
    for (id, stage) in &stages {
        let limits = &stage["DefaultRouteSettings"];
        let limited = !limits["ThrottlingRateLimit"].is_null() && !limits["ThrottlingBurstLimit"].is_null();
        findings.extend((!limited).then(|| format!("{id} takes whatever comes")));
    }
    findings.extend(addresses(stack, &stages.values().map(|stage| text(&stage["StageName"])).collect::<Vec<_>>()));
    findings
}

/// What functions are told ends in the stage that there is.
fn addresses(stack: &Stack, stages: &[String]) -> Findings {
    let [stage] = stages else { return vec![format!("there are the stages {stages:?}")] };
    let variable = |id: &str, name: &str| text(&stack.properties(id)["Environment"]["Variables"][name]);
    let endpoint = format!("https://Sockets.execute-api.AWS::Region.AWS::URLSuffix/{stage}");
    let mut findings = Vec::new();
    for id in ["ApiFunction", "WebsocketFunction", "DeliverFunction", "FanoutFunction"] {
        findings.extend(differs(&format!("the endpoint of {id}"), variable(id, "BELFRY_SOCKETS_ENDPOINT"), endpoint.clone()));
    }
    let told = text(&stack.outputs()["SocketsUrl"]);
    for id in ["ApiFunction", "StreamFunction"] {
        findings.extend(differs(&format!("what {id} tells clients"), variable(id, "BELFRY_SOCKETS_URL"), told.clone()));
    }
    findings
}

#[test]
fn an_emulators_endpoint_is_its_own() {
    let stack = Stack::ours().given("SocketsEndpointBase", "http://127.0.0.1:4566/_aws/execute-api");
    let variables = stack.properties("DeliverFunction")["Environment"]["Variables"].clone();
    assert_eq!(variables["BELFRY_SOCKETS_ENDPOINT"], "http://127.0.0.1:4566/_aws/execute-api/Sockets/prod");
}

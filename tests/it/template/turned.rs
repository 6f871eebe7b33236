//! Each parameter turns what it says, and nothing else: a template that takes another one's value, or none, is good to linters.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::stack::{Stack, text};

const ALL: &[&str] = &["Api", "Stream", "Websocket", "Deliver", "Fanout"];
/// Those that know who calls.
const CALLED: &[&str] = &["Api", "Stream", "Websocket"];
/// Those that commit, or work on what was committed.
const PUSHING: &[&str] = &["Api", "Deliver", "Fanout"];
const WITH_SOCKETS: &[&str] = &["Api", "Websocket", "Deliver", "Fanout"];

/// A variable of these functions.
const VARIABLES: [(&str, &str, &[&str]); 23] = [
    ("JwksUrl", "BELFRY_JWKS_URL", CALLED),
    ("Issuer", "BELFRY_ISSUER", CALLED),
    ("Audience", "BELFRY_AUDIENCE", CALLED),
    ("AdminClaim", "BELFRY_ADMIN_CLAIM", CALLED),
    ("ServiceClaim", "BELFRY_SERVICE_CLAIM", CALLED),
    ("TopicsClaim", "BELFRY_TOPICS_CLAIM", CALLED),
    ("TenantClaim", "BELFRY_TENANT_CLAIM", ALL),
    ("CookieName", "BELFRY_COOKIE_NAME", CALLED),
    ("AllowedOrigins", "BELFRY_ALLOWED_ORIGINS", CALLED),
    ("Transports", "BELFRY_TRANSPORTS", CALLED),
    ("StreamWindowSeconds", "BELFRY_STREAM_WINDOW_S", CALLED),
    ("HeartbeatSeconds", "BELFRY_HEARTBEAT_S", CALLED),
    ("StreamFlush", "BELFRY_STREAM_FLUSH", CALLED),
    ("StreamsMax", "BELFRY_STREAMS_MAX", CALLED),
    ("StreamReservedConcurrency", "BELFRY_STREAM_RESERVED_CONCURRENCY", &["Stream"]),
    ("FanoutConcurrency", "BELFRY_FANOUT_CONCURRENCY", PUSHING),
    ("FanoutPostsPerSecond", "BELFRY_FANOUT_POSTS_PER_S", PUSHING),
    ("ConnectionShards", "BELFRY_CONNECTION_SHARDS", WITH_SOCKETS),
    ("ChannelPartitions", "BELFRY_CHANNEL_PARTITIONS", ALL),
    ("RetentionDays", "BELFRY_RETENTION_DAYS", ALL),
    ("TaskRetentionDays", "BELFRY_TASK_RETENTION_DAYS", ALL),
    ("Generation", "BELFRY_GENERATION", ALL),
    ("LogLevel", "BELFRY_LOG", ALL),
];
/// A property, each by its resource and path.
const PROPERTIES: [(&str, &[&str]); 16] = [
    ("StreamReservedConcurrency", &["StreamFunction/ReservedConcurrentExecutions"]),
    ("ApiReservedConcurrency", &["ApiFunction/ReservedConcurrentExecutions"]),
    ("WebsocketReservedConcurrency", &["WebsocketFunction/ReservedConcurrentExecutions"]),
    ("DeliverReservedConcurrency", &["DeliverFunction/ReservedConcurrentExecutions"]),
    ("FanoutReservedConcurrency", &["FanoutFunction/ReservedConcurrentExecutions"]),
    ("DeliverConcurrency", &["DeliverFunctionEvents/ScalingConfig/MaximumConcurrency"]),
    ("FanoutConcurrency", &["FanoutFunctionJobs/ScalingConfig/MaximumConcurrency"]),
    (
        "RestRequestsPerSecond",
        &["RestprodStage/MethodSettings/0/ThrottlingBurstLimit", "RestprodStage/MethodSettings/0/ThrottlingRateLimit"],
    ),
    (
        "SocketRequestsPerSecond",
        &["SocketsprodStage/DefaultRouteSettings/ThrottlingBurstLimit", "SocketsprodStage/DefaultRouteSettings/ThrottlingRateLimit"],
    ),
    ("PointInTimeRecovery", &["Table/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled"]),
    ("DeletionProtection", &["Table/DeletionProtectionEnabled"]),
    (
        "LogRetentionDays",
        &[
            "ApiLogs/RetentionInDays",
            "DeliverLogs/RetentionInDays",
            "FanoutLogs/RetentionInDays",
            "RestLogs/RetentionInDays",
            "SocketsLogs/RetentionInDays",
            "StreamLogs/RetentionInDays",
            "WebsocketLogs/RetentionInDays",
        ],
    ),
    ("RouteMetrics", &["RestprodStage/MethodSettings/0/MetricsEnabled"]),
    ("AlarmEmail", &["AlarmsStack/Parameters/Email"]),
    ("StreamsAlarm", &["AlarmsStack/Parameters/StreamsAlarm"]),
    (
        "Architecture",
        &[
            "ApiFunction/Architectures/0",
            "DeliverFunction/Architectures/0",
            "FanoutFunction/Architectures/0",
            "StreamFunction/Architectures/0",
            "WebsocketFunction/Architectures/0",
        ],
    ),
];
/// What makes resources, or leaves them out, is held by tests of its own: here, in `domains`, `keys`, `policies` and `sockets`.
const ELSEWHERE: [&str; 10] = [
    "AccessLogs",
    "Alarms",
    "CertificateArn",
    "Dashboard",
    "Encryption",
    "HostedZoneId",
    "JwtSecretArn",
    "RestDomain",
    "SocketsDomain",
    "SocketsEndpointBase",
];

/// Every text of every resource, by its path.
fn texts(stack: &Stack) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open: Vec<_> = stack.all().into_iter().map(|(id, _, properties)| (id, properties)).collect();
    while let Some((path, value)) = open.pop() {
        match value {
            Value::Object(map) => open.extend(map.into_iter().map(|(name, value)| (format!("{path}/{name}"), value))),
            Value::Array(items) => open.extend(items.into_iter().enumerate().map(|(place, value)| (format!("{path}/{place}"), value))),
            value @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => drop(found.insert(path, text(&value))),
        }
    }
    found
}

/// A value that is allowed, and another than the default.
fn other(parameter: &Value) -> String {
    let default = text(&parameter["Default"]);
    let allowed = parameter["AllowedValues"].as_array().into_iter().flatten().map(text);
    allowed.chain(["7".to_owned()]).find(|value| *value != default).unwrap()
}

fn wanted(name: &str) -> BTreeSet<String> {
    let variables = VARIABLES.iter().filter(|(parameter, ..)| *parameter == name);
    let variables = variables.flat_map(|(_, variable, functions)| {
        functions.iter().map(move |function| format!("{function}Function/Environment/Variables/{variable}"))
    });
    let properties = PROPERTIES.iter().filter(|(parameter, _)| *parameter == name).flat_map(|(_, places)| *places);
    variables.chain(properties.map(|place| (*place).to_owned())).collect()
}

#[test]
fn each_parameter_turns_what_it_says() {
    // With keys at an address no secret is made, and the address itself can be turned alone.
    let ours = Stack::ours().given("JwksUrl", "https://issuer.example/jwks");
    let before = texts(&ours);
    for (name, parameter) in ours.parameters().iter().filter(|(name, _)| !ELSEWHERE.contains(&name.as_str())) {
        let value = other(parameter);
        let after = texts(&ours.clone().given(name, &value));
        let turned = after.iter().filter(|(path, text)| before.get(*path) != Some(text));
        let turned: BTreeMap<&String, &String> = turned.collect();
        let places: BTreeSet<String> = turned.keys().map(ToString::to_string).collect();
        assert!(!places.is_empty(), "{name} turns nothing");
        assert_eq!(places, wanted(name), "{name}");
        assert!(turned.values().all(|text| **text == value), "{name}: {turned:?}");
        assert_eq!(before.keys().find(|path| !after.contains_key(*path)), None, "{name} leaves this out");
    }
}

#[test]
fn the_gateway_logs_where_it_is_asked_to() {
    let there = |choice: &str| {
        let stack = Stack::ours().given("AccessLogs", choice);
        let (rest, sockets) = (stack.properties("RestprodStage"), stack.properties("SocketsprodStage"));
        let logs = rest.get("AccessLogSetting").is_some() && sockets.get("AccessLogSettings").is_some();
        let none = rest.get("AccessLogSetting").is_none() && sockets.get("AccessLogSettings").is_none();
        assert!(logs != none, "{choice}");
        (logs, stack.properties("RestLogs") != json!({}), stack.properties("GatewayAccount") != json!({}))
    };
    assert_eq!(["off", "on", "on-and-role"].map(there), [(false, false, false), (true, true, false), (true, true, true)]);
    // Kept: other APIs of the region may go by it.
    let stack = Stack::ours();
    assert_eq!(["GatewayAccount", "GatewayLogsRole"].map(|id| stack.attribute(id, "DeletionPolicy")), [&json!("Retain"); 2]);
}

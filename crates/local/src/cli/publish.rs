//! `belfry publish`: an event through the SNS endpoint, by the same client that a job would use.

use aws_sdk_sns::config::retry::RetryConfig;
use aws_sdk_sns::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sns::error::{DisplayErrorContext, ProvideErrorMetadata as _, SdkError};
use aws_sdk_sns::operation::publish::PublishError;
use aws_sdk_sns::types::MessageAttributeValue;
use clap::Args;
use contract::sns;
use inbox::moment::Moment;
use serde_json::{Map, Value, json};

use super::Error;
use crate::out;
use crate::sns_api::TOPIC_ARN;

/// What `--json` says by itself.
const PARTS: [&str; 16] = [
    "kind", "user", "audience", "title", "message", "severity", "category", "key", "id", "task_id", "name", "status", "progress", "result",
    "error", "tenant",
];

#[derive(Args, Clone, Debug)]
pub struct PublishArgs {
    /// notification, broadcast, task-progress, task-completed or withdraw
    #[arg(long = "type", env = "BELFRY_PUBLISH_TYPE", value_name = "TYPE", default_value = "notification")]
    kind: String,
    /// To whom, or whose task
    #[arg(long, env = "BELFRY_PUBLISH_USER")]
    user: Option<String>,
    /// Of a broadcast: a topic; everyone unless given
    #[arg(long, env = "BELFRY_PUBLISH_AUDIENCE")]
    audience: Option<String>,
    /// One line, plain text
    #[arg(long, env = "BELFRY_PUBLISH_TITLE")]
    title: Option<String>,
    /// Plain text
    #[arg(long, env = "BELFRY_PUBLISH_MESSAGE")]
    message: Option<String>,
    /// info, warning, success or error
    #[arg(long, env = "BELFRY_PUBLISH_SEVERITY")]
    severity: Option<String>,
    /// A kind of notification, which users may mute
    #[arg(long, env = "BELFRY_PUBLISH_CATEGORY")]
    category: Option<String>,
    /// Replaces what came earlier under the same key
    #[arg(long, env = "BELFRY_PUBLISH_KEY")]
    key: Option<String>,
    /// Makes it one event, however often it is sent
    #[arg(long, env = "BELFRY_PUBLISH_ID")]
    id: Option<String>,
    /// The task
    #[arg(long, env = "BELFRY_PUBLISH_TASK_ID")]
    task_id: Option<String>,
    /// What people call the task
    #[arg(long, env = "BELFRY_PUBLISH_NAME")]
    name: Option<String>,
    /// queued, running, completed, failed or cancelled
    #[arg(long, env = "BELFRY_PUBLISH_STATUS")]
    status: Option<String>,
    /// 0 to 100
    #[arg(long, env = "BELFRY_PUBLISH_PROGRESS")]
    progress: Option<f64>,
    /// The task's result, as JSON
    #[arg(long, env = "BELFRY_PUBLISH_RESULT", value_name = "JSON")]
    result: Option<String>,
    /// Why the task failed
    #[arg(long, env = "BELFRY_PUBLISH_ERROR")]
    error: Option<String>,
    /// The customer, where several share a server
    #[arg(long, env = "BELFRY_PUBLISH_TENANT")]
    tenant: Option<String>,
    /// The whole event, instead of its parts
    #[arg(long, env = "BELFRY_PUBLISH_JSON", value_name = "EVENT", conflicts_with_all = PARTS)]
    json: Option<String>,
    /// The SNS endpoint: the server
    #[arg(long, env = "AWS_ENDPOINT_URL_SNS", value_name = "URL", default_value = "http://127.0.0.1:8080")]
    endpoint: String,
    /// The topic
    #[arg(long, env = "BELFRY_TOPIC_ARN", value_name = "ARN", default_value = TOPIC_ARN)]
    topic_arn: String,
    /// Access key id, where the server has one
    #[arg(long, env = "AWS_ACCESS_KEY_ID", value_name = "ID", default_value = "local", hide_env_values = true)]
    access_key_id: String,
    /// Its secret
    #[arg(long, env = "AWS_SECRET_ACCESS_KEY", value_name = "SECRET", default_value = "local", hide_env_values = true)]
    secret_access_key: String,
}

pub(super) async fn run(args: &PublishArgs) -> Result<(), Error> {
    let event = event(args)?;
    // What the server would put among the dead letters is better told here.
    let publication = sns::parse(&event, "00000000-0000-4000-8000-000000000000", Moment::default()).map_err(|poison| poison.reason)?;
    let mut request = client(args).publish().topic_arn(&args.topic_arn).message(event);
    for (name, value) in sns::attributes(&publication) {
        let value = MessageAttributeValue::builder().data_type("String").string_value(value).build()?;
        request = request.message_attributes(name, value);
    }
    let sent = request.send().await.map_err(|error| told(&error, &args.endpoint))?;
    out::line(sent.message_id().unwrap_or_default());
    Ok(())
}

fn told(error: &SdkError<PublishError>, endpoint: &str) -> String {
    if let Some(refused) = error.as_service_error() {
        let message = refused.message().unwrap_or("no reason");
        return format!("{}: {message}", refused.code().unwrap_or("the endpoint refused it"));
    }
    if matches!(error, SdkError::DispatchFailure(_) | SdkError::TimeoutError(_)) {
        return format!("nothing answers at {endpoint}: is belfry serve running? (another address: --endpoint)");
    }
    DisplayErrorContext(error).to_string()
}

fn client(args: &PublishArgs) -> aws_sdk_sns::Client {
    let credentials = Credentials::new(&args.access_key_id, &args.secret_access_key, None, None, "belfry");
    let config = aws_sdk_sns::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(&args.endpoint)
        .credentials_provider(credentials)
        .retry_config(RetryConfig::standard());
    aws_sdk_sns::Client::from_conf(config.build())
}

/// The event as JSON, in the order of its fields.
fn event(args: &PublishArgs) -> Result<String, Error> {
    if let Some(json) = &args.json {
        return Ok(json.clone());
    }
    let mut event = Map::new();
    event.insert("type".into(), json!(args.kind));
    let texts = [
        ("id", &args.id),
        ("userId", &args.user),
        ("audience", &args.audience),
        ("tenant", &args.tenant),
        ("title", &args.title),
        ("message", &args.message),
        ("severity", &args.severity),
        ("category", &args.category),
        ("key", &args.key),
        ("taskId", &args.task_id),
        ("name", &args.name),
        ("status", &args.status),
        ("error", &args.error),
    ];
    event.extend(texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text.as_ref()?)))));
    if let Some(progress) = args.progress {
        event.insert("progress".into(), json!(progress));
    }
    if let Some(result) = &args.result {
        event.insert("result".into(), serde_json::from_str(result).map_err(|error| format!("--result is not JSON: {error}"))?);
    }
    Ok(Value::Object(event).to_string())
}

#[cfg(test)]
mod tests {
    use clap::{Command, error::ErrorKind};

    use super::*;

    #[test]
    fn a_whole_event_goes_with_none_of_its_parts() {
        let command = PublishArgs::augment_args(Command::new("publish"));
        let elsewhere = ["json", "endpoint", "topic-arn", "access-key-id", "secret-access-key"];
        let names: Vec<&str> = command.get_arguments().filter_map(|arg| arg.get_long()).collect();
        assert_eq!(names.len(), 21);
        for name in names {
            let words = ["publish", "--json", "{}", &format!("--{name}"), "1"];
            let refused = command.clone().try_get_matches_from(words).is_err_and(|error| error.kind() == ErrorKind::ArgumentConflict);
            assert_eq!(refused, !elsewhere.contains(&name) || name == "json", "--json with --{name}");
        }
    }
}

//! The deployed system: `template.yaml` as `sam build` and `sam deploy` bring it to an account, here to an emulator of AWS.

mod emulator;
mod outputs;
mod sam;

use crate::client::{Caller, secrets, sqs};
use crate::deployment::{DeadLetters, Deployment, ISSUER, PAGE};
use crate::scenarios;
use crate::wait::eventually;

pub(crate) use emulator::Emulator;
use outputs::Outputs;
use sam::Sam;

/// What the test itself asks for; everything else is left at its default.
fn parameters(emulator: &Emulator, change: &[(&str, &str)]) -> Vec<String> {
    let base = format!("{}/_aws/execute-api", emulator.url());
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    let ours = [("Architecture", architecture), ("Issuer", ISSUER), ("AllowedOrigins", PAGE), ("SocketsEndpointBase", &base)];
    ours.iter().chain(change).map(|(name, value)| format!("{name}={value}")).collect()
}

/// Where a page, a socket and a job find it.
async fn deployment(emulator: &Emulator, outputs: &Outputs) -> Deployment {
    let secret = secrets(&emulator.url()).get_secret_value().secret_id(outputs.get("JwtSecretArn")).send().await.unwrap();
    Deployment {
        rest_url: emulator.reached(outputs.get("RestUrl")),
        sockets_url: emulator.reached(outputs.get("SocketsUrl")).replacen("http", "ws", 1),
        sns_url: emulator.url(),
        topic_arn: outputs.get("TopicArn").to_owned(),
        secret: secret.secret_string().unwrap().to_owned(),
        dead_letters: DeadLetters::Queue(sqs(&emulator.url()), outputs.get("DeadLetterQueueUrl").to_owned()),
        has_stream: false,
        has_whole_sockets: false,
        has_answers_of_its_own: false,
        prefix: String::new(),
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
    }
}

#[tokio::test]
async fn the_stack_is_deployed_serves_is_updated_and_goes() {
    let emulator = Emulator::start().await;
    let sam = Sam::new(&emulator);
    sam.build(&parameters(&emulator, &[]));
    sam.deploy(&parameters(&emulator, &[]));
    let at = deployment(&emulator, &sam.outputs()).await;
    let mut failed = Vec::new();
    for (name, scenario) in scenarios::ALL {
        if !emulator.holds(name, scenario(&at.named(name))).await {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "deployed, these do not hold: {failed:?}");
    let before = at.named("before");
    let anna = before.user("anna");
    before.admin().notify(&anna, "kept").await;
    anna.shows(&["kept"]).await;

    sam.deploy(&parameters(&emulator, &[("Transports", "poll")]));
    let outputs = sam.outputs();
    let again = deployment(&emulator, &outputs).await.named("before");
    assert_eq!((&again.rest_url, &again.secret), (&before.rest_url, &before.secret), "an update moves nobody");
    assert!(emulator.holds("the update", async { serves_on(&again.user("anna"), &again.admin()).await }).await);

    sam.delete();
    let gone = again.user("anna").get("/api/unread").await;
    assert!(gone.status >= 400 && gone.status != 401, "{} {}", gone.status, gone.text);
    assert_eq!(emulator.queues_and_topics().await, Vec::<String>::new());
    assert!(emulator.items_of(outputs.get("TableName")).await > 0, "the data outlives the stack");
}

/// What was there is there, and what is new is applied, by functions with the new parameters.
async fn serves_on(anna: &Caller<'_>, admin: &Caller<'_>) {
    anna.shows(&["kept"]).await;
    admin.notify(anna, "new").await;
    anna.shows(&["kept", "new"]).await;
    eventually("the new order of transports", async || {
        let answer = anna.get("/api/notifications").await;
        (answer.header("belfry-transports") == "poll").then_some(())
    })
    .await;
}

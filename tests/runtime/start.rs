//! How a function starts, and how it does not.

use testkit::lambda::Launch;

use crate::support::Site;

#[tokio::test(flavor = "multi_thread")]
async fn everything_wrong_with_the_environment_is_told_at_once() {
    let site = Site::open().await;
    for name in ["api", "stream", "websocket", "deliver", "fanout"] {
        let wrong = site.launch(name).with("BELFRY_TABLE", "").with("BELFRY_RETENTION_DAYS", "soon");
        let mut function = wrong.start().await;
        assert!(!function.ended().await.success(), "{name}");
        let log = function.whole_log();
        assert!(log.contains("BELFRY_TABLE") && log.contains("BELFRY_RETENTION_DAYS"), "{name}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_may_stand_in_the_store_of_secrets() {
    let site = Site::open().await;
    site.cloud.keep_secret("a secret of the tests, with 32 bytes or more");
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:belfry-AbCdEf";
    let function = site.launch("api").with("BELFRY_JWT_SECRET", "").with("BELFRY_JWT_SECRET_ARN", arn).start().await;
    let answer = function.invoke(crate::support::event("api-list.json").as_bytes()).returned().await.unwrap();
    assert_eq!(answer["statusCode"], 200, "{}", function.log());
}

/// What `events/README.md` has people start functions with: `local.env`, but for the address.
#[tokio::test(flavor = "multi_thread")]
async fn the_environment_for_trying_by_hand_is_complete() {
    let site = Site::open().await;
    let lines = crate::support::event("local.env");
    let pairs: Vec<(&str, &str)> = lines.lines().filter_map(|line| line.split_once('=')).collect();
    for (name, file, good) in [
        ("api", "api-list.json", "200"),
        ("websocket", "socket-connect-bearer.json", "200"),
        ("deliver", "deliver-batch.json", "[]"),
        ("fanout", "fanout-job.json", "[]"),
    ] {
        let bare = Launch::new(&crate::support::function(name));
        let launch = pairs.iter().fold(bare, |launch, (name, value)| launch.with(name, value.trim_matches('"')));
        let function = launch.with("AWS_ENDPOINT_URL", site.cloud.url()).start().await;
        let answer = function.invoke(crate::support::event(file).as_bytes()).returned().await.unwrap();
        let told = answer.get("statusCode").unwrap_or(&answer["batchItemFailures"]).to_string();
        assert_eq!(told, good, "{name}: {answer}\n{}", function.log());
    }
}

//! The secret that Secrets Manager keeps.

use aws::secret::KeptSecret;
use belfry_http::authenticator::FetchSecrets as _;
use testkit::cloud::Cloud;

use crate::support::clients_at;

const PRESENT: &str = "0123456789abcdef0123456789abcdef";

#[tokio::test]
async fn the_present_secret_and_the_one_before_are_fetched() {
    let cloud = Cloud::open().await;
    let kept = KeptSecret::new(clients_at(&cloud.url()), "arn:aws:secretsmanager:eu-west-1:1:secret:belfry".to_owned());
    cloud.keep_secret("too short");
    assert!(kept.fetch().await.is_err());
    cloud.keep_secret(PRESENT);
    assert_eq!(kept.fetch().await.unwrap().len(), 1);
    cloud.keep_version("AWSPREVIOUS", Ok("fedcba9876543210fedcba9876543210"));
    assert_eq!(kept.fetch().await.unwrap().len(), 2);
}

/// What cannot be had for a while is not gone: whoever holds it keeps it.
#[tokio::test]
async fn the_one_before_is_left_out_only_where_there_is_none_for_us() {
    let cloud = Cloud::open().await;
    let kept = KeptSecret::new(clients_at(&cloud.url()), "belfry".to_owned());
    cloud.keep_secret(PRESENT);
    let versions = [
        (Err("ResourceNotFoundException"), Some(1)),
        (Err("AccessDeniedException"), Some(1)),
        (Ok("too short"), Some(1)),
        (Err("DecryptionFailure"), None),
        (Err("InvalidRequestException"), None),
    ];
    for (version, wanted) in versions {
        cloud.keep_version("AWSPREVIOUS", version);
        assert_eq!(kept.fetch().await.ok().map(|secrets| secrets.len()), wanted, "{version:?}");
    }
    cloud.keep_version("AWSPREVIOUS", Err("ResourceNotFoundException"));
    for error in ["AccessDeniedException", "ResourceNotFoundException"] {
        cloud.keep_version("AWSCURRENT", Err(error));
        assert!(kept.fetch().await.is_err(), "{error}");
    }
}

#[tokio::test]
async fn a_secret_that_cannot_be_had_is_an_error() {
    let kept = KeptSecret::new(clients_at("http://127.0.0.1:1"), "belfry".to_owned());
    assert!(kept.fetch().await.is_err());
}

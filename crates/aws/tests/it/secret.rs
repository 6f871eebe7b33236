//! The secret that Secrets Manager keeps.

use aws::secret::KeptSecret;
use belfry_http::authenticator::FetchSecrets as _;
use testkit::cloud::Cloud;

use crate::support::clients_at;

#[tokio::test]
async fn the_present_secret_and_the_one_before_are_fetched() {
    let cloud = Cloud::open().await;
    let kept = KeptSecret::new(clients_at(&cloud.url()), "arn:aws:secretsmanager:eu-west-1:1:secret:belfry".to_owned());
    cloud.keep_secret("too short");
    assert!(kept.fetch().await.is_err());
    cloud.keep_secret("0123456789abcdef0123456789abcdef");
    assert_eq!(kept.fetch().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_secret_that_cannot_be_had_is_an_error() {
    let kept = KeptSecret::new(clients_at("http://127.0.0.1:1"), "belfry".to_owned());
    assert!(kept.fetch().await.is_err());
}

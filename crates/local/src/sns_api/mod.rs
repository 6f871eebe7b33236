//! The topic, as SDKs and the AWS CLI see one: SNS's query protocol at `POST /`.
//!
//! Knows one topic. Answers a publication only when it is stored, so a job that got its answer may forget the message. Reads
//! no message: what is inside is for whoever delivers it, and one that cannot be delivered becomes a dead letter, as it would
//! behind a queue.

mod access;
mod attributes;
pub mod errors;
mod publish;
mod query;
mod xml;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use http::Request;

pub use access::Access;
pub(crate) use access::from_loopback;
use errors::SnsError;
use query::Params;

use crate::intake::Intake;
use crate::ports::{Clock, Entropy};
use crate::random::uuid_v4;

/// The one topic.
pub const TOPIC_ARN: &str = "arn:aws:sns:us-east-1:000000000000:belfry";
/// Its name: the last part of the ARN.
pub const TOPIC_NAME: &str = "belfry";
/// Most bytes of a request: a message of 256 KiB in which every byte is escaped, and its attributes.
const REQUEST_BYTES: usize = 1_024 * 1_024;

/// What the endpoint needs.
#[derive(Clone)]
pub struct SnsApi {
    /// Where messages go.
    pub intake: Arc<dyn Intake>,
    /// Who may publish.
    pub access: Access,
    /// When messages were sent, and whether a signature is fresh.
    pub clock: Arc<dyn Clock>,
    /// Where message ids come from.
    pub entropy: Arc<dyn Entropy>,
}

/// The endpoint: `POST /`. Requests should carry their peer's address (`ConnectInfo<SocketAddr>`): without it and without a
/// configured key pair, all are refused.
pub fn router(api: SnsApi) -> Router {
    Router::new().route("/", post(handle)).with_state(api)
}

async fn handle(State(api): State<SnsApi>, request: Request<Body>) -> Response {
    let request_id = uuid_v4(&*api.entropy);
    match answer(&api, request).await {
        Ok((action, result)) => xml::success(action, &result, &request_id),
        Err(error) => {
            tracing::debug!(code = error.code(), "an SNS request was refused: {error}");
            xml::failure(&error, &request_id)
        }
    }
}

/// The action's name, and the inside of its result.
async fn answer(api: &SnsApi, request: Request<Body>) -> Result<(&'static str, String), SnsError> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, REQUEST_BYTES).await.map_err(|_| SnsError::parameter("the request is too long"))?;
    api.access.check(&parts, &body, api.clock.now())?;
    let params = Params::parse(&body)?;
    match params.get("Action").ok_or(SnsError::MissingAction)? {
        "Publish" => Ok(("Publish", publish::one(api, &params).await?)),
        "PublishBatch" => Ok(("PublishBatch", publish::batch(api, &params).await?)),
        "CreateTopic" => Ok(("CreateTopic", create_topic(&params)?)),
        "ListTopics" => Ok(("ListTopics", xml::node("Topics", &xml::node("member", &xml::leaf("TopicArn", TOPIC_ARN))))),
        "GetTopicAttributes" => Ok(("GetTopicAttributes", topic_attributes(&params)?)),
        _ => Err(SnsError::InvalidAction),
    }
}

/// The topic is there already, so making it succeeds, as it does on AWS.
fn create_topic(params: &Params) -> Result<String, SnsError> {
    match params.get("Name") {
        Some(TOPIC_NAME) => Ok(xml::leaf("TopicArn", TOPIC_ARN)),
        Some(_) => Err(SnsError::parameter("Name: this server has one topic, belfry")),
        None => Err(SnsError::parameter("Name is missing")),
    }
}

fn topic_attributes(params: &Params) -> Result<String, SnsError> {
    known_topic(params.get("TopicArn").ok_or(SnsError::parameter("TopicArn is missing"))?)?;
    let pairs = [("TopicArn", TOPIC_ARN), ("Owner", "000000000000"), ("DisplayName", ""), ("SubscriptionsConfirmed", "1")];
    let entry = |(key, value): (&str, &str)| xml::node("entry", &(xml::leaf("key", key) + &xml::leaf("value", value)));
    Ok(xml::node("Attributes", &pairs.map(entry).concat()))
}

fn known_topic(arn: &str) -> Result<(), SnsError> {
    if arn == TOPIC_ARN {
        Ok(())
    } else if arn.starts_with("arn:") && arn.split(':').count() == 6 {
        Err(SnsError::NotFound)
    } else {
        Err(SnsError::parameter("TopicArn is not an ARN"))
    }
}

#[cfg(test)]
mod tests;

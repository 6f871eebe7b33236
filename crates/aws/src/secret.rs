//! The secret that tokens are signed with, as Secrets Manager keeps it: the present one, and the one before while it is staged.

use std::sync::Arc;

use auth::config::Secret;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata as _;
use belfry_http::authenticator::{FetchError, FetchSecrets, FetchingSecrets};
use service::chain::Chain;

use crate::clients::Clients;

/// The secret that is used now.
const CURRENT: &str = "AWSCURRENT";
/// The one before it; tokens that it signed are good until somebody takes this label off.
const PREVIOUS: &str = "AWSPREVIOUS";

/// A secret of Secrets Manager.
#[derive(Debug)]
pub struct KeptSecret {
    clients: Arc<Clients>,
    arn: String,
}

impl KeptSecret {
    /// The secret of this address or name.
    pub fn new(clients: Arc<Clients>, arn: String) -> Self {
        Self { clients, arn }
    }

    async fn get(&self, stage: &str) -> Result<Option<Secret>, FetchError> {
        let answer = self.clients.secrets().get_secret_value().secret_id(&self.arn).version_stage(stage).send().await;
        let value = match answer {
            Ok(value) => value,
            Err(error) if error.code() == Some("ResourceNotFoundException") => return Ok(None),
            Err(error) => return Err(FetchError(Box::new(error))),
        };
        let bytes = value.secret_string().map(str::as_bytes).or_else(|| value.secret_binary().map(AsRef::as_ref)).unwrap_or_default();
        Secret::parse(bytes).map(Some).map_err(|error| FetchError(Box::new(error)))
    }
}

impl FetchSecrets for KeptSecret {
    fn fetch(&self) -> FetchingSecrets<'_> {
        Box::pin(async {
            let (current, previous) = tokio::join!(self.get(CURRENT), self.get(PREVIOUS));
            let current = current?.ok_or_else(|| FetchError("there is no such secret".into()))?;
            // The one before only helps: it may be too short, or not ours to read.
            let previous = previous.unwrap_or_else(|error| {
                tracing::info!(error = %Chain(&error), "the secret before the present one cannot be used");
                None
            });
            Ok(std::iter::once(current).chain(previous).collect())
        })
    }
}

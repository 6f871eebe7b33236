//! The secret that tokens are signed with, as Secrets Manager keeps it: the present one, and the one before while it is staged.

use std::sync::Arc;

use auth::config::Secret;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_secretsmanager::operation::get_secret_value::{GetSecretValueError, GetSecretValueOutput};
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

    async fn get(&self, stage: &str) -> Result<GetSecretValueOutput, SdkError<GetSecretValueError>> {
        self.clients.secrets().get_secret_value().secret_id(&self.arn).version_stage(stage).send().await
    }
}

fn read(version: &GetSecretValueOutput) -> Result<Secret, FetchError> {
    let bytes = version.secret_string().map(str::as_bytes).or_else(|| version.secret_binary().map(AsRef::as_ref)).unwrap_or_default();
    Secret::parse(bytes).map_err(|error| FetchError(Box::new(error)))
}

/// The one before only helps: there may be none, it may not be ours to read, or too short. But one that could not be had this time
/// is no reason to forget it: what it signed would be refused until it can.
fn read_previous(version: Result<GetSecretValueOutput, SdkError<GetSecretValueError>>) -> Result<Option<Secret>, FetchError> {
    let unusable = |error: &(dyn std::error::Error + 'static)| {
        tracing::info!(error = %Chain(error), "the secret before the present one cannot be used");
        None
    };
    match version {
        Ok(version) => Ok(read(&version).map_or_else(|error| unusable(&error), Some)),
        Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(None),
        Err(error) if error.code() == Some("AccessDeniedException") => Ok(unusable(&error)),
        Err(error) => Err(FetchError(Box::new(error))),
    }
}

impl FetchSecrets for KeptSecret {
    fn fetch(&self) -> FetchingSecrets<'_> {
        Box::pin(async {
            let (current, previous) = tokio::join!(self.get(CURRENT), self.get(PREVIOUS));
            let current = read(&current.map_err(|error| FetchError(Box::new(error)))?)?;
            Ok(std::iter::once(current).chain(read_previous(previous)?).collect())
        })
    }
}

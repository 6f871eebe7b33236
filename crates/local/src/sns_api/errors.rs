//! What can be wrong with a request, in the words of the service, so that an SDK raises its own exception for it.
//!
//! Source of codes and statuses: Amazon SNS API reference, "Publish" and "Common Errors" (2026).

use std::borrow::Cow;

use http::StatusCode;

use crate::sigv4::Denied;

/// Why a request was refused, or failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnsError {
    /// No `Action`.
    #[error("Could not find an Action parameter in the request")]
    MissingAction,
    /// An action that this endpoint does not have.
    #[error("This endpoint knows Publish, PublishBatch, CreateTopic, ListTopics and GetTopicAttributes")]
    InvalidAction,
    /// A parameter that is missing, unreadable or not supported.
    #[error("Invalid parameter: {0}")]
    InvalidParameter(Cow<'static, str>),
    /// A message attribute that does not fit its type.
    #[error("{0}")]
    ParameterValueInvalid(String),
    /// Another topic than ours.
    #[error("Topic does not exist")]
    NotFound,
    /// A batch of nothing.
    #[error("The batch request doesn't contain any entries.")]
    EmptyBatchRequest,
    /// More than ten.
    #[error("Maximum number of entries per request are 10.")]
    TooManyEntriesInBatchRequest,
    /// Two entries with one id.
    #[error("Two or more batch entries in the request have the same Id.")]
    BatchEntryIdsNotDistinct,
    /// All messages together are larger than one may be.
    #[error("The length of all the messages put together is more than the limit of 262144 bytes.")]
    BatchRequestTooLong,
    /// An id with other characters than letters, digits, `-` and `_`, or more than 80 of them.
    #[error("The Id of a batch entry in a batch request doesn't abide by the specification.")]
    InvalidBatchEntryId,
    /// Keys are needed, and the request is not signed with them.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// From where nobody may publish.
    #[error("{0}")]
    AuthorizationError(&'static str),
    /// The store is busy: the SDKs try again.
    #[error("The server is busy, try again")]
    ServiceUnavailable,
}

impl SnsError {
    /// An invalid parameter, named.
    pub(crate) fn parameter(text: impl Into<Cow<'static, str>>) -> Self {
        Self::InvalidParameter(text.into())
    }

    /// The code by which SDKs know it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MissingAction => "MissingAction",
            Self::InvalidAction => "InvalidAction",
            Self::InvalidParameter(_) => "InvalidParameter",
            Self::ParameterValueInvalid(_) => "ParameterValueInvalid",
            Self::NotFound => "NotFound",
            Self::EmptyBatchRequest => "EmptyBatchRequest",
            Self::TooManyEntriesInBatchRequest => "TooManyEntriesInBatchRequest",
            Self::BatchEntryIdsNotDistinct => "BatchEntryIdsNotDistinct",
            Self::BatchRequestTooLong => "BatchRequestTooLong",
            Self::InvalidBatchEntryId => "InvalidBatchEntryId",
            Self::Denied(Denied::NoToken) => "MissingAuthenticationToken",
            Self::Denied(Denied::Incomplete(_)) => "IncompleteSignature",
            Self::Denied(Denied::UnknownKey) => "InvalidClientTokenId",
            Self::Denied(Denied::WrongService(_) | Denied::Mismatch(_)) => "SignatureDoesNotMatch",
            Self::AuthorizationError(_) => "AuthorizationError",
            Self::ServiceUnavailable => "ServiceUnavailable",
        }
    }

    /// Its HTTP status.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::MissingAction
            | Self::InvalidAction
            | Self::InvalidParameter(_)
            | Self::ParameterValueInvalid(_)
            | Self::EmptyBatchRequest
            | Self::TooManyEntriesInBatchRequest
            | Self::BatchEntryIdsNotDistinct
            | Self::BatchRequestTooLong
            | Self::InvalidBatchEntryId
            | Self::Denied(Denied::Incomplete(_)) => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Denied(Denied::NoToken | Denied::UnknownKey | Denied::WrongService(_) | Denied::Mismatch(_))
            | Self::AuthorizationError(_) => StatusCode::FORBIDDEN,
            Self::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Whether the sender is to blame, so that trying again is no use.
    pub fn sender_fault(&self) -> bool {
        self.status().is_client_error()
    }
}

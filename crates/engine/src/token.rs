//! Tells a `ClientRequestToken` that the caller set from the one that the SDK makes up for every transaction.
//!
//! The SDK fills the token in before the request is built, so this looks at the input at the very beginning of the call and
//! leaves a header for the connector.

use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsInput;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

/// Set on a transaction whose token is the caller's own.
pub(crate) const CALLERS_TOKEN: &str = "x-embedded-callers-token";

/// The interceptor.
#[derive(Debug)]
pub(crate) struct MarkCallersToken;

#[derive(Debug)]
struct Seen;

impl Storable for Seen {
    type Storer = StoreReplace<Self>;
}

impl Intercept for MarkCallersToken {
    fn name(&self) -> &'static str {
        "MarkCallersToken"
    }

    fn read_before_execution(&self, context: &BeforeSerializationInterceptorContextRef<'_>, cfg: &mut ConfigBag) -> Result<(), BoxError> {
        let input = context.input().downcast_ref::<TransactWriteItemsInput>();
        if input.is_some_and(|input| input.client_request_token().is_some()) {
            cfg.interceptor_state().store_put(Seen);
        }
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if cfg.load::<Seen>().is_some() {
            context.request_mut().headers_mut().insert(CALLERS_TOKEN, "1");
        }
        Ok(())
    }
}

//! The table's shape: fixed when it is made.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, LocalSecondaryIndex, Projection, ProjectionType,
    ScalarAttributeType, TimeToLiveSpecification,
};

use crate::key::{PK, SK, USER_ID};
use crate::{Error, Table, failed};

/// The sparse local index of what is unread, by the commit in which it became so.
pub const UNREAD: &str = "unread";
/// What the index carries besides its keys.
pub const UNREAD_PROJECTS: [&str; 3] = ["expiresAt", "category", "type"];
/// The global index of connections by their user, and among them by when they end.
pub const BY_USER: &str = "connectionsByUser";
/// When an item ends, in milliseconds; the range of [`BY_USER`].
pub const EXPIRES_AT: &str = "expiresAt";
/// The attribute by which DynamoDB deletes what expired, in seconds.
pub const TTL: &str = "ttl";

fn bad<E: std::error::Error + Send + Sync + 'static>(error: E) -> Error {
    Error::Engine(Box::new(error))
}

fn attribute(name: &str, kind: ScalarAttributeType) -> Result<AttributeDefinition, Error> {
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().map_err(bad)
}

fn part(name: &str, kind: KeyType) -> Result<KeySchemaElement, Error> {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build().map_err(bad)
}

impl Table {
    /// Makes the table where it does not exist.
    ///
    /// # Errors
    /// [`Error::Engine`] where it can be neither found nor made.
    pub async fn create_if_missing(&self) -> Result<(), Error> {
        let found = self.client.describe_table().table_name(&*self.name).send().await;
        match found {
            Ok(_) => return Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(aws_sdk_dynamodb::operation::describe_table::DescribeTableError::is_resource_not_found_exception) => {}
            Err(error) => return Err(failed(error)),
        }
        let include = Projection::builder()
            .projection_type(ProjectionType::Include)
            .set_non_key_attributes(Some(UNREAD_PROJECTS.map(str::to_owned).to_vec()))
            .build();
        let unread = LocalSecondaryIndex::builder()
            .index_name(UNREAD)
            .key_schema(part(PK, KeyType::Hash)?)
            .key_schema(part(UNREAD, KeyType::Range)?)
            .projection(include)
            .build()
            .map_err(bad)?;
        let by_user = GlobalSecondaryIndex::builder()
            .index_name(BY_USER)
            .key_schema(part(USER_ID, KeyType::Hash)?)
            .key_schema(part(EXPIRES_AT, KeyType::Range)?)
            .projection(Projection::builder().projection_type(ProjectionType::All).build())
            .build()
            .map_err(bad)?;
        self.client
            .create_table()
            .table_name(&*self.name)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(attribute(PK, ScalarAttributeType::S)?)
            .attribute_definitions(attribute(SK, ScalarAttributeType::S)?)
            .attribute_definitions(attribute(UNREAD, ScalarAttributeType::N)?)
            .attribute_definitions(attribute(USER_ID, ScalarAttributeType::S)?)
            .attribute_definitions(attribute(EXPIRES_AT, ScalarAttributeType::N)?)
            .key_schema(part(PK, KeyType::Hash)?)
            .key_schema(part(SK, KeyType::Range)?)
            .local_secondary_indexes(unread)
            .global_secondary_indexes(by_user)
            .send()
            .await
            .map_err(failed)?;
        let ttl = TimeToLiveSpecification::builder().attribute_name(TTL).enabled(true).build().map_err(bad)?;
        self.client.update_time_to_live().table_name(&*self.name).time_to_live_specification(ttl).send().await.map_err(failed)?;
        Ok(())
    }
}

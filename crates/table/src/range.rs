//! Questions to the table that several access patterns ask alike: what lies between two sort keys, and a page of it.

use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;

use crate::item::text;
use crate::{Error, Table, failed};

impl Table {
    /// A query of one partition between two sort keys, both included; how fresh, in which order and how much is left to say.
    pub(crate) fn between(&self, pk: impl Into<String>, low: impl Into<String>, high: impl Into<String>) -> QueryFluentBuilder {
        self.a_query()
            .key_condition_expression("PK = :pk AND SK BETWEEN :low AND :high")
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":low", text(low))
            .expression_attribute_values(":high", text(high))
    }

    /// A query of this table.
    pub(crate) fn a_query(&self) -> QueryFluentBuilder {
        self.client.query().table_name(&*self.name).return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    /// Sends a query, and meters it.
    pub(crate) async fn page(&self, query: QueryFluentBuilder) -> Result<QueryOutput, Error> {
        let answer = query.send().await.map_err(failed)?;
        self.meter.read(answer.consumed_capacity());
        Ok(answer)
    }
}

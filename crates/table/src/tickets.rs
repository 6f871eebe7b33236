//! Tickets: one use, a minute. Only a hash is stored.

use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValue};
use inbox::moment::Moment;

use crate::item::{Item, Read, expire, number, text};
use crate::key::{self, PK, SK, STATE};
use crate::{Error, Table, failed, once};

impl Table {
    /// Stores what a ticket stands for: two units for a small one at most.
    ///
    /// # Errors
    /// As the table's.
    pub async fn put_ticket(&self, ticket: &str, holder: &str, expires: Moment) -> Result<(), Error> {
        let mut item = Item::from([
            (PK.to_owned(), text(key::ticket(ticket))),
            (SK.to_owned(), text(STATE)),
            ("holder".to_owned(), text(holder)),
            ("expiresAt".to_owned(), number(expires.millis())),
        ]);
        expire(&mut item, expires);
        let put = self.client.put_item().table_name(&*self.name).set_item(Some(item));
        let answer = put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.map_err(failed)?;
        self.meter.write(answer.consumed_capacity());
        Ok(())
    }

    /// Takes a ticket: of two that try, one gets what it stands for. `None` where it is unknown, used or expired.
    ///
    /// # Errors
    /// As the table's; also where the answer is lost, and then the ticket may be gone. It is not asked again: whoever took it would find
    /// that it is unknown.
    pub async fn take_ticket(&self, ticket: &str, now: Moment) -> Result<Option<String>, Error> {
        let answer = self
            .client
            .delete_item()
            .table_name(&*self.name)
            .key(PK, text(key::ticket(ticket)))
            .key(SK, text(STATE))
            .condition_expression("attribute_exists(PK)")
            .return_values(ReturnValue::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .customize()
            .config_override(once())
            .send()
            .await;
        match answer {
            Ok(answer) => {
                self.meter.write(answer.consumed_capacity());
                let Some(item) = answer.attributes() else { return Ok(None) };
                Ok((item.moment("expiresAt")? > now).then(|| item.text("holder").map(str::to_owned)).transpose()?)
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(aws_sdk_dynamodb::operation::delete_item::DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(failed(error)),
        }
    }
}

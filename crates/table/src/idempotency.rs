//! What was done under an `Idempotency-Key`.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use inbox::moment::Moment;
use inbox::position::Feed;

use crate::item::{Item, Read, expire, number, text};
use crate::key::{self, PK, SK, STATE};
use crate::{Error, Table, failed};

/// A request that holds, or held, an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// A hash of the request, as text.
    pub fingerprint: String,
    /// The id of the event that it publishes: fixed before anything is published.
    pub event: String,
    /// Until when the request that holds the key may go on undisturbed.
    pub lease: Moment,
    /// Its answer, once it has one.
    pub answer: Option<String>,
    /// Until when it is remembered.
    pub expires: Moment,
}

impl Table {
    /// Takes the key if nobody holds it, or if what is held is `over` (an expired key, or a lease that ran out).
    ///
    /// # Errors
    /// [`Error::Conflict`] where somebody else was first. Otherwise as the table's.
    pub async fn take_idempotency(&self, caller: &Feed, key: &str, held: &Held, over: Option<&Held>) -> Result<(), Error> {
        let put = self.client.put_item().table_name(&*self.name).set_item(Some(write(caller, key, held)));
        let put = match over {
            None => put.condition_expression("attribute_not_exists(PK)"),
            Some(over) => put
                .condition_expression("lease = :lease AND event = :event")
                .expression_attribute_values(":lease", number(over.lease.millis()))
                .expression_attribute_values(":event", text(&over.event)),
        };
        let answer = put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
        match answer {
            Ok(answer) => {
                self.meter.write(answer.consumed_capacity());
                Ok(())
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(aws_sdk_dynamodb::operation::put_item::PutItemError::is_conditional_check_failed_exception) =>
            {
                Err(Error::Conflict)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Who holds the key.
    ///
    /// # Errors
    /// As the table's.
    pub async fn idempotency(&self, caller: &Feed, key: &str) -> Result<Option<Held>, Error> {
        let answer = self
            .client
            .get_item()
            .table_name(&*self.name)
            .key(PK, text(key::idempotency(caller, key)))
            .key(SK, text(STATE))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(failed)?;
        self.meter.read(answer.consumed_capacity());
        answer.item().map(read).transpose()
    }
}

fn read(item: &Item) -> Result<Held, Error> {
    Ok(Held {
        fingerprint: item.text("fingerprint")?.to_owned(),
        event: item.text("event")?.to_owned(),
        lease: item.moment("lease")?,
        answer: item.opt_text("answer").map(str::to_owned),
        expires: item.moment("expiresAt")?,
    })
}

fn write(caller: &Feed, key: &str, held: &Held) -> Item {
    let mut item = Item::from([
        (PK.to_owned(), text(key::idempotency(caller, key))),
        (SK.to_owned(), text(STATE)),
        ("fingerprint".to_owned(), text(&held.fingerprint)),
        ("event".to_owned(), text(&held.event)),
        ("lease".to_owned(), number(held.lease.millis())),
        ("expiresAt".to_owned(), number(held.expires.millis())),
    ]);
    if let Some(answer) = &held.answer {
        item.insert("answer".to_owned(), text(answer));
    }
    expire(&mut item, held.expires);
    item
}

//! Which stream of a client instance is the newest.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use inbox::id::ClientId;
use inbox::moment::Moment;
use inbox::position::Feed;

use crate::item::{Item, Read, expire, number, text};
use crate::key::{self, PK, SK};
use crate::{Error, Freshness, Table, failed};

impl Table {
    /// Names a stream the newest of its client instance: one unit.
    ///
    /// # Errors
    /// As the table's.
    pub async fn put_newest_stream(&self, user: &Feed, client: &ClientId, stream: u64, expires: Moment) -> Result<(), Error> {
        let mut item = Item::from([
            (PK.to_owned(), text(key::feed(user))),
            (SK.to_owned(), text(key::stream(client))),
            ("stream".to_owned(), number(stream)),
        ]);
        expire(&mut item, expires);
        let put = self.client.put_item().table_name(&*self.name).set_item(Some(item));
        let answer = put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.map_err(failed)?;
        self.meter.write(answer.consumed_capacity());
        Ok(())
    }

    /// The newest stream of a client instance: half a unit.
    ///
    /// # Errors
    /// As the table's.
    pub async fn newest_stream(&self, user: &Feed, client: &ClientId, freshness: Freshness) -> Result<Option<u64>, Error> {
        let answer = self
            .client
            .get_item()
            .table_name(&*self.name)
            .key(PK, text(key::feed(user)))
            .key(SK, text(key::stream(client)))
            .consistent_read(freshness.consistent())
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(failed)?;
        self.meter.read(answer.consumed_capacity());
        Ok(answer.item().and_then(|item| item.opt_number("stream")))
    }
}

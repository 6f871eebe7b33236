//! How many streams are open in all processes: a count for each minute in which they were opened.
//!
//! A process that is killed gives nothing back; its streams count until their minute is older than any stream may last.

use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use inbox::moment::Moment;

use crate::item::{Read, number, text};
use crate::key::{self, PK, SK, STREAMS};
use crate::schema::TTL;
use crate::{Error, Table, failed, once};

/// What one open stream holds: a place in the count of the minute in which it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a slot that is not released counts until its window is over"]
pub struct StreamSlot {
    /// Since the epoch.
    minute: i64,
    /// How many streams were open then, this one among them.
    pub open: u64,
}

/// How long a count outlives its window before it is deleted.
const KEPT: Duration = Duration::from_hours(1);

impl Table {
    /// Takes a slot for a stream that lasts `window` at most; `None` where `cap` streams are open. One unit read, one written.
    ///
    /// The count is exact within a minute. Two that open in the same instant on either side of a minute's end may both get the last slot.
    ///
    /// # Errors
    /// As the table's. It is not asked again where the answer is lost: it would count twice.
    pub async fn acquire_stream_slot(&self, now: Moment, window: Duration, cap: u32) -> Result<Option<StreamSlot>, Error> {
        let minute = minute(now);
        let (open, before) = self.open_streams(minute_of_oldest(now, window), minute).await?;
        let cap = u64::from(cap);
        if open >= cap {
            return Ok(None);
        }
        let answer = self
            .client
            .update_item()
            .table_name(&*self.name)
            .key(PK, text(STREAMS))
            .key(SK, text(key::stream_minute(minute)))
            .update_expression("ADD #open :one SET #ttl = :ttl")
            .condition_expression("attribute_not_exists(#open) OR #open < :free")
            .expression_attribute_names("#open", OPEN)
            .expression_attribute_names("#ttl", TTL)
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":free", number(cap - before))
            .expression_attribute_values(":ttl", number(now.plus(window).plus(KEPT).seconds()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .customize()
            .config_override(once())
            .send()
            .await;
        match answer {
            Ok(answer) => {
                self.meter.write(answer.consumed_capacity());
                Ok(Some(StreamSlot { minute, open: open + 1 }))
            }
            Err(error) if refused(&error) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// Gives a slot back: one unit. A count that is gone already stays gone.
    ///
    /// # Errors
    /// As the table's; then the slot counts until its window is over, unless only the answer was lost. It is not asked again: that would
    /// give back another's.
    pub async fn release_stream_slot(&self, slot: StreamSlot) -> Result<(), Error> {
        let answer = self
            .client
            .update_item()
            .table_name(&*self.name)
            .key(PK, text(STREAMS))
            .key(SK, text(key::stream_minute(slot.minute)))
            .update_expression("ADD #open :one")
            .condition_expression("#open > :none")
            .expression_attribute_names("#open", OPEN)
            .expression_attribute_values(":one", number(-1))
            .expression_attribute_values(":none", number(0))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .customize()
            .config_override(once())
            .send()
            .await;
        match answer {
            Ok(answer) => {
                self.meter.write(answer.consumed_capacity());
                Ok(())
            }
            Err(error) if refused(&error) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    /// How many streams that were opened from one minute to another are open, consistently: all, and those of before the last minute.
    async fn open_streams(&self, from: i64, to: i64) -> Result<(u64, u64), Error> {
        let answer = self.page(self.between(STREAMS, key::stream_minute(from), key::stream_minute(to)).consistent_read(true)).await?;
        let (mut all, mut before) = (0, 0);
        for item in answer.items() {
            let open: u64 = item.number(OPEN)?;
            all += open;
            before += if item.text(SK)? == key::stream_minute(to) { 0 } else { open };
        }
        Ok((all, before))
    }
}

const OPEN: &str = "open";

fn refused(error: &SdkError<UpdateItemError>) -> bool {
    error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception)
}

fn minute(at: Moment) -> i64 {
    at.seconds().div_euclid(60)
}

/// The first minute a stream of which may still be open.
fn minute_of_oldest(now: Moment, window: Duration) -> i64 {
    minute(now.minus(window))
}

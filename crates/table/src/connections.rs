//! Open sockets: a row each, spread over shards for broadcasts, and found by their user for everything else.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity, ReturnValue};
use inbox::audience::Reader;
use inbox::id::{Category, ConnectionId, Tenant, Topic, UserId};
use inbox::moment::Moment;
use inbox::position::{Feed, Seq};
use inbox::preferences::Preferences;

use crate::item::{Item, Read, expire, number, text};
use crate::key::{self, PK, SK, USER_ID};
use crate::schema::{BY_USER, EXPIRES_AT};
use crate::state::{Epoch, Muting};
use crate::{Error, Table, failed, once};

/// An open socket, as far as a push needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The gateway's name for it.
    pub id: ConnectionId,
    /// Whose it is, and which topics their token named.
    pub reader: Reader,
    /// What its user mutes, as far as the row was told.
    pub muting: Muting,
    /// When it asked to be let in. The gateway knows nothing of a socket until that is answered.
    pub opened: Moment,
    /// When it ends: with its token, or when the platform cuts it. The row may outlive this by days.
    pub expires: Moment,
}

/// What became of a rewrite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewritten {
    /// It is as was said.
    Done,
    /// Nothing is changed: the row was told of a later commit already.
    Later,
    /// Nothing is written: the connection is gone.
    Gone,
}

impl Table {
    /// Stores a new connection: two units, one of them the index's.
    ///
    /// # Errors
    /// As the table's.
    pub async fn put_connection(&self, connection: &Connection, shards: u32) -> Result<(), Error> {
        let put = self.client.put_item().table_name(&*self.name).set_item(Some(write(connection, shards)));
        let answer = put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.map_err(failed)?;
        self.meter.write(answer.consumed_capacity());
        Ok(())
    }

    /// A connection, consistently: one unit. It may have expired.
    ///
    /// # Errors
    /// As the table's.
    pub async fn connection(&self, id: &ConnectionId, shards: u32) -> Result<Option<Connection>, Error> {
        let answer = self
            .client
            .get_item()
            .table_name(&*self.name)
            .key(PK, text(key::shard(key::shard_of(id, shards))))
            .key(SK, text(key::connection(id)))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(failed)?;
        self.meter.read(answer.consumed_capacity());
        answer.item().map(read).transpose()
    }

    /// Forgets a connection, if it is there: two units at most.
    ///
    /// # Errors
    /// As the table's.
    pub async fn remove_connection(&self, id: &ConnectionId, shards: u32) -> Result<(), Error> {
        let answer = self
            .client
            .delete_item()
            .table_name(&*self.name)
            .key(PK, text(key::shard(key::shard_of(id, shards))))
            .key(SK, text(key::connection(id)))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(failed)?;
        self.meter.write(answer.consumed_capacity());
        Ok(())
    }

    /// Rewrites what a connection's reader may see and has muted, and nothing else: two units; refused, one of each kind. A late
    /// resume must not bring back what is gone, nor whoever was slow undo what a later commit muted.
    ///
    /// # Errors
    /// As the table's.
    pub async fn rewrite_connection(&self, connection: &Connection, shards: u32) -> Result<Rewritten, Error> {
        let answer = self
            .client
            .update_item()
            .table_name(&*self.name)
            .key(PK, text(key::shard(key::shard_of(&connection.id, shards))))
            .key(SK, text(key::connection(&connection.id)))
            .update_expression("SET topics = :topics, muted = :muted, mutedOf = :of, mutedN = :n")
            .condition_expression("attribute_exists(PK) AND (attribute_not_exists(mutedN) OR mutedOf <> :of OR mutedN <= :n)")
            .expression_attribute_values(":topics", topics(connection))
            .expression_attribute_values(":muted", muted(connection))
            .expression_attribute_values(":of", text(Epoch::text(connection.muting.epoch)))
            .expression_attribute_values(":n", number(connection.muting.n))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                self.meter.write(answer.consumed_capacity());
                Ok(Rewritten::Done)
            }
            Err(error) if refused(&error) => {
                let there = self.connection(&connection.id, shards).await?;
                Ok(if there.is_some() { Rewritten::Later } else { Rewritten::Gone })
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Counts a bad message of a connection, and says how many there were: two units. `None` where the connection is gone.
    ///
    /// # Errors
    /// As the table's. It is not asked again where the answer is lost: it would count twice.
    pub async fn connection_fault(&self, id: &ConnectionId, shards: u32) -> Result<Option<u32>, Error> {
        let answer = self
            .client
            .update_item()
            .table_name(&*self.name)
            .key(PK, text(key::shard(key::shard_of(id, shards))))
            .key(SK, text(key::connection(id)))
            .update_expression("ADD faults :one")
            .condition_expression("attribute_exists(PK)")
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::UpdatedNew)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .customize()
            .config_override(once())
            .send()
            .await;
        match answer {
            Ok(answer) => {
                self.meter.write(answer.consumed_capacity());
                answer.attributes().ok_or(Error::Corrupt("faults"))?.number("faults").map(Some)
            }
            Err(error) if refused(&error) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// Up to `limit` connections of a user that last beyond `now`, those first that last longest; expired rows are not read. Half a unit
    /// for some dozen. An index is a moment behind the table: what is missed so, a socket finds when it resumes. A row that cannot be read
    /// is passed over.
    ///
    /// # Errors
    /// As the table's.
    pub async fn connections_of(
        &self,
        tenant: Option<&Tenant>,
        user: &UserId,
        now: Moment,
        limit: usize,
    ) -> Result<Vec<Connection>, Error> {
        let query = self
            .a_query()
            .index_name(BY_USER)
            .key_condition_expression("userId = :user AND expiresAt > :now")
            .expression_attribute_values(":user", text(key::feed(&Feed::user(tenant.cloned(), user.clone()))))
            .expression_attribute_values(":now", number(now.millis()))
            .scan_index_forward(false);
        let answer = self.page(query.limit(i32::try_from(limit).unwrap_or(i32::MAX))).await?;
        Ok(readable(answer.items()))
    }

    /// A page of a shard behind `start`, and where the next one begins, consistently: what was muted before this is heeded. Expired rows
    /// are among them, those that cannot be read are not. A unit for some dozen.
    ///
    /// # Errors
    /// As the table's.
    pub async fn connections_in(
        &self,
        shard: u32,
        start: Option<&ConnectionId>,
        limit: usize,
    ) -> Result<(Vec<Connection>, Option<ConnectionId>), Error> {
        let pk = key::shard(shard);
        let mut start = start.map(|id| Item::from([(PK.to_owned(), text(&pk)), (SK.to_owned(), text(key::connection(id)))]));
        loop {
            let query = self.a_query().key_condition_expression("PK = :pk").expression_attribute_values(":pk", text(&pk));
            let query = query.consistent_read(true).set_exclusive_start_key(start.take()).limit(i32::try_from(limit).unwrap_or(i32::MAX));
            let answer = self.page(query).await?;
            let page = readable(answer.items());
            let Some(last) = answer.last_evaluated_key() else { return Ok((page, None)) };
            // No page can begin behind a row without a readable name: it begins before it, or the walk goes on here.
            if let Some(next) = id_of(last).ok().or_else(|| page.last().map(|before| before.id.clone())) {
                return Ok((page, Some(next)));
            }
            start = Some(last.clone());
        }
    }
}

/// Those that can be read. One that cannot must not keep the others of its page from being served.
fn readable(items: &[Item]) -> Vec<Connection> {
    let one = |item| read(item).inspect_err(|error| tracing::warn!(%error, "the row of a socket cannot be read; it is passed over")).ok();
    items.iter().filter_map(one).collect()
}

const OPENED: &str = "opened";
const MUTED_OF: &str = "mutedOf";
const MUTED_N: &str = "mutedN";

fn refused(error: &SdkError<UpdateItemError>) -> bool {
    error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception)
}

fn id_of(item: &Item) -> Result<ConnectionId, Error> {
    key::parse_connection(item.text(SK)?).ok_or(Error::Corrupt(SK))
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> AttributeValue {
    AttributeValue::L(names.map(text).collect())
}

fn topics(connection: &Connection) -> AttributeValue {
    list(connection.reader.topics.iter().map(Topic::as_str))
}

fn muted(connection: &Connection) -> AttributeValue {
    list(connection.muting.muted.muted.iter().map(Category::as_str))
}

fn write(connection: &Connection, shards: u32) -> Item {
    let reader = &connection.reader;
    let mut item = Item::from([
        (PK.to_owned(), text(key::shard(key::shard_of(&connection.id, shards)))),
        (SK.to_owned(), text(key::connection(&connection.id))),
        (USER_ID.to_owned(), text(key::feed(&reader.own_feed()))),
        ("user".to_owned(), text(reader.user.as_str())),
        ("topics".to_owned(), topics(connection)),
        ("muted".to_owned(), muted(connection)),
        (MUTED_OF.to_owned(), text(Epoch::text(connection.muting.epoch))),
        (MUTED_N.to_owned(), number(connection.muting.n)),
        (OPENED.to_owned(), number(connection.opened.millis())),
        (EXPIRES_AT.to_owned(), number(connection.expires.millis())),
    ]);
    if let Some(tenant) = &reader.tenant {
        item.insert("tenant".to_owned(), text(tenant.as_str()));
    }
    expire(&mut item, connection.expires);
    item
}

fn read(item: &Item) -> Result<Connection, Error> {
    let tenant = item.opt_text("tenant").map(Tenant::parse).transpose().map_err(|_| Error::Corrupt("tenant"))?;
    let user = UserId::parse(item.text("user")?).map_err(|_| Error::Corrupt("user"))?;
    let topics = names(item, "topics", |name| Topic::parse(name).ok())?;
    let muted = names(item, "muted", |name| Category::parse(name).ok())?;
    // The rows of older versions do not say: anything is later.
    let of = item.opt_text(MUTED_OF).map(Epoch::parse).transpose()?.filter(|of| of.0 != 0);
    let n = if item.contains_key(MUTED_N) { item.seq(MUTED_N)? } else { Seq::ZERO };
    Ok(Connection {
        id: id_of(item)?,
        reader: Reader::new(tenant, user, topics),
        muting: Muting { muted: Preferences { muted: muted.into_iter().collect() }, epoch: of, n },
        opened: item.moment(OPENED)?,
        expires: item.moment(EXPIRES_AT)?,
    })
}

fn names<T>(item: &Item, name: &'static str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Error> {
    let list = item.get(name).and_then(|value| value.as_l().ok()).ok_or(Error::Corrupt(name))?;
    let parsed = list.iter().map(|value| value.as_s().ok().and_then(|text| parse(text)));
    parsed.collect::<Option<_>>().ok_or(Error::Corrupt(name))
}

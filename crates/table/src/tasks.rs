//! Tasks: newest first by the commit that began them, found by name through their key.

use inbox::id::{Slot, TaskId, UserId};
use inbox::journal::Doc;
use inbox::position::{Feed, Seq};
use inbox::task::{Task, TaskStatus};

use crate::item::{Item, Read, expire, number, text};
use crate::key::{self, PK, SK};
use crate::{Error, Table};

/// A task as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredTask {
    /// Where its first report was committed.
    pub slot: Slot,
    /// The commit that last wrote it.
    pub rev: Seq,
    /// What it says.
    pub task: Task,
}

impl Table {
    /// Up to `limit` tasks below a slot, newest first, consistently; and where to go on.
    ///
    /// # Errors
    /// As the table's.
    pub async fn tasks(&self, feed: &Feed, user: &UserId, below: Slot, limit: u32) -> Result<(Vec<StoredTask>, Option<Slot>), Error> {
        let low = key::task(Slot { born: Seq::ZERO, place: 0 });
        let query = self.between(key::feed(feed), low, below_key(below)).scan_index_forward(false).consistent_read(true);
        let answer = self.page(query.limit(i32::try_from(limit).unwrap_or(i32::MAX))).await?;
        let found = answer.items().iter().map(|item| read(item, user)).collect::<Result<Vec<_>, _>>()?;
        Ok((found, answer.last_evaluated_key().and_then(slot_of)))
    }
}

fn below_key(below: Slot) -> String {
    match (below.born.0, below.place) {
        (0, _) => key::task(Slot { born: Seq::ZERO, place: 0 }),
        (born, 0) => key::task(Slot { born: Seq(born - 1), place: 99 }),
        (_, place) => key::task(Slot { born: below.born, place: place - 1 }),
    }
}

fn slot_of(item: &Item) -> Option<Slot> {
    match key::parse_doc(item.opt_text(SK)?)? {
        Doc::Task(slot) => Some(slot),
        Doc::Notification(_) => None,
    }
}

pub(crate) fn read(item: &Item, user: &UserId) -> Result<StoredTask, Error> {
    let task = Task {
        id: TaskId::parse(item.text("taskId")?).map_err(|_| Error::Corrupt("taskId"))?,
        user: user.clone(),
        name: item.text("name")?.to_owned(),
        status: TaskStatus::parse(item.text("status")?).ok_or(Error::Corrupt("status"))?,
        progress: item.opt_number("progress"),
        result: item.opt_text("result").map(str::to_owned),
        error: item.opt_text("error").map(str::to_owned),
        created: item.moment("createdAt")?,
        updated: item.moment("updatedAt")?,
        at: item.moment("at")?,
        expires: item.moment("expiresAt")?,
    };
    Ok(StoredTask { slot: slot_of(item).ok_or(Error::Corrupt(SK))?, rev: item.seq("rev")?, task })
}

pub(crate) fn write(pk: &str, stored: &StoredTask) -> Item {
    let task = &stored.task;
    let mut item = Item::from([
        (PK.to_owned(), text(pk)),
        (SK.to_owned(), text(key::task(stored.slot))),
        ("rev".to_owned(), number(stored.rev)),
        ("taskId".to_owned(), text(task.id.as_str())),
        ("name".to_owned(), text(&task.name)),
        ("status".to_owned(), text(task.status.as_str())),
        ("createdAt".to_owned(), number(task.created.millis())),
        ("updatedAt".to_owned(), number(task.updated.millis())),
        ("at".to_owned(), number(task.at.millis())),
        ("expiresAt".to_owned(), number(task.expires.millis())),
    ]);
    expire(&mut item, task.expires);
    let mut put = |name: &str, value| {
        if let Some(value) = value {
            item.insert(name.to_owned(), value);
        }
    };
    put("progress", task.progress.map(number));
    put("result", task.result.as_ref().map(text));
    put("error", task.error.as_ref().map(text));
    item
}

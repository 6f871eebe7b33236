//! A reader's tasks, newest first.

use inbox::audience::Reader;
use inbox::id::{Slot, TaskId};
use inbox::journal::Doc;
use inbox::moment::Moment;
use inbox::task::Task;
use table::Freshness;
use table::journal::Document;
use table::keys::Name;

use crate::channels::Need;
use crate::snapshot::position;
use crate::versions::version;
use crate::{Error, Refusal, Service, TaskAsk, TaskFrom, TaskPage, Version};

/// How many reads a page may take to be full although some tasks are expired.
const READS: usize = 8;

impl Service {
    /// A page of the reader's tasks.
    ///
    /// # Errors
    /// [`Refusal::BadCursor`], [`Error::Busy`], [`Error::Internal`].
    pub async fn tasks(&self, reader: &Reader, ask: &TaskAsk) -> Result<TaskPage, Error> {
        let feed = reader.own_feed();
        let (views, state) = self.read_beside(reader, &feed, Need::Recent).await?;
        let (now, head) = (self.now(), self.inner.table.head(&feed, &state));
        let limit = usize::try_from(ask.limit).unwrap_or(usize::MAX);
        let top = Slot { born: state.n.next(), place: 0 };
        let (skip, start) = match ask.from {
            TaskFrom::Page(page) => (usize::try_from(page.saturating_sub(1)).unwrap_or(usize::MAX).saturating_mul(limit), top),
            TaskFrom::Cursor(_, tag) if tag != head.tag => return Err(Error::Refused(Refusal::BadCursor)),
            TaskFrom::Cursor(slot, _) => (0, slot.min(top)),
        };
        let want = skip.saturating_add(limit);
        let mut found = Vec::new();
        let mut below = Some(start);
        for _ in 0..READS {
            let Some(from) = below.filter(|_| found.len() <= want) else { break };
            let ask = u32::try_from(want + 1 - found.len()).unwrap_or(u32::MAX);
            let (some, more) = self.inner.table.tasks(&feed, &reader.user, from, ask).await?;
            found.extend(some.into_iter().filter(|one| one.task.expires > now));
            below = more;
        }
        let has_more = found.len() > want || below.is_some();
        found.truncate(want);
        let next = found.last().map(|one| one.slot).or(below).filter(|_| has_more).map(|slot| (slot, head.tag));
        let tasks: Vec<Task> = found.into_iter().skip(skip).map(|one| one.task).collect();
        let position = position(&head, views.iter().map(|view| &**view), now);
        let version = version(&position, now, tasks.iter().map(|task| task.expires).min());
        Ok(TaskPage { tasks, has_more, next, position, version })
    }

    /// One of the reader's tasks.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is none of this name; [`Error::Busy`], [`Error::Internal`].
    pub async fn task(&self, reader: &Reader, id: &TaskId) -> Result<(Task, Version), Error> {
        let feed = reader.own_feed();
        let (views, state) = self.read_beside(reader, &feed, Need::Recent).await?;
        let now: Moment = self.now();
        let named = self.inner.table.named(&feed, &Name::Task(id.clone()), now).await?;
        let slot = named.and_then(|named| named.slot).ok_or(Error::NotFound("task"))?;
        let doc = Doc::Task(slot);
        let mut found = self.inner.table.documents(&feed, &[doc], Freshness::Consistent).await?;
        let Some(Document::Task(stored)) = found.remove(&doc) else { return Err(Error::NotFound("task")) };
        if stored.task.expires <= now {
            return Err(Error::NotFound("task"));
        }
        let head = self.inner.table.head(&feed, &state);
        let position = position(&head, views.iter().map(|view| &**view), now);
        let version = version(&position, now, Some(stored.task.expires));
        Ok((stored.task, version))
    }
}

//! What may be asked of the use cases, and what they answer.

use inbox::audience::Reader;
use inbox::event::{Counts, Event};
use inbox::id::{Category, NotificationId, Slot};
use inbox::moment::Moment;
use inbox::notification::Notification;
use inbox::page::{Filter, PageCursor};
use inbox::position::{FeedTag, Position};
use inbox::publication::Publication;
use inbox::task::Task;

/// A page of notifications, please.
#[derive(Clone, Debug)]
pub struct PageAsk {
    /// Where it begins.
    pub from: From,
    /// At most so many: 1 to 100.
    pub limit: u32,
    /// Which ones.
    pub filter: Filter,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug)]
pub enum From {
    /// Behind so many pages, from 1.
    Page(u32),
    /// Behind the page that gave this cursor.
    Cursor(PageCursor),
}

/// A page of notifications, newest first.
#[derive(Clone, Debug)]
pub struct Page {
    /// What it shows; with a filter it may be short and still have more behind it.
    pub notifications: Vec<Notification>,
    /// The reader's counts.
    pub counts: Counts,
    /// Whether there is more behind it.
    pub has_more: bool,
    /// Where that begins.
    pub next: Option<PageCursor>,
    /// A position from before the page was read.
    pub position: Position,
    /// What a conditional request may show again.
    pub version: Version,
}

/// A page of tasks, please.
#[derive(Clone, Copy, Debug)]
pub struct TaskAsk {
    /// Where it begins.
    pub from: TaskFrom,
    /// At most so many: 1 to 100.
    pub limit: u32,
}

/// Where a page of tasks begins.
#[derive(Clone, Copy, Debug)]
pub enum TaskFrom {
    /// Behind so many pages, from 1.
    Page(u32),
    /// Below this task of this feed.
    Cursor(Slot, FeedTag),
}

/// A page of tasks, newest first.
#[derive(Clone, Debug)]
pub struct TaskPage {
    /// What it shows.
    pub tasks: Vec<Task>,
    /// Whether there is more behind it.
    pub has_more: bool,
    /// Where that begins.
    pub next: Option<(Slot, FeedTag)>,
    /// A position from before the page was read.
    pub position: Position,
    /// What a conditional request may show again.
    pub version: Version,
}

/// A state of what a reader sees: two are equal only if nothing changed between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// A hash of where each of the reader's feeds stands.
    pub digest: u64,
    /// When it stops being good by itself, because something expires or at the latest after ten minutes.
    pub until: Moment,
}

/// Since when a poll wants to hear.
#[derive(Clone, Debug)]
pub enum After {
    /// From now on.
    Now,
    /// From this position on.
    Position(Position),
    /// From a cursor that cannot be read: a reset, never "now".
    Unreadable,
}

/// What a poll brought.
#[derive(Clone, Debug)]
pub enum Polled {
    /// Nothing new; the cursor stays good.
    Nothing,
    /// Something, or a fresh position.
    News {
        /// In order.
        events: Vec<Event>,
        /// The position behind them.
        position: Position,
        /// Whether there is more to fetch at once.
        more: bool,
    },
}

/// What to mark.
#[derive(Clone, Debug)]
pub enum Target {
    /// These; each must be, or have been, the reader's.
    Ids(Vec<NotificationId>),
    /// All, or all up to a position that the reader was shown.
    All {
        /// Spares what came later.
        up_to: Option<Position>,
    },
    /// All of one category; so many a request.
    Category(Category),
}

/// How to mark it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Read.
    Read,
    /// Unread again; brings it back from the archive.
    Unread,
    /// Seen: only of all.
    Seen,
    /// Put away; that reads it.
    Archive,
    /// Back from the archive; it stays read.
    Restore,
    /// Deleted.
    Delete,
}

/// What marking did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marked {
    /// How many changed; `None` for all.
    pub changed: Option<u32>,
    /// The reader's counts after it.
    pub counts: Counts,
    /// Whether the category has more.
    pub more: bool,
}

/// Whom a ticket lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketHolder {
    /// The reader.
    pub reader: Reader,
    /// Whether they may administer.
    pub admin: bool,
    /// Whether they may notify.
    pub service: bool,
    /// When the token that asked for the ticket expires.
    pub expires: Moment,
}

/// How a request with an idempotency key goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Do it, under this event id.
    Run {
        /// The same for every try with this key.
        event_id: inbox::id::EventId,
    },
    /// It was done: give this answer again.
    Answered {
        /// The event that it published.
        event_id: inbox::id::EventId,
        /// As it was given.
        answer: String,
    },
}

/// A message from the queue.
#[derive(Clone, Debug)]
pub struct Message {
    /// What the queue calls it.
    pub handle: String,
    /// What it says.
    pub publication: Publication,
    /// Whether the queue brought it before: whoever took it then may have stored it and stopped before they pushed it.
    pub redelivered: bool,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is stored, or was before.
    Applied {
        /// Whether that changed anything.
        changed: bool,
    },
    /// It can never be applied, for this reason.
    Poison {
        /// For the dead-letter list.
        reason: String,
    },
    /// Not now: the queue brings it again.
    Trouble,
}

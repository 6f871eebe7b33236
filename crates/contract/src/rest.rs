//! REST bodies: what is asked for, checked, and what is answered. Queries are in [`crate::query`], problems in [`crate::problem`].

mod answers;
mod asks;
pub(crate) use asks::take_at;
pub mod shapes;

pub use answers::{Accepted, Deleted, Marked, NotificationsPage, Poll, Preferences, TaskPage, Ticket, Unread};
pub use asks::{
    Ask, Broadcast, Mark, Notify, Target, TaskAsk, parse_broadcast, parse_delete, parse_mark, parse_mark_one, parse_notify,
    parse_preferences, parse_task,
};

//! What jobs and administrators publish: the one thing that `deliver` applies.

use crate::id::{Channel, EventId, EventKey, Tenant, UserId};
use crate::moment::Moment;
use crate::notification::Content;
use crate::position::Feed;
use crate::task::TaskReport;

/// One published event, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Publication {
    /// The customer it belongs to; `None` where tenants are off.
    pub tenant: Option<Tenant>,
    /// What makes it one event however often it is delivered: the author's id, else the queue's message id.
    pub id: EventId,
    /// The author's time, else the queue's: it orders late comers under one key.
    pub at: Moment,
    /// What it says.
    pub what: What,
}

/// What a published event says.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A notification for one user.
    Notify(UserId, Content),
    /// A notification for a channel.
    Broadcast(Channel, Content),
    /// A task's new state.
    Task(UserId, TaskReport),
    /// Take back what was sent.
    Withdraw(Addressee, Withdrawn),
}

/// To whom something was sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Addressee {
    /// One user.
    User(UserId),
    /// A channel.
    Channel(Channel),
}

/// Which of the things sent is taken back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Withdrawn {
    /// The one that this event made.
    Id(EventId),
    /// The one that is now under this key.
    Key(EventKey),
}

impl Publication {
    /// The feed that it changes.
    pub fn feed(&self) -> Feed {
        let tenant = self.tenant.clone();
        match &self.what {
            What::Notify(user, _) | What::Task(user, _) | What::Withdraw(Addressee::User(user), _) => Feed::user(tenant, user.clone()),
            What::Broadcast(channel, _) | What::Withdraw(Addressee::Channel(channel), _) => Feed::channel(tenant, channel.clone()),
        }
    }
}

#[cfg(test)]
mod tests;

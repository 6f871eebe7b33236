//! Who receives what: the one place that decides it.

use crate::id::{Channel, Tenant, Topic, UserId};
use crate::position::Feed;

/// A user together with what their credential lets them see.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reader {
    /// The customer they belong to; `None` where tenants are off.
    pub tenant: Option<Tenant>,
    /// The user.
    pub user: UserId,
    /// Topics that their credential names: sorted, each once.
    pub topics: Vec<Topic>,
}

impl Reader {
    /// A reader; topics are put in order.
    pub fn new(tenant: Option<Tenant>, user: UserId, mut topics: Vec<Topic>) -> Self {
        topics.sort();
        topics.dedup();
        Self { tenant, user, topics }
    }

    /// The journal of what is addressed to them alone.
    pub fn own_feed(&self) -> Feed {
        Feed::user(self.tenant.clone(), self.user.clone())
    }

    /// The channels they see: everyone first, then their topics in order.
    pub fn channels(&self) -> impl Iterator<Item = Channel> + '_ {
        std::iter::once(Channel::Everyone).chain(self.topics.iter().cloned().map(Channel::Topic))
    }

    /// The journal of a channel, in their tenant.
    pub fn channel_feed(&self, channel: &Channel) -> Feed {
        Feed::channel(self.tenant.clone(), channel.clone())
    }
}

#[cfg(test)]
mod tests;

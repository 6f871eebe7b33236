//! What jobs publish, in few words.

use inbox::id::{Category, Channel, EventId, EventKey, TaskId, Tenant, UserId};
use inbox::moment::Moment;
use inbox::notification::Content;
use inbox::publication::{Addressee, Publication, What, Withdrawn};
use inbox::task::{TaskReport, TaskStatus};

/// A publication on its way to be one: it has no id and no time yet unless it was given them.
#[derive(Clone, Debug)]
pub struct Draft {
    what: What,
    id: Option<EventId>,
    at: Option<Moment>,
    tenant: Option<Tenant>,
}

/// A notification for one user.
///
/// # Panics
/// Where the name is no user's.
pub fn notify(user: &str, title: &str) -> Draft {
    Draft::of(What::Notify(user_id(user), content(title)))
}

/// A notification for a channel.
///
/// # Panics
/// Where the name is no channel's.
pub fn broadcast(channel: &str, title: &str) -> Draft {
    Draft::of(What::Broadcast(channel_of(channel), content(title)))
}

/// A task's report.
///
/// # Panics
/// Where a name is none.
pub fn task(user: &str, id: &str, status: TaskStatus, progress: Option<f64>) -> Draft {
    let report =
        TaskReport { id: valid(TaskId::parse(id)), name: None, status, progress, result: None, error: None, at: Moment::from_millis(0) };
    Draft::of(What::Task(user_id(user), report))
}

/// Takes back what an event made; of a user, or of a channel where the name begins with `#`.
///
/// # Panics
/// Where a name is none.
pub fn withdraw_id(of: &str, id: &str) -> Draft {
    Draft::of(What::Withdraw(addressee(of), Withdrawn::Id(valid(EventId::parse(id)))))
}

/// Takes back what is under a key; of a user, or of a channel where the name begins with `#`.
///
/// # Panics
/// Where a name is none.
pub fn withdraw_key(of: &str, key: &str) -> Draft {
    Draft::of(What::Withdraw(addressee(of), Withdrawn::Key(valid(EventKey::parse(key)))))
}

fn content(title: &str) -> Content {
    Content { message: "m".to_owned(), ..Content::titled(title) }
}

fn addressee(of: &str) -> Addressee {
    of.strip_prefix('#').map_or_else(|| Addressee::User(user_id(of)), |channel| Addressee::Channel(channel_of(channel)))
}

fn user_id(name: &str) -> UserId {
    valid(UserId::parse(name))
}

fn channel_of(name: &str) -> Channel {
    valid(Channel::parse(name))
}

fn valid<T>(parsed: Result<T, inbox::id::BadId>) -> T {
    #[expect(clippy::panic, reason = "a test that misspells a name is to fail")]
    parsed.unwrap_or_else(|bad| panic!("the name {bad}"))
}

impl Draft {
    const fn of(what: What) -> Self {
        Self { what, id: None, at: None, tenant: None }
    }

    /// Under this event id.
    ///
    /// # Panics
    /// Where it is none.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        self.id = Some(valid(EventId::parse(id)));
        self
    }

    /// Of this customer.
    ///
    /// # Panics
    /// Where the name is none.
    #[must_use]
    pub fn tenant(mut self, tenant: &str) -> Self {
        self.tenant = Some(valid(Tenant::parse(tenant)));
        self
    }

    /// By the author's clock.
    #[must_use]
    pub fn at(mut self, at: Moment) -> Self {
        self.at = Some(at);
        self
    }

    /// Under this key.
    ///
    /// # Panics
    /// Where it is none.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        let key = valid(EventKey::parse(key));
        self.with(|content| content.key = Some(key))
    }

    /// Of this category.
    ///
    /// # Panics
    /// Where it is none.
    #[must_use]
    pub fn category(self, category: &str) -> Self {
        let category = valid(Category::parse(category));
        self.with(|content| content.category = Some(category))
    }

    /// Gone at this time.
    #[must_use]
    pub fn expires(self, at: Moment) -> Self {
        self.with(|content| content.expires = Some(at))
    }

    /// With this message.
    #[must_use]
    pub fn message(self, message: &str) -> Self {
        self.with(|content| message.clone_into(&mut content.message))
    }

    /// With this result; a task's only.
    #[must_use]
    pub fn result(mut self, result: &str) -> Self {
        if let What::Task(_, report) = &mut self.what {
            report.result = Some(result.to_owned());
        }
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Content)) -> Self {
        match &mut self.what {
            What::Notify(_, content) | What::Broadcast(_, content) => change(content),
            What::Task(..) | What::Withdraw(..) => {}
        }
        self
    }

    /// The publication; `id` and `now` stand where the author gave neither.
    pub fn publish(self, id: EventId, now: Moment) -> Publication {
        let at = self.at.unwrap_or(now);
        let what = match self.what {
            What::Task(user, report) => What::Task(user, TaskReport { at, ..report }),
            other @ (What::Notify(..) | What::Broadcast(..) | What::Withdraw(..)) => other,
        };
        Publication { tenant: self.tenant, id: self.id.unwrap_or(id), at, what }
    }
}

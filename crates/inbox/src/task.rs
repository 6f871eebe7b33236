//! A background task and which state may follow which.

use crate::id::{TaskId, UserId};
use crate::moment::Moment;

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskStatus {
    /// Waiting for a worker.
    Queued,
    /// At work.
    Running,
    /// Ended well.
    Completed,
    /// Ended badly.
    Failed,
    /// Called off.
    Cancelled,
}

impl TaskStatus {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Completed, Self::Failed, Self::Cancelled];

    /// The word that stands for it everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether nothing can follow.
    pub const fn finished(self) -> bool {
        match self {
            Self::Queued | Self::Running => false,
            Self::Completed | Self::Failed | Self::Cancelled => true,
        }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Queued => 0,
            Self::Running => 1,
            Self::Completed | Self::Failed | Self::Cancelled => 2,
        }
    }
}

/// What a job says of its task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskReport {
    /// The job's own name for it.
    pub id: TaskId,
    /// What people call it; its id where nobody said.
    pub name: Option<String>,
    /// Where it stands.
    pub status: TaskStatus,
    /// 0 to 100.
    pub progress: Option<f64>,
    /// Any JSON, as its text.
    pub result: Option<String>,
    /// Plain text.
    pub error: Option<String>,
    /// The author's time, else the queue's: it orders late comers.
    pub at: Moment,
}

/// A task as its user sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// The job's own name for it.
    pub id: TaskId,
    /// Whose it is.
    pub user: UserId,
    /// What people call it.
    pub name: String,
    /// Where it stands.
    pub status: TaskStatus,
    /// 0 to 100.
    pub progress: Option<f64>,
    /// Any JSON, as its text.
    pub result: Option<String>,
    /// Plain text.
    pub error: Option<String>,
    /// The commit of its first report.
    pub created: Moment,
    /// The commit of its last report.
    pub updated: Moment,
    /// The author's time of the last report.
    pub at: Moment,
    /// When it goes.
    pub expires: Moment,
}

/// How many steps of progress make a percent.
const STEPS: f64 = 1_000_000.0;

impl TaskReport {
    /// The task that this first report makes, committed at `now` and kept until `expires`.
    pub fn begin(self, user: UserId, now: Moment, expires: Moment) -> Task {
        Task {
            name: self.name.unwrap_or_else(|| self.id.as_str().to_owned()),
            id: self.id,
            user,
            status: self.status,
            progress: self.progress,
            result: self.result,
            error: self.error,
            created: now,
            updated: now,
            at: self.at,
            expires,
        }
    }

    /// The same with its progress in millionths of a percent: smaller steps say nothing to people, and not every store takes them.
    #[must_use]
    pub fn rounded(self) -> Self {
        let progress = self.progress.map(|percent| (percent * STEPS).round() / STEPS);
        Self { progress, ..self }
    }

    /// Whether this report says something newer than `status`, `at` and `progress` do. A finished task never runs again.
    pub fn ahead_of(&self, status: TaskStatus, at: Moment, progress: Option<f64>) -> bool {
        if status.finished() {
            return false;
        }
        let mine = (self.status.rank(), self.at, self.progress.unwrap_or(-1.0));
        mine > (status.rank(), at, progress.unwrap_or(-1.0))
    }
}

impl Task {
    /// The task after this report; `None` where the report is late or says nothing new.
    /// What a report leaves out stays as it was.
    #[must_use]
    pub fn follow(&self, report: TaskReport, now: Moment, expires: Moment) -> Option<Self> {
        if !report.ahead_of(self.status, self.at, self.progress) {
            return None;
        }
        Some(Self {
            id: self.id.clone(),
            user: self.user.clone(),
            name: report.name.unwrap_or_else(|| self.name.clone()),
            status: report.status,
            progress: report.progress.or(self.progress),
            result: report.result.or_else(|| self.result.clone()),
            error: report.error.or_else(|| self.error.clone()),
            created: self.created,
            updated: now,
            at: report.at,
            expires,
        })
    }
}

#[cfg(test)]
mod tests;

//! Something to see: a small inbox, and a job that runs for anna over and over.

use std::sync::Arc;
use std::time::Duration;

use inbox::id::{BadId, Category, Channel, EventId, EventKey, TaskId, UserId};
use inbox::moment::Moment;
use inbox::notification::{Action, Content, Severity};
use inbox::publication::{Publication, What};
use inbox::task::{TaskReport, TaskStatus};

use crate::bus::Bus;
use crate::ports::{Clock, Entropy};
use crate::random::uuid_v4;

/// Between two steps of the job.
const STEP: Duration = Duration::from_secs(2);
/// Between two runs: with seven steps, a run begins about every twenty seconds.
const PAUSE: Duration = Duration::from_secs(6);

/// Fills the inbox (events that are known already change nothing), then runs the job until dropped.
pub async fn run(bus: Bus, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) {
    match seed(clock.now()) {
        Ok(events) => publish(&bus, events).await,
        Err(bad) => tracing::error!("the demo's events cannot be made: {bad}"),
    }
    loop {
        let id = uuid_v4(&*entropy);
        if let Err(bad) = job(&bus, &*clock, &id).await {
            tracing::error!("the demo's job cannot be made: {bad}");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn publish(bus: &Bus, events: Vec<Publication>) {
    if let Err(error) = bus.publish(events).await {
        tracing::warn!("the demo's events were not taken: {error}");
    }
}

fn content(severity: Severity, title: &str, message: &str) -> Content {
    let (title, message) = (title.to_owned(), message.to_owned());
    Content { title, message, severity, category: None, key: None, actions: Vec::new(), data: None, expires: None }
}

/// What anna and ben find at the first start.
fn seed(now: Moment) -> Result<Vec<Publication>, BadId> {
    let (anna, ben) = (UserId::parse("anna")?, UserId::parse("ben")?);
    let deploy = Content {
        category: Some(Category::parse("builds")?),
        actions: vec![Action { label: "What changed".into(), url: "/openapi.json".into() }],
        ..content(Severity::Success, "Release 2.4 is out", "All 214 checks passed; it took 6 minutes.")
    };
    let welcome = content(
        Severity::Info,
        "Welcome to Belfry",
        "This one was sent to everyone. Mark it, archive it or delete it: that is yours alone.",
    );
    let disk = content(Severity::Warning, "The disk of build-7 is 91 % full", "It was 84 % yesterday.");
    let failed = content(Severity::Error, "The nightly import failed", "Line 4,711: the date “31.02.2026” does not exist.");
    let hello = content(Severity::Info, "Anna shared a dashboard with you", "");
    let events = [
        ("demo-welcome", What::Broadcast(Channel::Everyone, welcome)),
        ("demo-release", What::Notify(anna.clone(), deploy)),
        ("demo-disk", What::Notify(anna.clone(), disk)),
        ("demo-import", What::Notify(anna, failed)),
        ("demo-shared", What::Notify(ben, hello)),
    ];
    events.into_iter().map(|(id, what)| Ok(Publication { tenant: None, id: EventId::parse(id)?, at: now, what })).collect()
}

/// One run: queued, running in steps, completed; and a notification that replaces that of the run before.
async fn job(bus: &Bus, clock: &dyn Clock, id: &str) -> Result<(), BadId> {
    for (step, progress) in [None, Some(0.0), Some(20.0), Some(45.0), Some(70.0), Some(90.0), Some(100.0)].into_iter().enumerate() {
        let status = match step {
            0 => TaskStatus::Queued,
            6 => TaskStatus::Completed,
            _ => TaskStatus::Running,
        };
        publish(bus, vec![report(id, step, status, progress, clock.now())?]).await;
        tokio::time::sleep(STEP).await;
    }
    let ready = Content {
        key: Some(EventKey::parse("demo-export")?),
        category: Some(Category::parse("exports")?),
        ..content(Severity::Success, "Your export is ready", "1,204 rows. The next one replaces this notification.")
    };
    let what = What::Notify(UserId::parse("anna")?, ready);
    publish(bus, vec![Publication { tenant: None, id: EventId::parse(&format!("{id}-done"))?, at: clock.now(), what }]).await;
    Ok(())
}

fn report(id: &str, step: usize, status: TaskStatus, progress: Option<f64>, at: Moment) -> Result<Publication, BadId> {
    let result = status.finished().then(|| r#"{"rows":1204}"#.to_owned());
    let report = TaskReport { id: TaskId::parse(id)?, name: Some("Export of orders".into()), status, progress, result, error: None, at };
    let what = What::Task(UserId::parse("anna")?, report);
    Ok(Publication { tenant: None, id: EventId::parse(&format!("{id}-{step}"))?, at, what })
}

//! The use cases on a file-backed engine in a temporary folder.

use std::sync::Arc;

use engine::Engine;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use inbox::audience::Reader;
use inbox::id::{EventId, UserId};
use inbox::notification::Content;
use inbox::publication::{Publication, What};
use local::system::{SystemClock, SystemEntropy};
use service::{Message, Outcome, Publish, PublishError, Service, Settings};
use table::{Table, Units};

/// A store with its use cases; the folder goes with it.
pub struct Store {
    /// The use cases.
    pub service: Service,
    _folder: tempfile::TempDir,
}

struct Direct(Service);

impl Publish for Direct {
    fn publish(&self, publications: Vec<Publication>) -> BoxFuture<'_, Result<(), PublishError>> {
        async move {
            deliver(&self.0, publications).await;
            Ok(())
        }
        .boxed()
    }
}

/// Opens a store in a folder of its own.
///
/// # Panics
/// Where the folder or the table cannot be made.
pub async fn open() -> Store {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let engine = Engine::open(&folder.path().join("belfry.db")).expect("an engine");
    let table = Table::new(engine.client(), "belfry", "1");
    table.create_if_missing().await.expect("a table");
    let service = Service::new(table, Arc::new(SystemClock), Arc::new(SystemEntropy), Settings::default());
    service.publish_to(Arc::new(Direct(service.clone())));
    Store { service, _folder: folder }
}

/// Delivers and insists that all was applied.
///
/// # Panics
/// Where it was not.
pub async fn deliver(service: &Service, publications: Vec<Publication>) {
    let message = |publication: Publication| Message { handle: publication.id.to_string(), publication, redelivered: false };
    let outcomes = service.deliver(&publications.into_iter().map(message).collect::<Vec<_>>()).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Applied { .. })), "{outcomes:?}");
}

/// A reader of this name.
///
/// # Panics
/// Where it is no name.
pub fn reader(name: &str) -> Reader {
    Reader::new(None, UserId::parse(name).expect("a name"), Vec::new())
}

/// A notification of about 400 bytes, stored.
///
/// # Panics
/// Where the number is no id.
pub fn notification(service: &Service, user: &str, number: u32) -> Publication {
    Publication {
        tenant: None,
        id: EventId::parse(&format!("{user}-{number}")).expect("an id"),
        at: service.clock().now(),
        what: What::Notify(UserId::parse(user).expect("a name"), content(number)),
    }
}

fn content(number: u32) -> Content {
    Content { message: "x".repeat(200), ..Content::titled(format!("Import {number} is done")) }
}

/// Units used between two readings.
pub fn used(service: &Service, since: Units) -> Units {
    service.table().meter().used() - since
}

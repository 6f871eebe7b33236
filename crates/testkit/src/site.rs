//! A cloud with a table, the environment of functions over it, and somebody who writes to the table beside them; in real time.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth::config::Secret;
use auth::sign::{NewToken, mint};
use inbox::audience::Reader;
use inbox::id::{ConnectionId, UserId};
use inbox::moment::Moment;
use service::{Clock, Outcome, Service, Settings};
use table::Table;
use table::connections::Connection;
use table::state::Muting;

use crate::cloud::Cloud;
use crate::lambda::Launch;
use crate::world::messages;
use crate::{Chance, Draft};

/// What signs the tokens, those of `events/` too.
pub const SECRET: &str = "a secret of the tests, with 32 bytes or more";
/// The table's name.
pub const TABLE: &str = "belfry";
/// The topic's ARN.
pub const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:belfry";
/// The URL of the queue of background jobs.
pub const JOBS: &str = "https://sqs.us-east-1.amazonaws.com/123456789012/belfry-jobs";
/// The URL of the dead letters' queue.
pub const DEAD_LETTERS: &str = "https://sqs.us-east-1.amazonaws.com/123456789012/belfry-dead-letters";

/// The machine's clock: processes look at it, too.
struct Wall;

impl Clock for Wall {
    #[expect(clippy::disallowed_methods, reason = "processes look at the real clock, and so does who writes beside them")]
    fn now(&self) -> Moment {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }
}

/// All of it.
pub struct Site {
    /// The cloud.
    pub cloud: Cloud,
    /// Writes to the table beside the functions.
    pub service: Service,
    shards: u32,
}

impl Site {
    /// A new one, with an empty table, and connections in so many shards.
    ///
    /// # Panics
    /// Where the engine cannot be set up.
    #[expect(clippy::unwrap_used, reason = "without a table there is no site")]
    pub async fn open(shards: u32) -> Self {
        let cloud = Cloud::open().await;
        let table = Table::new(cloud.engine().client(), TABLE, "1");
        table.create_if_missing().await.unwrap();
        let service = Service::new(table, Arc::new(Wall), Arc::new(Chance::new(7)), Settings::default());
        Self { cloud, service, shards }
    }

    /// The function of this binary, with the environment that the template gives it.
    pub fn launch(&self, binary: &Path) -> Launch {
        let url = self.cloud.url();
        Launch::new(binary)
            .with("AWS_ENDPOINT_URL", &url)
            .with("AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH", "true")
            .with("BELFRY_ALLOWED_ORIGINS", "https://app.example")
            .with("BELFRY_CONNECTION_SHARDS", self.shards.to_string())
            .with("BELFRY_DEAD_LETTER_QUEUE_URL", DEAD_LETTERS)
            .with("BELFRY_JOBS_QUEUE_URL", JOBS)
            .with("BELFRY_JWT_SECRET", SECRET)
            .with("BELFRY_SOCKETS_ENDPOINT", format!("{url}/prod"))
            .with("BELFRY_SOCKETS_URL", "wss://f6g7h8i9j0.execute-api.us-east-1.amazonaws.com/prod")
            .with("BELFRY_TABLE", TABLE)
            .with("BELFRY_TOPIC_ARN", TOPIC)
    }

    /// What time it is.
    pub fn now(&self) -> Moment {
        self.service.clock().now()
    }

    /// Applies events in one batch, in this process.
    ///
    /// # Panics
    /// Where one is not applied.
    pub async fn deliver(&self, drafts: impl IntoIterator<Item = Draft>) {
        let publications = drafts.into_iter().map(|draft| draft.publish(self.service.new_event_id(), self.now())).collect();
        let outcomes = self.service.deliver(&messages(publications)).await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Applied { .. })), "{outcomes:?}");
    }

    /// A token of this user, for so long.
    ///
    /// # Panics
    /// Where the name is none.
    #[expect(clippy::unwrap_used, reason = "a test that misspells a name is to fail")]
    pub fn token(&self, user: &str, life: Duration) -> String {
        let expires = self.now().plus(life);
        mint(&Secret::parse(SECRET).unwrap(), &NewToken::new(UserId::parse(user).unwrap(), self.now(), expires))
    }

    /// Stores sockets of as many users, open for a minute: `socket-0=` of `user-0` and so on.
    ///
    /// # Panics
    /// Where the table fails.
    #[expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    pub async fn connect(&self, sockets: usize) {
        for number in 0..sockets {
            let connection = Connection {
                id: ConnectionId::parse(&format!("socket-{number}=")).unwrap(),
                reader: Reader::new(None, UserId::parse(&format!("user-{number}")).unwrap(), Vec::new()),
                muting: Muting::default(),
                opened: self.now().minus(Duration::from_mins(1)),
                expires: self.now().plus(Duration::from_hours(1)),
            };
            self.service.table().put_connection(&connection, self.shards).await.unwrap();
        }
    }
}

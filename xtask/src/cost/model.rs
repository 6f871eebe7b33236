//! What each thing that happens makes AWS bill. Units of the table are those of the tests; times and sizes are stated here, on the
//! safe side, and each says where it is from.

use super::ask::{Ask, Transport};
use super::tally::Tally;
use super::units::Units;

/// Functions' memory, in GB: `template.yaml`.
const SMALL_GB: f64 = 128.0 / 1_024.0;
const LARGE_GB: f64 = 256.0 / 1_024.0;
/// How long a request occupies a function, in seconds: some calls to `DynamoDB` one after another, 4 to 8 ms each.
const REQUEST_S: f64 = 0.025;
/// How long a batch of one event occupies `deliver`: it reads, commits, looks for sockets and posts.
const DELIVER_S: f64 = 0.05;
/// How long one post to a socket occupies `fanout`, many being in flight at once.
const POST_S: f64 = 0.005;
/// How long a window of a stream lasts, in seconds: the template's default.
const WINDOW_S: f64 = 120.0;
/// How often a socket pings, in seconds: half of what the gateway allows, less for a tab in the background.
const PING_S: f64 = 300.0;
/// How long a socket lasts, in hours: the gateway's limit.
const SOCKET_H: f64 = 2.0;
/// Shards of sockets: the template's default.
const SHARDS: f64 = 16.0;
/// Sockets of one shard that `units.json` speaks of.
const SHARD: f64 = 100.0;

/// Bytes of one event on any transport, of a page of 50, of the headers of an answer, of a heartbeat with its comment.
const EVENT_BYTES: f64 = 800.0;
const PAGE_BYTES: f64 = 25_000.0;
const HEADER_BYTES: f64 = 600.0;
const BEAT_BYTES: f64 = 40.0;
const BEAT_S: f64 = 15.0;
/// Bytes that a function's run leaves in the log: the platform's two lines and ours. The gateway's access log has as much again for REST.
const LOG_BYTES: f64 = 700.0;
const ACCESS_BYTES: f64 = 300.0;
/// Bytes of a notification in the table, with its place in the index, and of what stands beside it for a while: entry and identity.
const STORED_BYTES: f64 = 900.0;
const BESIDE_BYTES: f64 = 500.0;
/// Days that they are kept: the template's default; entries 7 and identities 14.
const RETENTION_DAYS: f64 = 90.0;
const BESIDE_DAYS: f64 = 10.5;
const GB: f64 = 1e9;

/// What happens, in terms of what is billed.
pub(crate) struct Model {
    units: Units,
}

impl Model {
    /// With the units of the tests.
    ///
    /// # Errors
    /// Their file cannot be read.
    pub(crate) fn new() -> Result<Self, String> {
        Ok(Self { units: Units::read()? })
    }

    /// A run of a function.
    fn run(memory_gb: f64, seconds: f64) -> Tally {
        Tally { lambda_requests: 1.0, lambda_gb_seconds: memory_gb * seconds, log_gb: LOG_BYTES / GB, ..Tally::default() }
    }

    fn out(bytes: f64) -> Tally {
        Tally { out_gb: bytes / GB, ..Tally::default() }
    }

    /// A REST request that `api` answers.
    fn request(body_bytes: f64) -> Tally {
        let gateway = Tally { rest_requests: 1.0, log_gb: ACCESS_BYTES / GB, ..Tally::default() };
        gateway.and(Self::run(LARGE_GB, REQUEST_S)).and(Self::out(HEADER_BYTES + body_bytes))
    }

    /// A message of a socket to `websocket`, and its answer.
    fn message() -> Tally {
        let both = Tally { socket_messages: 2.0, ..Tally::default() };
        both.and(Self::run(SMALL_GB, REQUEST_S)).and(Self::out(HEADER_BYTES))
    }

    /// An hour in which nothing happens, connected in this way.
    ///
    /// # Errors
    /// A unit is missing.
    pub(crate) fn idle_hour(&self, transport: Transport, poll_s: f64) -> Result<Tally, String> {
        let of = |operation: &str| self.units.of(operation);
        Ok(match transport {
            Transport::Sse => {
                let windows = 3_600.0 / WINDOW_S;
                let opened = Tally { rest_requests: 1.0, log_gb: ACCESS_BYTES / GB, ..Tally::default() };
                // To open, a stream reads where its feeds stand, as a conditional GET does.
                let opened = opened.and(Self::run(SMALL_GB, WINDOW_S)).and(Self::out(HEADER_BYTES)).and(of("conditional GET")?);
                let opened = opened.and(of("conditional GET, each channel")?);
                let opened = opened.and(of("stream under a cap opens")?).and(of("stream under a cap ends")?);
                opened.times(windows).and(of("idle minute of a stream")?.times(60.0)).and(Self::out(BEAT_BYTES * 3_600.0 / BEAT_S))
            }
            Transport::Socket => {
                let ping = Self::message().and(of("ping")?).and(of("refresh of one channel")?);
                // It connects with a ticket, resumes, and ends.
                let ticket = Self::request(200.0).and(Tally { writes: 2.0, ..Tally::default() });
                let resume = Self::message().and(of("resume without news")?).and(of("resume, each channel")?);
                let ends = Self::message().and(of("connect or end of a socket")?).times(2.0);
                let minutes = Tally { socket_minutes: 60.0, ..Tally::default() };
                ping.times(3_600.0 / PING_S).and(ticket.and(resume).and(ends).times(1.0 / SOCKET_H)).and(minutes)
            }
            Transport::Poll => Self::request(0.0).and(of("unchanged poll")?).and(of("refresh of one channel")?).times(3_600.0 / poll_s),
        })
    }

    /// A notification to one user: published, stored, and told if they are connected in this way.
    ///
    /// # Errors
    /// A unit is missing.
    pub(crate) fn event(&self, transport: Transport, connected: f64) -> Result<Tally, String> {
        // Sent by the topic, received and deleted by `deliver`, a batch of its own.
        let queued = Tally { sns: 1.0, sqs: 3.0, ..Tally::default() };
        let stored = queued.and(Self::run(LARGE_GB, DELIVER_S)).and(self.units.of("create")?);
        Ok(stored.and(self.told(transport, connected)?).and(Self::kept()))
    }

    /// A change of a user's own that reaches them; those who are away read it with their next page.
    fn told(&self, transport: Transport, connected: f64) -> Result<Tally, String> {
        let told = match transport {
            Transport::Socket => Tally { socket_messages: 1.0, ..Tally::default() }.and(self.units.of("push of a change to ten sockets")?),
            Transport::Sse | Transport::Poll => self.units.of("tick that brings a change")?,
        };
        let looked = if transport == Transport::Socket { self.units.of("commit that nobody is pushed")? } else { Tally::default() };
        Ok(told.and(Self::out(EVENT_BYTES)).times(connected).and(looked.times(1.0 - connected)))
    }

    /// What an event occupies in the table, as GB kept for as long as it is kept.
    fn kept() -> Tally {
        Tally { stored_gb: (STORED_BYTES * RETENTION_DAYS + BESIDE_BYTES * BESIDE_DAYS) / GB, ..Tally::default() }
    }

    /// A broadcast, to so many who are connected.
    ///
    /// # Errors
    /// A unit is missing.
    pub(crate) fn broadcast(&self, transport: Transport, connected: f64) -> Result<Tally, String> {
        let queued = Tally { sns: 1.0, sqs: 3.0, ..Tally::default() };
        let stored =
            queued.and(Self::request(100.0)).and(Self::run(LARGE_GB, DELIVER_S)).and(self.units.of("broadcast")?).and(Self::kept());
        let each = match transport {
            Transport::Socket => {
                let rows = self.units.of("broadcast to a shard of 100 sockets")?.times(1.0 / SHARD);
                let post = Tally { socket_messages: 1.0, lambda_gb_seconds: LARGE_GB * POST_S, ..Tally::default() };
                post.and(rows)
            }
            // The channel's copy brings it: an entry and a document. No counts are read for it.
            Transport::Sse | Transport::Poll => self.units.of("tick that brings a change")?,
        };
        // A job a shard, whoever is there: sent, received and deleted, and a run of `fanout`.
        let jobs = if transport == Transport::Socket { SHARDS } else { 0.0 };
        let jobs = Tally { sqs: 3.0, ..Tally::default() }.and(Self::run(LARGE_GB, REQUEST_S)).times(jobs);
        Ok(stored.and(jobs).and(each.and(Self::out(EVENT_BYTES)).times(connected)))
    }

    /// One notification marked by its reader, whose other tab hears of it.
    ///
    /// # Errors
    /// A unit is missing.
    pub(crate) fn mark(&self, transport: Transport) -> Result<Tally, String> {
        Ok(Self::request(100.0).and(self.units.of("mark one")?).and(self.told(transport, 1.0)?))
    }

    /// A page of an inbox.
    ///
    /// # Errors
    /// A unit is missing.
    pub(crate) fn page(&self) -> Result<Tally, String> {
        Ok(Self::request(PAGE_BYTES).and(self.units.of("page of 50")?))
    }

    /// What is there whoever comes: alarms, a dashboard, a secret, the functions' own metrics (of `api` 6, `stream` 2, `websocket` 3,
    /// `deliver` 10 and `fanout` 4, where each is written), and two queues that are asked five times every 20 s.
    pub(crate) fn standing(days: f64) -> Tally {
        let asked = 2.0 * 5.0 * 3.0 * 60.0 * 24.0 * days;
        Tally { alarms: 27.0, dashboards: 1.0, secrets: 1.0, metrics: 25.0, sqs: asked, ..Tally::default() }
    }

    /// The month.
    ///
    /// # Errors
    /// A unit is missing.
    pub(crate) fn month(&self, ask: &Ask, transport: Transport) -> Result<Tally, String> {
        let connected = ask.hours / 24.0;
        let of_user = [
            self.idle_hour(transport, ask.poll_s)?.times(ask.hours),
            self.event(transport, connected)?.times(ask.events),
            self.mark(transport)?.times(ask.marks),
            self.page()?.times(ask.pages),
        ];
        let users = of_user.into_iter().fold(Tally::default(), Tally::and).times(ask.users);
        let day = users.and(self.broadcast(transport, ask.at_once())?.times(ask.broadcasts));
        let month = day.times(ask.days).and(Self::standing(ask.days));
        // What was kept for days is billed by months; in the long run as much is there on every day as is kept of a day.
        Ok(Tally { stored_gb: day.stored_gb, ..month })
    }
}

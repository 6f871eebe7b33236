//! Every limit, with its reason and, where it comes from outside, its source.

use std::time::Duration;

/// Longest title, in characters: one line of a panel, twice over.
pub const TITLE_CHARS: usize = 200;
/// Longest message, in characters.
pub const MESSAGE_CHARS: usize = 4_000;
/// Most actions a notification may carry: two buttons fit beside each other on a phone.
pub const ACTIONS: usize = 2;
/// Longest label of an action, in characters.
pub const ACTION_LABEL_CHARS: usize = 100;
/// Longest address of an action, in bytes: what browsers and proxies agree on.
pub const ACTION_URL_BYTES: usize = 2_048;
/// Longest `data` of a notification, as JSON text in bytes.
pub const DATA_BYTES: usize = 4 * 1_024;
/// Deepest nesting of `data` and of a task's `result`: far from any parser's stack.
pub const JSON_DEPTH: usize = 32;
/// Longest id, key, category or user, in bytes: fits a DynamoDB key and a log line.
pub const ID_BYTES: usize = 128;
/// Longest task name, in characters.
pub const TASK_NAME_CHARS: usize = 200;
/// Longest task error, in characters.
pub const TASK_ERROR_CHARS: usize = 4_000;
/// Longest `result` of a task, as JSON text in bytes.
pub const TASK_RESULT_BYTES: usize = 16 * 1_024;
/// Largest event as JSON, in bytes; SNS itself takes 256 KiB (SNS quotas, 2026).
pub const EVENT_BYTES: usize = 64 * 1_024;
/// Largest request body, in bytes.
pub const BODY_BYTES: usize = 256 * 1_024;
/// Most topics one token may name: a cursor of twelve segments stays under 512 bytes.
pub const TOPICS: usize = 10;
/// Most ids in one PATCH or DELETE.
pub const IDS_PER_REQUEST: usize = 100;
/// Most users in one POST of a notification.
pub const USERS_PER_REQUEST: usize = 1_000;
/// Most notifications that one `{category}` mark changes in a request.
pub const CATEGORY_MARKS_PER_REQUEST: usize = 1_000;
/// Most items on a page.
pub const PAGE_LIMIT: u32 = 100;
/// Items on a page unless asked otherwise †.
pub const PAGE_DEFAULT: u32 = 50;
/// page × limit may not pass this: deeper pages read all that is before them, so a cursor serves there.
pub const PAGE_DEPTH: u32 = 1_000;
/// Most live broadcasts that a channel keeps; the next one evicts the oldest.
pub const LIVE_BROADCASTS: usize = 1_000;
/// Where counts stop: `1000` means "1,000 or more".
pub const COUNT_CAP: usize = 1_000;
/// Most muted categories: `STATE` stays small.
pub const MUTED_CATEGORIES: usize = 50;
/// Most items of one transaction (DynamoDB, 2026).
pub const TRANSACTION_ITEMS: usize = 100;
/// Most events in one commit: with their keys and the state, within 100 items of one transaction (DynamoDB, 2026).
pub const EVENTS_PER_COMMIT: usize = 20;
/// Most partitions that hold one channel: with more, a transaction would take fewer than three events.
pub const CHANNEL_PARTITIONS: u32 = 8;
/// Most documents in one commit, for the same reason.
pub const DOCUMENTS_PER_COMMIT: usize = 48;
/// How long an entry of the journal is kept.
pub const JOURNAL_LIFE: Duration = Duration::from_hours(7 * 24);
/// A cursor that is behind and older than this is a reset: a day before its entries go.
pub const CURSOR_LIFE: Duration = Duration::from_hours(6 * 24);
/// A cursor further behind than this many commits is a reset: the first page costs less.
pub const CURSOR_COMMITS: u64 = 1_000;
/// Entries younger than this are settled before anything is labelled with their number; older ones count as settled.
pub const SETTLE_AGE: Duration = Duration::from_secs(10);
/// How long notifications are kept unless they say less.
pub const RETENTION: Duration = Duration::from_hours(90 * 24);
/// How long tasks are kept after their last update.
pub const TASK_RETENTION: Duration = Duration::from_hours(30 * 24);
/// How long an event's id is remembered.
pub const EVENT_IDENTITY_LIFE: Duration = Duration::from_hours(14 * 24);
/// How far before a user's first visit they see a channel's broadcasts.
pub const LOOKBACK: Duration = Duration::from_hours(7 * 24);
/// An ETag is good for this long at most: expiry moves no number.
pub const ETAG_LIFE: Duration = Duration::from_mins(10);
/// How long a ticket may wait for its one use.
pub const TICKET_LIFE: Duration = Duration::from_mins(1);
/// How long an `Idempotency-Key` is remembered.
pub const IDEMPOTENCY_LIFE: Duration = Duration::from_hours(24);
/// How long a request may hold an `Idempotency-Key` before another may take over its work.
pub const IDEMPOTENCY_LEASE: Duration = Duration::from_secs(30);
/// CloudFront, by default, cuts a stream that was idle for 30 s; half of that survives one late beat.
pub const HEARTBEAT: Duration = Duration::from_secs(15);
/// Longest heartbeat that may be configured, for the same reason.
pub const HEARTBEAT_MAX: Duration = Duration::from_secs(30);
/// Most groups of events that wait for one slow reader before its stream is ended; it resumes by its cursor.
pub const STREAM_BACKLOG: usize = 128;
/// Highest commit number that a cursor or an id can carry: 40 bits.
pub const SEQ_MAX: u64 = (1 << 40) - 1;
/// How far ahead of the queue's clock an author's `at` may be: beyond it, nothing later under that key could ever win.
pub const CLOCK_AHEAD: Duration = Duration::from_hours(24);
/// Largest message that a socket is sent, in bytes: API Gateway takes 128 KB (WebSocket quotas, 2026), whichever kilobyte it means.
pub const SOCKET_MESSAGE_BYTES: usize = 120 * 1_024;
/// Largest message that a socket may send, in bytes: API Gateway closes on a frame over 32 KB (WebSocket quotas, 2026), and a cursor is far smaller.
pub const SOCKET_FRAME_BYTES: usize = 32 * 1_024;
/// How long a socket may last: API Gateway cuts it then (WebSocket quotas, 2026).
pub const SOCKET_LIFE: Duration = Duration::from_hours(2);
/// How long a socket may take to open: the gateway gives `$connect` 29 s (WebSocket quotas, 2026), and answers until then as if it were closed.
pub const SOCKET_OPENING: Duration = Duration::from_secs(29);
/// Partitions that connections are spread over unless set otherwise: a broadcast is one job a shard, and a partition takes 1,000 writes a second,
/// twice the 500 new connections a second of an account.
pub const CONNECTION_SHARDS: u32 = 16;
/// Sockets of one user that one push is sent to, those first that last longest: whoever opens more finds the rest by `ping`.
pub const PUSHES_PER_USER: usize = 100;
/// Bad messages on one socket that are answered; the next one closes it.
pub const SOCKET_FAULTS: u32 = 3;

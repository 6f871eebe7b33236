//! The wire: every byte that others see, and no behaviour.
//!
//! Texts become values of [`inbox`] here, and values become texts, for REST, SSE, WebSocket and SNS alike. Knows no HTTP library, no clock and no I/O.
//! Whatever comes in is checked once, here, and refused with the name of what is wrong.
//!
//! ```
//! use contract::cursor;
//! use inbox::position::{FeedTag, Position, Segment, Seq};
//!
//! let position = Position(vec![Segment { feed: FeedTag([1; 6]), n: Seq(43), hour: 490_000 }]);
//! let text = cursor::position_text(&position);
//! assert_eq!(cursor::parse_position(&text), Ok(position));
//! ```

pub mod content;
pub mod cursor;
pub mod etag;
pub mod event;
pub mod fields;
pub mod job;
pub mod json;
pub mod openapi;
pub mod problem;
pub mod query;
pub mod report;
pub mod rest;
pub mod sns;
pub mod socket;
pub mod sse;
pub mod time;
pub mod wire;

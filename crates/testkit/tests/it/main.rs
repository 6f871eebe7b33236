//! The use cases over the table and the embedded engine: whatever a reader, a job or a stream may see.

mod apply;
mod cases;
mod common;
mod costs;
mod counts;
mod expired_journal;
mod held;
mod hub;
mod schedules;
mod smoke;
mod writers;

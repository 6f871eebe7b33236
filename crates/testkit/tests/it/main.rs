//! The use cases over the table and the embedded engine: whatever a reader, a job or a stream may see.

mod expired_journal;
mod schedules;
mod smoke;

//! Messages of both directions.

//! The whole system, tested from outside; see `it/`.

//! What is read is what was written, and nothing else is read.

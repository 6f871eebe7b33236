//! An error with all its causes, for a log.

use std::error::Error;
use std::fmt;

/// Shows the error and whatever caused it, each behind a colon. An error alone often says no more than "service error".
#[derive(Clone, Copy, Debug)]
pub struct Chain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(cause) = next {
            write!(f, ": {cause}")?;
            next = cause.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the keys could not be fetched")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn every_cause_is_told() {
        let error = Outer(std::io::Error::other("connection refused"));
        assert_eq!(Chain(&error).to_string(), "the keys could not be fetched: connection refused");
    }
}

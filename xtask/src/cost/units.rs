//! What the table bills for each operation: the figures that the tests of costs assert, from the one file that both read.

use super::tally::Tally;

const TEXT: &str = include_str!("../../../crates/testkit/units.json");

/// The units of all operations.
pub(crate) struct Units(serde_json::Value);

impl Units {
    /// Reads the file.
    ///
    /// # Errors
    /// It is no JSON.
    pub(crate) fn read() -> Result<Self, String> {
        serde_json::from_str(TEXT).map(Self).map_err(|error| format!("crates/testkit/units.json: {error}"))
    }

    /// What one operation costs.
    ///
    /// # Errors
    /// The file does not name it.
    pub(crate) fn of(&self, operation: &str) -> Result<Tally, String> {
        let number = |kind: &str| {
            self.0[operation][kind].as_f64().ok_or_else(|| format!("crates/testkit/units.json names no {kind} of {operation:?}"))
        };
        Ok(Tally { reads: number("read")?, writes: number("write")?, ..Tally::default() })
    }

    #[cfg(test)]
    pub(crate) fn names(&self) -> Vec<String> {
        self.0.as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default()
    }
}

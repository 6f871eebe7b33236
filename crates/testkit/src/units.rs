//! What each operation may cost in units of the table: read from `units.json`, which `cargo xtask cost` reads, too, so that the bill
//! that people are shown is made of figures that tests assert.

use table::Units;

const TEXT: &str = include_str!("../units.json");

/// What this operation may cost.
///
/// # Panics
/// Where the file does not name it.
#[expect(clippy::panic, clippy::unwrap_used, reason = "a test that misspells an operation is to fail")]
pub fn allowed(operation: &str) -> Units {
    let all: serde_json::Value = serde_json::from_str(TEXT).unwrap();
    let of = |kind: &str| all[operation][kind].as_f64().unwrap_or_else(|| panic!("units.json has no {kind} of {operation}"));
    Units { write: of("write"), read: of("read") }
}

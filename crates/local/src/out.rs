//! What a person reads: lines on standard output and standard error.

use std::io::{self, Write as _};

/// One line on standard output. A reader that has gone (`belfry tail | head`) is no error.
pub fn line(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// One line on standard error.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Text from elsewhere as a terminal may show it: control characters could move the cursor or recolour what stands there.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

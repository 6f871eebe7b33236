//! A file that nobody can take in at once has a seam.

use super::tree::Tree;

/// The most lines; most files come to 80–250.
const LINES_MAX: usize = 450;
/// Texts that people write.
const WRITTEN: [&str; 8] = [".rs", ".md", ".toml", ".html", ".css", ".js", ".ts", ".tsx"];
/// One that a program writes, from a source of ours.
const GENERATED: &str = ".generated.ts";

pub(crate) fn check(tree: &Tree) -> Vec<String> {
    let written = tree.files().filter(|(path, _)| WRITTEN.iter().any(|end| path.ends_with(end)) && !path.ends_with(GENERATED));
    let long = written.map(|(path, text)| (path, text.lines().count())).filter(|(_, lines)| *lines > LINES_MAX);
    long.map(|(path, lines)| format!("{path}: {lines} lines, and {LINES_MAX} are the most: look for the seam")).collect()
}

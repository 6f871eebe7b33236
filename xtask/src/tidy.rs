//! House rules that no compiler knows. ARCHITECTURE.md, "House rules", lists them for people.
//!
//! Each rule is a function from the tree to findings, a line each; a finding begins with the file that it is about.

mod arrows;
mod commands;
mod documents;
mod goldens;
mod invariants;
mod metadata;
mod names;
mod sizes;
#[cfg(test)]
mod tests;
mod tree;

use tree::Tree;

/// Everything that breaks a rule.
///
/// # Errors
/// The tree or the dependency graph cannot be read.
pub(crate) fn findings() -> Result<Vec<String>, String> {
    let tree = Tree::read(&crate::step::root())?;
    let mut findings = Vec::new();
    findings.extend(sizes::check(&tree));
    findings.extend(names::check(&tree));
    findings.extend(goldens::check(&tree));
    findings.extend(invariants::check(&tree));
    findings.extend(documents::check(&tree));
    findings.extend(commands::check(&tree)?);
    findings.extend(arrows::check(&metadata::members()?));
    Ok(findings)
}

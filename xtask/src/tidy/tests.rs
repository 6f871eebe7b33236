//! The tree itself, by the rules.

#[test]
fn the_tree_is_tidy() {
    let findings = super::findings().unwrap();
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

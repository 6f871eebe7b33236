//! Every golden is an example in the contract, and every example there is a golden. The same for `events/`, once it exists.

use super::tree::Tree;

const FOLDER: &str = "crates/contract/golden/";
const CONTRACT: &str = "docs/contract.md";
const EVENTS: &str = "events/";

pub(crate) fn check(tree: &Tree) -> Vec<String> {
    let contract = tree.text(CONTRACT);
    let shown = |name: &str| contract.contains(&format!("../{FOLDER}{name}"));
    let goldens = tree.under(FOLDER).map(|(path, _)| &path[FOLDER.len()..]);
    let hidden = goldens.filter(|name| !shown(name)).map(|name| format!("{FOLDER}{name}: {CONTRACT} does not show it"));
    hidden.chain(unused_events(tree)).collect()
}

/// A test names each event by its file.
fn unused_events(tree: &Tree) -> Vec<String> {
    let names = tree.under(EVENTS).filter_map(|(path, _)| path.rsplit('/').next());
    let used = |name: &str| tree.ending(".rs").any(|(_, text)| text.contains(name));
    names.filter(|name| !used(name)).map(|name| format!("{EVENTS}{name}: no test names it")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_golden_that_the_contract_does_not_show_is_found() {
        let golden = (concat!("crates/contract/golden/", "a.json"), "{}");
        assert_eq!(check(&Tree::of(&[golden])).len(), 1);
        assert!(check(&Tree::of(&[golden, (CONTRACT, "[a](../crates/contract/golden/a.json)")])).is_empty());
    }

    #[test]
    fn an_event_that_no_test_names_is_found() {
        assert_eq!(check(&Tree::of(&[("events/sqs.json", "{}")])).len(), 1);
        assert!(check(&Tree::of(&[("events/sqs.json", "{}"), ("tests/it/a.rs", "load(\"sqs.json\")")])).is_empty());
    }
}

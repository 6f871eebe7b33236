//! Names that belong in one place, and names that belong in none.

use super::tree::Tree;

/// Where keys are spelled.
const KEYS_AT: &str = "crates/table/src/key.rs";
/// The engine's own tests know no table of ours; this file names what it looks for.
const EXCEPT: [&str; 3] = [KEYS_AT, "crates/engine/", "xtask/src/tidy/"];
/// How the table's keys begin.
const KEYS: [&str; 9] = ["USER#", "CHANNEL#", "TENANT#", "IDEM#", "TICKET#", "SHARD#", "K#i#", "K#k#", "K#t#"];
/// Places of the machine that this was written on. In two halves, or this file would be found.
const FOREIGN: [(&str, &str); 3] = [("/wo", "rk/"), ("../sha", "red"), ("/home", "/")];
/// Files that tell package tools where to look.
const PACKAGE_FILES: [&str; 11] = [
    "Cargo.toml",
    "Cargo.lock",
    "config.toml",
    "deny.toml",
    ".npmrc",
    "package.json",
    "package-lock.json",
    "pip.conf",
    "requirements-deny.txt",
    "requirements-sam.txt",
    "requirements-ministack.txt",
];
/// The hosts they may name: this machine, and the name under which cargo knows its own index.
const HOSTS: [&str; 4] = ["127.0.0.1", "localhost", "[::1]", "github.com"];

/// What a lock file of npm repeats of its packages' authors: who would like to be paid. No tool goes there.
const IDLE: [&str; 2] = ["\"url\":", "\"funding\":"];

pub(crate) fn check(tree: &Tree) -> Vec<String> {
    tree.files().flat_map(|(path, text)| keys(path, text).into_iter().chain(foreign(path, text)).chain(hosts(path, text))).collect()
}

/// A key spelled twice is a key that differs one day.
fn keys(path: &str, text: &str) -> Vec<String> {
    let is_code = std::path::Path::new(path).extension().is_some_and(|end| end == "rs");
    if !is_code || EXCEPT.iter().any(|place| path.starts_with(place)) {
        return Vec::new();
    }
    let spelled = |line: &str| KEYS.into_iter().find(|key| !line.trim_start().starts_with("//") && line.contains(key));
    let found = text.lines().enumerate().filter_map(|(at, line)| Some((at + 1, spelled(line)?)));
    found.map(|(line, key)| format!("{path}:{line}: spells the key {key:?}, which {KEYS_AT} does for all")).collect()
}

fn foreign(path: &str, text: &str) -> Vec<String> {
    let words = FOREIGN.map(|(head, tail)| format!("{head}{tail}"));
    let found = text.lines().enumerate().filter_map(|(at, line)| Some((at + 1, words.iter().find(|word| line.contains(*word))?)));
    found.map(|(line, word)| format!("{path}:{line}: names {word}, which others do not have")).collect()
}

fn hosts(path: &str, text: &str) -> Vec<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if !PACKAGE_FILES.contains(&name) && !path.starts_with(".ci/") {
        return Vec::new();
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !IDLE.iter().any(|key| line.trim_start().starts_with(key)));
    let urls = lines.flat_map(|(at, line)| line.split("://").skip(1).map(move |rest| (at + 1, host(rest))));
    let bad = urls.filter(|(_, host)| !HOSTS.contains(host));
    bad.map(|(line, host)| format!("{path}:{line}: sends package tools to {host}")).collect()
}

fn host(rest: &str) -> &str {
    let whole = rest.split(['/', '"', '\'', ' ', '?', '#']).next().unwrap_or(rest);
    if whole.starts_with('[') { whole } else { whole.split(':').next().unwrap_or(whole) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_in_code_and_not_in_comments() {
        let code = "// USER# is fine here\nlet key = format!(\"USER#{id}\");\n";
        assert_eq!(keys("crates/service/src/a.rs", code).len(), 1);
        assert!(keys(KEYS_AT, code).is_empty());
        assert!(keys("docs/data-model.md", code).is_empty());
    }

    #[test]
    fn package_tools_go_to_this_machine_or_to_the_index() {
        let lock = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\nurl = \"http://127.0.0.1:8080/x\"";
        assert!(hosts("Cargo.lock", lock).is_empty());
        assert_eq!(hosts(".cargo/config.toml", "registry = \"sparse+https://mirror.example/index\"").len(), 1);
        let funding = "  \"url\": \"https://pay.example/me\"\n  \"funding\": \"https://pay.example/you\"";
        let resolved = "  \"resolved\": \"https://mirror.example/react.tgz\"";
        assert_eq!(hosts("package-lock.json", &format!("{funding}\n{resolved}")).len(), 1);
    }

    #[test]
    fn places_of_one_machine_are_found() {
        assert_eq!(foreign("a.md", &format!("see {}{}x", "/wo", "rk/")).len(), 1);
    }
}

//! Which crate may know which: the picture in ARCHITECTURE.md, as a table.

use super::metadata::Package;

/// A crate, what its code may know, and what its tests may know besides.
type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

/// Every crate of the workspace.
const ARROWS: [Row; 18] = [
    ("inbox", &[], &[]),
    ("contract", &["inbox"], &[]),
    ("auth", &["inbox"], &[]),
    ("table", &["inbox"], &["engine", "testkit"]),
    ("service", &["table", "inbox"], &["engine"]),
    ("belfry-http", &["contract", "auth", "service", "inbox"], &[]),
    ("engine", &[], &[]),
    ("aws", &["inbox", "contract", "auth", "table", "service", "belfry-http"], &["engine", "testkit"]),
    ("local", &["inbox", "contract", "auth", "table", "service", "belfry-http", "aws", "engine"], &["testkit"]),
    ("api", &["aws"], &[]),
    ("stream", &["aws"], &[]),
    ("websocket", &["aws"], &[]),
    ("deliver", &["aws"], &[]),
    ("fanout", &["aws"], &[]),
    ("testkit", ANY, &[]),
    ("tests", ANY_AND_TESTKIT, &[]),
    ("benches", ANY_AND_TESTKIT, &[]),
    ("xtask", &[], &[]),
];
const ANY: &[&str] = &["inbox", "contract", "auth", "table", "service", "belfry-http", "aws", "engine", "local"];
const ANY_AND_TESTKIT: &[&str] = &["inbox", "contract", "auth", "table", "service", "belfry-http", "aws", "engine", "local", "testkit"];
/// The domain decides with values alone: what it must never learn of.
const DOMAIN: &str = "inbox";

pub(crate) fn check(members: &[Package]) -> Vec<String> {
    let ours = |name: &str| members.iter().any(|member| member.name == name);
    let mut findings = Vec::new();
    for member in members {
        let Some((_, code, tests)) = ARROWS.iter().find(|(name, _, _)| *name == member.name) else {
            findings.push(format!("{}: is a new crate; say in xtask/src/tidy/arrows.rs what it may know", member.name));
            continue;
        };
        for dependency in member.dependencies.iter().filter(|dependency| ours(&dependency.name)) {
            let name = dependency.name.as_str();
            if !(code.contains(&name) || dependency.dev && tests.contains(&name)) {
                findings.push(format!("{}: may not know {name}", member.name));
            }
        }
        if member.name == DOMAIN {
            let foreign = member.dependencies.iter().filter(|dependency| !dependency.dev);
            findings.extend(foreign.map(|dependency| format!("{DOMAIN}: knows nobody, so not {} either", dependency.name)));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::metadata::Dependency;

    fn member(name: &str, dependencies: &[(&str, bool)]) -> Package {
        let dependencies = dependencies.iter().map(|(name, dev)| Dependency { name: (*name).to_owned(), dev: *dev }).collect();
        Package { name: name.to_owned(), dependencies }
    }

    #[test]
    fn other_arrows_are_found() {
        let members = [
            member("inbox", &[("serde", false), ("proptest", true)]),
            member("table", &[("inbox", false), ("engine", true)]),
            member("service", &[("engine", false), ("table", false)]),
            member("engine", &[]),
            member("newcomer", &[]),
        ];
        let findings = check(&members);
        assert_eq!(findings.len(), 3, "{findings:?}");
    }
}

//! Licences, sources and doubled versions of everything that is built, by `deny.toml`. `cargo deny check` reads the same file, and
//! knows more (advisories), but must be installed first; this runs everywhere.

use std::collections::{BTreeMap, BTreeSet};

use super::metadata::{self, Package};
use super::spdx;
use super::tree::Tree;

const RULES_AT: &str = "deny.toml";

/// What `deny.toml` says, as far as we read it.
#[derive(Debug, Default)]
struct Rules {
    targets: Vec<String>,
    licences: BTreeSet<String>,
    registries: Vec<String>,
    doubled: BTreeSet<String>,
}

pub(crate) fn check(tree: &Tree) -> Result<Vec<String>, String> {
    let rules = Rules::read(tree.text(RULES_AT))?;
    let mut packages = BTreeMap::new();
    for target in &rules.targets {
        packages.extend(metadata::all(target)?.into_iter().map(|package| ((package.name.clone(), package.version.clone()), package)));
    }
    let packages: Vec<Package> = packages.into_values().collect();
    Ok(rules.findings(&packages))
}

impl Rules {
    fn read(text: &str) -> Result<Self, String> {
        let file: toml::Table = text.parse().map_err(|error| format!("{RULES_AT}: {error}"))?;
        let list = |section: &str, name: &str| {
            let value = file.get(section).and_then(|section| section.get(name));
            value.and_then(toml::Value::as_array).cloned().ok_or_else(|| format!("{RULES_AT}: [{section}] needs a list {name}"))
        };
        let texts = |section: &str, name: &str| -> Result<Vec<String>, String> {
            Ok(list(section, name)?.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect())
        };
        let crate_of = |value: &toml::Value| value.get("crate").and_then(toml::Value::as_str).map(str::to_owned);
        Ok(Self {
            targets: texts("graph", "targets")?,
            licences: texts("licenses", "allow")?.into_iter().collect(),
            registries: texts("sources", "allow-registry")?,
            doubled: list("bans", "skip")?.iter().filter_map(crate_of).collect(),
        })
    }

    fn findings(&self, packages: &[Package]) -> Vec<String> {
        let one_by_one = packages.iter().flat_map(|package| self.licence(package).into_iter().chain(self.source(package)));
        one_by_one.chain(self.doubles(packages)).collect()
    }

    fn licence(&self, package: &Package) -> Option<String> {
        let Package { name, version, licence, .. } = package;
        let Some(expression) = licence else { return Some(format!("{name} {version}: names no licence")) };
        match spdx::met(expression, &|licence| self.licences.contains(licence)) {
            Ok(true) => None,
            Ok(false) => Some(format!("{name} {version}: is under {expression}, which {RULES_AT} does not allow")),
            Err(error) => Some(format!("{name} {version}: its licence cannot be read: {error}")),
        }
    }

    fn source(&self, package: &Package) -> Option<String> {
        let source = package.source.as_ref()?;
        let allowed = self.registries.iter().any(|registry| source.strip_prefix("registry+") == Some(registry));
        (!allowed).then(|| format!("{} {}: comes from {source}, which {RULES_AT} does not allow", package.name, package.version))
    }

    fn doubles(&self, packages: &[Package]) -> Vec<String> {
        let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for package in packages {
            versions.entry(&package.name).or_default().push(&package.version);
        }
        versions.retain(|_, versions| versions.len() > 1);
        let new = versions.iter().filter(|(name, _)| !self.doubled.contains(**name));
        let new = new
            .map(|(name, versions)| format!("{name}: is built in the versions {}; {RULES_AT} skips no such pair", versions.join(" and ")));
        let gone = self.doubled.iter().filter(|name| !versions.contains_key(name.as_str()));
        new.chain(gone.map(|name| format!("{RULES_AT}: skips {name}, which is built once by now"))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str, licence: Option<&str>, source: Option<&str>) -> Package {
        let text = |text: &str| text.to_owned();
        Package { name: text(name), version: text(version), licence: licence.map(text), source: source.map(text), dependencies: Vec::new() }
    }

    #[test]
    fn each_rule_has_its_finding() {
        let rules = "[graph]\ntargets = []\n[licenses]\nallow = [\"MIT\"]\n[sources]\nallow-registry = [\"https://a.example/index\"]\n\
                     [bans]\nskip = [{ crate = \"old\", reason = \"waits\" }, { crate = \"gone\", reason = \"waited\" }]";
        let from = Some("registry+https://a.example/index");
        let packages = [
            package("good", "1.0.0", Some("MIT"), from),
            package("ours", "0.1.0", Some("MIT"), None),
            package("strict", "1.0.0", Some("GPL-3.0-only"), from),
            package("silent", "1.0.0", None, from),
            package("elsewhere", "1.0.0", Some("MIT"), Some("git+https://a.example/x")),
            package("old", "1.0.0", Some("MIT"), from),
            package("old", "2.0.0", Some("MIT"), from),
            package("twice", "1.0.0", Some("MIT"), from),
            package("twice", "2.0.0", Some("MIT"), from),
        ];
        let findings = Rules::read(rules).unwrap().findings(&packages);
        let about: Vec<_> = findings.iter().filter_map(|finding| finding.split([' ', ':']).next()).collect();
        assert_eq!(about, ["strict", "silent", "elsewhere", "twice", "deny.toml"], "{findings:?}");
    }
}

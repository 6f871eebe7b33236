//! The dependency graph, as cargo tells it.

use serde_json::Value;

use crate::step::cargo_output;

/// A package of the workspace, or one that we depend on.
#[derive(Debug)]
pub(crate) struct Package {
    pub name: String,
    pub version: String,
    pub licence: Option<String>,
    /// Where it comes from; `None`: from this tree.
    pub source: Option<String>,
    pub dependencies: Vec<Dependency>,
}

/// An edge of the graph.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub name: String,
    /// For tests alone.
    pub dev: bool,
}

/// The workspace's own packages.
///
/// # Errors
/// Cargo cannot tell.
pub(crate) fn members() -> Result<Vec<Package>, String> {
    let graph = ask(&["metadata", "--format-version", "1", "--locked", "--no-deps"])?;
    Ok(list(&graph["packages"]).map(package).collect())
}

/// Every package that a build for this target may need.
///
/// # Errors
/// Cargo cannot tell: the lock file is old, or a package cannot be fetched.
pub(crate) fn all(target: &str) -> Result<Vec<Package>, String> {
    let graph = ask(&["metadata", "--format-version", "1", "--locked", "--filter-platform", target])?;
    let needed: Vec<&str> = list(&graph["resolve"]["nodes"]).filter_map(|node| node["id"].as_str()).collect();
    Ok(list(&graph["packages"]).filter(|package| package["id"].as_str().is_some_and(|id| needed.contains(&id))).map(package).collect())
}

fn ask(arguments: &[&str]) -> Result<Value, String> {
    serde_json::from_str(&cargo_output(arguments)?).map_err(|error| format!("cargo metadata: {error}"))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn package(value: &Value) -> Package {
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    let dependency =
        |value: &Value| Dependency { name: value["name"].as_str().unwrap_or_default().to_owned(), dev: value["kind"] == "dev" };
    Package {
        name: text("name").unwrap_or_default(),
        version: text("version").unwrap_or_default(),
        licence: text("license"),
        source: text("source"),
        dependencies: list(&value["dependencies"]).map(dependency).collect(),
    }
}

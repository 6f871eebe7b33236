//! The dependency graph, as cargo tells it.

use serde_json::Value;

use crate::step::cargo_output;

/// A package of the workspace.
#[derive(Debug)]
pub(crate) struct Package {
    pub name: String,
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
    let text = cargo_output(&["metadata", "--format-version", "1", "--locked", "--no-deps"])?;
    let graph: Value = serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    Ok(list(&graph["packages"]).map(package).collect())
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn package(value: &Value) -> Package {
    let dependency =
        |value: &Value| Dependency { name: value["name"].as_str().unwrap_or_default().to_owned(), dev: value["kind"] == "dev" };
    Package {
        name: value["name"].as_str().unwrap_or_default().to_owned(),
        dependencies: list(&value["dependencies"]).map(dependency).collect(),
    }
}

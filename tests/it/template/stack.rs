//! A template after the SAM transform, with its parameters, conditions and references resolved.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Map, Value, json};

/// Where the project begins.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A file of the project.
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A program among the installed tools.
pub(crate) fn tool(name: &str) -> Command {
    let path = root().join("target/tools/sam-venv/bin").join(name);
    assert!(path.exists(), "{} is missing: `cargo xtask tools` installs it", path.display());
    let mut command = Command::new(path);
    // The linter asks for a region, the rest keeps the tools at home.
    command.current_dir(root()).env("AWS_DEFAULT_REGION", "us-east-1").env("SAM_CLI_TELEMETRY", "0");
    command
}

/// Templates as `tests/tools/translate.py` prints them.
pub(crate) fn translate(paths: &[String]) -> Vec<Value> {
    let output = tool("python").arg("tests/tools/translate.py").args(paths).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A template and what it was given.
#[derive(Clone)]
pub(crate) struct Stack {
    source: Value,
    translated: Value,
    given: BTreeMap<String, Value>,
}

impl Stack {
    /// The project's own.
    pub(crate) fn ours() -> Self {
        static OURS: OnceLock<Stack> = OnceLock::new();
        OURS.get_or_init(|| Self::of(&translate(&["template.yaml".to_owned()])[0]).unwrap()).clone()
    }

    /// One that was translated, or why it was refused.
    pub(crate) fn of(entry: &Value) -> Result<Self, String> {
        if let Some(why) = entry.get("refused") {
            return Err(why.to_string());
        }
        let [source, translated] = ["source", "translated"].map(|part| entry[part].clone());
        Ok(Self { source, translated, given: BTreeMap::new() })
    }

    /// The same with a parameter's value.
    pub(crate) fn given(mut self, name: &str, value: &str) -> Self {
        assert!(self.parameters().contains_key(name), "there is no parameter {name}");
        self.given.insert(name.to_owned(), json!(value));
        self
    }

    /// What it may be told.
    pub(crate) fn parameters(&self) -> &Map<String, Value> {
        self.translated["Parameters"].as_object().unwrap()
    }

    /// A part of the template as it was written.
    pub(crate) fn written(&self, part: &str) -> &Value {
        &self.source[part]
    }

    /// A resource's properties; an empty object where its condition leaves it out.
    pub(crate) fn properties(&self, id: &str) -> Value {
        let resource = &self.translated["Resources"][id];
        assert!(resource.is_object(), "there is no resource {id}");
        if self.is_there(resource) { self.resolve(&resource["Properties"]) } else { json!({}) }
    }

    /// All resources of a type that are there, by name.
    pub(crate) fn of_type(&self, kind: &str) -> BTreeMap<String, Value> {
        let resources = self.translated["Resources"].as_object().unwrap().iter();
        let wanted = resources.filter(|(_, resource)| resource["Type"] == kind && self.is_there(resource));
        wanted.map(|(id, resource)| (id.clone(), self.resolve(&resource["Properties"]))).collect()
    }

    /// Properties of every resource that is there, by name and type.
    pub(crate) fn all(&self) -> Vec<(String, String, Value)> {
        let resources = self.translated["Resources"].as_object().unwrap().iter();
        let there = resources.filter(|(_, resource)| self.is_there(resource));
        let kind = |resource: &Value| resource["Type"].as_str().unwrap().to_owned();
        there.map(|(id, resource)| (id.clone(), kind(resource), self.resolve(&resource["Properties"]))).collect()
    }

    /// What stands beside a resource's properties, such as `DeletionPolicy`.
    pub(crate) fn attribute(&self, id: &str, name: &str) -> &Value {
        &self.translated["Resources"][id][name]
    }

    /// The outputs that are there.
    pub(crate) fn outputs(&self) -> BTreeMap<String, Value> {
        let outputs = self.translated["Outputs"].as_object().unwrap().iter().filter(|(_, output)| self.is_there(output));
        outputs.map(|(name, output)| (name.clone(), self.resolve(&output["Value"]))).collect()
    }

    fn is_there(&self, resource: &Value) -> bool {
        resource.get("Condition").is_none_or(|name| self.condition(name.as_str().unwrap()))
    }

    /// A parameter's value as text.
    pub(crate) fn parameter(&self, name: &str) -> Option<Value> {
        let declared = self.parameters().get(name)?;
        Some(self.given.get(name).cloned().unwrap_or_else(|| declared["Default"].clone()))
    }

    /// Resources stand for themselves: `Table`, `Table.Arn`. What there is not, is left out.
    pub(crate) fn resolve(&self, value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.resolve(item)).filter(|item| !item.is_null()).collect(),
            Value::Object(map) => match map.iter().next() {
                Some((function, argument)) if map.len() == 1 && is_function(function) => self.call(function, argument),
                _ => {
                    let resolved = map.iter().map(|(name, value)| (name.clone(), self.resolve(value)));
                    Value::Object(resolved.filter(|(_, value)| !value.is_null()).collect())
                }
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        }
    }

    fn call(&self, function: &str, argument: &Value) -> Value {
        match function {
            "Ref" => self.reference(argument.as_str().unwrap()),
            "Fn::GetAtt" => json!(argument.as_array().unwrap().iter().map(text).collect::<Vec<_>>().join(".")),
            "Fn::Sub" => match argument.as_array() {
                Some(parts) => self.substitute(parts[0].as_str().unwrap(), parts[1].as_object().unwrap()),
                None => self.substitute(argument.as_str().unwrap(), &Map::new()),
            },
            "Fn::If" => self.resolve(&argument[if self.condition(argument[0].as_str().unwrap()) { 1 } else { 2 }]),
            "Fn::Join" => {
                let parts = self.resolve(&argument[1]).as_array().unwrap().iter().map(text).collect::<Vec<_>>();
                json!(parts.join(argument[0].as_str().unwrap()))
            }
            other => panic!("{other} is not known to this test"),
        }
    }

    fn reference(&self, name: &str) -> Value {
        match name {
            "AWS::NoValue" => Value::Null,
            // What has no default stands for itself, as resources do.
            name => self.parameter(name).filter(|value| !value.is_null()).unwrap_or_else(|| json!(name)),
        }
    }

    fn substitute(&self, pattern: &str, own: &Map<String, Value>) -> Value {
        let mut parts = pattern.split("${");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap();
            let value = own.get(name).map_or_else(|| self.reference(name), |value| self.resolve(value));
            out.push_str(&text(&value));
            out.push_str(rest);
        }
        json!(out)
    }

    fn condition(&self, name: &str) -> bool {
        self.holds(&self.translated["Conditions"][name])
    }

    fn holds(&self, condition: &Value) -> bool {
        let (function, argument) = condition.as_object().unwrap().iter().next().unwrap();
        let all = || argument.as_array().unwrap().iter();
        match function.as_str() {
            "Fn::Equals" => text(&self.resolve(&argument[0])) == text(&self.resolve(&argument[1])),
            "Fn::Not" => !self.holds(&argument[0]),
            "Fn::And" => all().all(|one| self.holds(one)),
            "Fn::Or" => all().any(|one| self.holds(one)),
            "Condition" => self.condition(argument.as_str().unwrap()),
            other => panic!("{other} is not known to this test"),
        }
    }
}

fn is_function(name: &str) -> bool {
    name == "Ref" || name.starts_with("Fn::")
}

/// A value as CloudFormation writes it into text.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What is one thing or a list of them.
pub(crate) fn list(value: &Value) -> Vec<String> {
    let one = || if value.is_null() { Vec::new() } else { vec![text(value)] };
    value.as_array().map_or_else(one, |items| items.iter().map(text).collect())
}

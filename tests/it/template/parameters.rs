//! `infra/README.md` tells of every parameter what the template says of it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::stack::{Stack, read, text};
use super::{Findings, differs};

const AT: &str = "infra/README.md";

pub(crate) fn findings(stack: &Stack) -> Findings {
    let document = read(AT);
    let mut rows: Vec<[String; 4]> = document.lines().filter_map(row).collect();
    rows.sort();
    let told: Vec<&str> = rows.iter().map(|[name, ..]| name.as_str()).collect();
    let mut there: Vec<&str> = stack.parameters().keys().map(String::as_str).collect();
    there.sort_unstable();
    let mut findings: Findings = differs("the list of parameters", told, there).into_iter().collect();
    for [name, default, range, words] in &rows {
        let Some(parameter) = stack.parameters().get(name) else { continue };
        let quoted = match text(&parameter["Default"]).as_str() {
            "" => "empty".to_owned(),
            value => format!("`{value}`"),
        };
        findings.extend(differs(&format!("the default of {name} in {AT}"), default.clone(), quoted));
        findings.extend(
            limits(parameter)
                .filter(|limits| !range.starts_with(limits.as_str()))
                .map(|limits| format!("{AT}: the range of {name} is {limits}")),
        );
        findings.extend((words.len() < 20).then(|| format!("{AT}: says nothing of {name}")));
        findings
            .extend(parameter["Description"].as_str().is_none_or(|words| words.len() < 20).then(|| format!("{name} has no description")));
        findings.extend(parameter.get("Default").is_none().then(|| format!("{name} has no default")));
    }
    findings.extend(asked(stack));
    findings.extend(
        stack
            .outputs()
            .keys()
            .filter(|name| !document.contains(&format!("`{name}`")))
            .map(|name| format!("{AT}: says nothing of the output {name}")),
    );
    findings
}

/// The cells of a row about a parameter.
fn row(line: &str) -> Option<[String; 4]> {
    let cells: Vec<_> = line.strip_prefix("| `")?.split('|').map(str::trim).collect();
    let [name, default, range, words, ""] = cells.as_slice() else { return None };
    Some([name.trim_end_matches('`').to_owned(), (*default).to_owned(), (*range).to_owned(), (*words).to_owned()])
}

/// As a range is written; nothing where every text will do.
fn limits(parameter: &Value) -> Option<String> {
    let bound = |name: &str| parameter[name].as_u64();
    match (&parameter["AllowedValues"], bound("MinValue"), bound("MaxValue")) {
        (Value::Array(values), ..) if parameter["Type"] == "Number" => {
            Some(format!("{}–{}", values.first().map(text)?, values.last().map(text)?))
        }
        (Value::Array(values), ..) => Some(values.iter().map(|value| format!("`{}`", text(value))).collect::<Vec<_>>().join(", ")),
        (_, Some(least), Some(most)) => Some(format!("{least}–{most}")),
        (_, Some(least), None) => Some(format!("{least} or more")),
        _ => None,
    }
}

/// `sam deploy --guided` and the console ask for each once.
fn asked(stack: &Stack) -> Findings {
    let groups = stack.written("Metadata")["AWS::CloudFormation::Interface"]["ParameterGroups"].as_array().cloned().unwrap_or_default();
    let asked: Vec<String> =
        groups.iter().flat_map(|group| group["Parameters"].as_array().cloned().unwrap_or_default()).map(|name| text(&name)).collect();
    let once: BTreeSet<&str> = asked.iter().map(String::as_str).collect();
    let there: BTreeSet<&str> = stack.parameters().keys().map(String::as_str).collect();
    differs("the parameters in groups", (once, asked.len()), (there, stack.parameters().len())).into_iter().collect()
}

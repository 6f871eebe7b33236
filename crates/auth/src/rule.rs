//! Which claim makes a caller an admin or a service.

use serde_json::{Map, Value};

use crate::config::ConfigError;

/// Met by a token in which one of the named claims holds the named value.
///
/// An array holds its strings, a string its words (`"scope": "read notify"`), a boolean its name. Compared exactly:
/// `superadmin` is not `admin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRule(Vec<(String, String)>);

impl ClaimRule {
    /// Parses `claim=value`, or several of them separated by commas, of which one is enough. The last `=` separates, so a
    /// claim's name may be an address.
    ///
    /// # Errors
    /// [`ConfigError::BadRule`] if a part has no `=`, no claim or no value.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let pairs: Option<Vec<_>> = text.split(',').map(pair).collect();
        pairs.map(Self).ok_or_else(|| ConfigError::BadRule { text: text.to_owned() })
    }

    /// Holds where `roles` or `cognito:groups` names the role.
    pub fn role(role: &str) -> Self {
        Self(["roles", "cognito:groups"].map(|claim| (claim.to_owned(), role.to_owned())).to_vec())
    }

    pub(crate) fn holds(&self, claims: &Map<String, Value>) -> bool {
        self.0.iter().any(|(claim, wanted)| claims.get(claim).is_some_and(|value| contains(value, wanted)))
    }
}

fn pair(part: &str) -> Option<(String, String)> {
    let (claim, value) = part.rsplit_once('=')?;
    let (claim, value) = (claim.trim(), value.trim());
    (!claim.is_empty() && !value.is_empty()).then(|| (claim.to_owned(), value.to_owned()))
}

fn contains(value: &Value, wanted: &str) -> bool {
    match value {
        Value::Array(entries) => entries.iter().any(|entry| entry.as_str() == Some(wanted)),
        Value::String(text) => text == wanted || text.split_whitespace().any(|word| word == wanted),
        Value::Bool(flag) => wanted == if *flag { "true" } else { "false" },
        Value::Null | Value::Number(_) | Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(rule: &ClaimRule, claims: &Value, expected: bool) {
        assert_eq!(rule.holds(claims.as_object().unwrap()), expected, "{rule:?} on {claims}");
    }

    #[test]
    fn the_default_reads_roles_and_groups() {
        let admin = ClaimRule::role("admin");
        check(&admin, &json!({"roles": ["editor", "admin"]}), true);
        check(&admin, &json!({"roles": "admin"}), true);
        check(&admin, &json!({"roles": "editor admin"}), true);
        check(&admin, &json!({"cognito:groups": ["admin"]}), true);
        check(&admin, &json!({"roles": [], "cognito:groups": ["admin"]}), true);
        check(&admin, &json!({"roles": ["superadmin"]}), false);
        check(&admin, &json!({"roles": "superadmin"}), false);
        check(&admin, &json!({"roles": ["Admin"]}), false);
        check(&admin, &json!({"roles": [["admin"]]}), false);
        check(&admin, &json!({"roles": {"admin": true}}), false);
        check(&admin, &json!({"role": "admin"}), false);
        check(&admin, &json!({}), false);
    }

    #[test]
    fn a_rule_names_claim_and_value() {
        check(&ClaimRule::parse("https://app.example/roles=boss").unwrap(), &json!({"https://app.example/roles": ["boss"]}), true);
        check(&ClaimRule::parse("staff=true").unwrap(), &json!({"staff": true}), true);
        check(&ClaimRule::parse("staff=true").unwrap(), &json!({"staff": false}), false);
        let either = ClaimRule::parse("scope=notify, roles=job").unwrap();
        check(&either, &json!({"scope": "read notify"}), true);
        check(&either, &json!({"roles": ["job"]}), true);
        check(&either, &json!({"roles": ["notify"]}), false);
    }

    #[test]
    fn half_a_rule_is_refused() {
        for text in ["", "roles", "roles=", "=admin", "roles=admin,", "roles=admin,groups"] {
            assert!(ClaimRule::parse(text).is_err(), "{text}");
        }
    }
}

//! The query protocol: a flat form whose names spell the structure (`MessageAttributes.entry.1.Name=type`).

use std::collections::BTreeMap;
use std::ops::Bound;

use super::errors::SnsError;

/// The parameters of one request, or of one member of a list in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Params(BTreeMap<String, String>);

impl Params {
    /// Reads a form. Where a name comes twice, the last one counts.
    pub(super) fn parse(form: &[u8]) -> Result<Self, SnsError> {
        // The form's parser replaces what is not UTF-8, and would change the message without a word.
        if percent_encoding::percent_decode(form).decode_utf8().is_err() {
            return Err(SnsError::parameter("the request is not UTF-8"));
        }
        Ok(Self(form_urlencoded::parse(form).into_owned().collect()))
    }

    /// The value of a name; nothing where it is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The members of a list, in the order of their numbers: `list` is such as `MessageAttributes.entry`.
    pub(super) fn members(&self, list: &str) -> Result<Vec<Self>, SnsError> {
        let prefix = format!("{list}.");
        let mut members: BTreeMap<u32, Self> = BTreeMap::new();
        let from = (Bound::Included(prefix.as_str()), Bound::Unbounded);
        for (name, value) in self.0.range::<str, _>(from).take_while(|(name, _)| name.starts_with(&prefix)) {
            let (number, rest) = name[prefix.len()..].split_once('.').unwrap_or((&name[prefix.len()..], ""));
            let number = number.parse().map_err(|_| SnsError::parameter("a list member has no number"))?;
            members.entry(number).or_default().0.insert(rest.to_owned(), value.clone());
        }
        Ok(members.into_values().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_by_number() {
        let form = b"L.member.10.Id=ten&L.member.2.Id=two&L.member.2.A.entry.1.Name=n&Lx.member.1.Id=no&Empty=";
        let params = Params::parse(form).unwrap();
        let members = params.members("L.member").unwrap();
        assert_eq!(members.iter().map(|member| member.get("Id").unwrap()).collect::<Vec<_>>(), ["two", "ten"]);
        assert_eq!(members[0].members("A.entry").unwrap()[0].get("Name"), Some("n"));
        assert_eq!(params.get("Empty"), None);
    }

    #[test]
    fn text_comes_as_it_was_sent() {
        let params = Params::parse("Message=a+b%2Bc%0D%0A%E2%80%A8%F0%9F%94%94".as_bytes()).unwrap();
        assert_eq!(params.get("Message"), Some("a b+c\r\n\u{2028}🔔"));
    }

    #[test]
    fn what_is_not_utf8_is_refused() {
        assert!(Params::parse(b"Message=%FF%FE").is_err());
        assert!(Params::parse(b"L.member.x.Id=a").unwrap().members("L.member").is_err());
    }
}

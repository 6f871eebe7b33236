//! Reading and writing attributes: shorter than the SDK's, and with errors of ours.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use inbox::moment::Moment;
use inbox::position::{FeedTag, Seq};

use crate::Error;
use crate::schema::TTL;

pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// TTL knows seconds; an item must not go before its time, so they are rounded up.
pub(crate) fn expire(item: &mut Item, at: Moment) {
    item.insert(TTL.to_owned(), number(at.plus(std::time::Duration::from_millis(999)).seconds()));
}

pub(crate) fn tag(value: FeedTag) -> AttributeValue {
    AttributeValue::B(value.0.to_vec().into())
}

pub(crate) trait Read {
    fn opt_text(&self, name: &str) -> Option<&str>;
    fn opt_number<T: std::str::FromStr>(&self, name: &str) -> Option<T>;

    fn text(&self, name: &'static str) -> Result<&str, Error> {
        self.opt_text(name).ok_or(Error::Corrupt(name))
    }

    fn number<T: std::str::FromStr>(&self, name: &'static str) -> Result<T, Error> {
        self.opt_number(name).ok_or(Error::Corrupt(name))
    }

    fn seq(&self, name: &'static str) -> Result<Seq, Error> {
        self.number(name).map(Seq)
    }

    fn moment(&self, name: &'static str) -> Result<Moment, Error> {
        self.number(name).map(Moment::from_millis)
    }

    fn tag(&self, name: &'static str) -> Result<FeedTag, Error>;
}

impl Read for Item {
    fn opt_text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_s().ok().map(String::as_str)
    }

    fn opt_number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.as_n().ok()?.parse().ok()
    }

    fn tag(&self, name: &'static str) -> Result<FeedTag, Error> {
        let bytes = self.get(name).and_then(|value| value.as_b().ok()).ok_or(Error::Corrupt(name))?;
        bytes.as_ref().try_into().map(FeedTag).map_err(|_| Error::Corrupt(name))
    }
}

//! The fields of one object: each is taken by name and checked, what is wrong is collected with its name, and what nobody took is unknown.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use utoipa::ToSchema;

use crate::json::{self, Json, inside};

/// Most faults that one answer lists.
const FAULTS_MAX: usize = 20;
/// Longest name of a field that an answer repeats, in characters.
const NAME_CHARS: usize = 128;

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Its name, such as `actions[0].url`.
    pub field: String,
    /// What is wrong, in words.
    pub reason: String,
}

impl FieldError {
    /// An error of this field. Names from outside are cut to 128 characters.
    pub fn new(field: impl AsRef<str>, reason: impl fmt::Display) -> Self {
        Self { field: field.as_ref().chars().take(NAME_CHARS).collect(), reason: reason.to_string() }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, reason } = self;
        // The body itself has no name.
        if field.is_empty() { write!(f, "{reason}") } else { write!(f, "{field} {reason}") }
    }
}

/// What is wrong with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadBody {
    /// It is not JSON, or not UTF-8.
    Malformed(json::BadJson),
    /// It is JSON, but these fields are wrong.
    Fields(Vec<FieldError>),
}

impl fmt::Display for BadBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(bad) => bad.fmt(f),
            Self::Fields(errors) => {
                let all: Vec<String> = errors.iter().map(FieldError::to_string).collect();
                f.write_str(&all.join("; "))
            }
        }
    }
}

impl std::error::Error for BadBody {}

impl From<json::BadJson> for BadBody {
    fn from(bad: json::BadJson) -> Self {
        match bad.fault {
            json::Fault::Syntax | json::Fault::NotUtf8 => Self::Malformed(bad),
            json::Fault::Doubled | json::Fault::Deep | json::Fault::LoneSurrogate => {
                Self::Fields(vec![FieldError::new(bad.field, bad.fault)])
            }
        }
    }
}

/// The fields of an object that were not taken yet, and what was wrong so far.
#[derive(Debug)]
pub struct Fields<'t> {
    path: String,
    left: Vec<(Cow<'t, str>, Json<'t>)>,
    errors: Vec<FieldError>,
}

/// Reads a body that must be an object, and gives its fields to `take`.
///
/// # Errors
/// What is wrong with the text, or everything that is wrong with its fields.
pub fn read<T>(body: &[u8], take: impl FnOnce(&mut Fields<'_>) -> Option<T>) -> Result<T, BadBody> {
    let value = json::parse(body)?;
    let Json::Object(left) = value else {
        return Err(BadBody::Fields(vec![FieldError::new("", "the body must be an object")]));
    };
    let mut fields = Fields { path: String::new(), left, errors: Vec::new() };
    let taken = take(&mut fields);
    let errors = fields.finish();
    match taken {
        Some(value) if errors.is_empty() => Ok(value),
        Some(_) | None => Err(BadBody::Fields(errors)),
    }
}

impl<'t> Fields<'t> {
    /// Takes a field.
    pub fn take(&mut self, name: &str) -> Option<Json<'t>> {
        let at = self.left.iter().position(|(field, _)| field == name)?;
        Some(self.left.remove(at).1)
    }

    /// Whether the field is there and not taken.
    pub fn has(&self, name: &str) -> bool {
        self.left.iter().any(|(field, _)| field == name)
    }

    /// Notes an error of this field.
    pub fn refuse(&mut self, name: &str, reason: impl fmt::Display) {
        self.errors.push(FieldError::new(inside(&self.path, name), reason));
    }

    /// Takes a field and checks it; a reason is noted under its name. `None` where it is missing or wrong.
    pub fn field<T>(&mut self, name: &str, check: impl FnOnce(Json<'t>) -> Result<T, String>) -> Option<T> {
        let value = self.take(name)?;
        check(value).map_err(|reason| self.refuse(name, reason)).ok()
    }

    /// As [`Fields::field`], where `null` stands for a missing field: many languages write their empty fields so.
    pub fn optional<T>(&mut self, name: &str, check: impl FnOnce(Json<'t>) -> Result<T, String>) -> Option<T> {
        let value = self.take(name).filter(|value| *value != Json::Null)?;
        check(value).map_err(|reason| self.refuse(name, reason)).ok()
    }

    /// As [`Fields::field`], where a missing field is an error.
    pub fn required<T>(&mut self, name: &str, check: impl FnOnce(Json<'t>) -> Result<T, String>) -> Option<T> {
        if !self.has(name) {
            self.refuse(name, "is missing");
        }
        self.field(name, check)
    }

    /// Reads an inner object under the name `field`, which may carry an index.
    pub fn object<T>(&mut self, field: &str, value: Json<'t>, take: impl FnOnce(&mut Fields<'t>) -> Option<T>) -> Option<T> {
        let Json::Object(left) = value else {
            self.refuse(field, "must be an object");
            return None;
        };
        let mut inner = Fields { path: inside(&self.path, field), left, errors: Vec::new() };
        let taken = take(&mut inner);
        let errors = inner.finish();
        let good = errors.is_empty();
        self.errors.extend(errors);
        taken.filter(|_| good)
    }

    /// Drops what was not taken: where the kind of an object is unknown, so are its fields.
    pub fn ignore_the_rest(&mut self) {
        self.left.clear();
    }

    /// Whether nothing was wrong so far.
    pub fn good(&self) -> bool {
        self.errors.is_empty()
    }

    fn finish(mut self) -> Vec<FieldError> {
        for (name, _) in std::mem::take(&mut self.left) {
            self.refuse(&name, "is not known here");
        }
        self.errors.truncate(FAULTS_MAX);
        self.errors
    }
}

/// A string.
///
/// # Errors
/// The reason, if it is something else.
pub fn string(value: Json<'_>) -> Result<String, String> {
    match value {
        Json::String(text, _) => Ok(text.into_owned()),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => Err("must be a string".into()),
    }
}

/// A string of at least and at most so many characters.
///
/// # Errors
/// The reason.
pub fn text(value: Json<'_>, least: usize, most: usize) -> Result<String, String> {
    let text = string(value)?;
    let characters = text.chars().count();
    if characters < least {
        return Err("must not be empty".into());
    }
    if characters > most {
        return Err(format!("must have at most {most} characters, and has {characters}"));
    }
    Ok(text)
}

/// A string that is a name of some kind.
///
/// # Errors
/// The reason.
pub fn name<T, E: fmt::Display>(value: Json<'_>, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, String> {
    parse(&string(value)?).map_err(|bad| bad.to_string())
}

/// `true` or `false`.
///
/// # Errors
/// The reason.
pub fn boolean(value: &Json<'_>) -> Result<bool, String> {
    match value {
        Json::Bool(is) => Ok(*is),
        Json::Null | Json::Number(_) | Json::String(..) | Json::Array(_) | Json::Object(_) => Err("must be true or false".into()),
    }
}

/// `true`.
///
/// # Errors
/// The reason.
pub fn only_true(value: &Json<'_>) -> Result<(), String> {
    if boolean(value)? { Ok(()) } else { Err("must be true, or left out".into()) }
}

/// An array of at most so many items.
///
/// # Errors
/// The reason.
pub fn array(value: Json<'_>, most: usize) -> Result<Vec<Json<'_>>, String> {
    match value {
        Json::Array(items) if items.len() > most => Err(format!("must have at most {most} items, and has {}", items.len())),
        Json::Array(items) => Ok(items),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(..) | Json::Object(_) => Err("must be an array".into()),
    }
}

/// A time.
///
/// # Errors
/// The reason.
pub fn moment(value: Json<'_>) -> Result<inbox::moment::Moment, String> {
    crate::time::parse(&string(value)?).ok_or_else(|| "must be a time as in RFC 3339, such as 2026-11-25T04:37:33Z".into())
}

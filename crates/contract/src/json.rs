//! JSON from outside, read strictly: no name twice in one object, no deep nesting, no lone surrogate, nothing behind the value.
//!
//! Numbers and strings keep the text that they came with, so `1e400` and 2^63 go out exactly as they came in; only the white space between
//! tokens goes. An own reader, since serde's keeps the last of two equal names and cannot say where a fault lies.

use std::borrow::Cow;
use std::fmt;

use inbox::limits;

/// Levels that a body adds above a value that may itself be [`limits::JSON_DEPTH`] deep.
const OUTER_LEVELS: usize = 4;
const DEPTH: usize = limits::JSON_DEPTH + OUTER_LEVELS;

/// A value, borrowing from the text that it was read from.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'t> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it was written.
    Number(&'t str),
    /// A string, decoded, and as it was written.
    String(Cow<'t, str>, &'t str),
    /// The items.
    Array(Vec<Json<'t>>),
    /// Names and values in the order they came; no name twice.
    Object(Vec<(Cow<'t, str>, Json<'t>)>),
}

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadJson {
    /// What is wrong.
    pub fault: Fault,
    /// The field it is in, such as `actions[0].url`; empty at the top.
    pub field: String,
    /// How many bytes came before it.
    pub offset: usize,
}

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not JSON.
    Syntax,
    /// It is not UTF-8.
    NotUtf8,
    /// A name stands twice in one object.
    Doubled,
    /// Nested too deep.
    Deep,
    /// An escaped half of a surrogate pair.
    LoneSurrogate,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Syntax => "is not valid JSON",
            Self::NotUtf8 => "is not UTF-8",
            Self::Doubled => "is given twice",
            Self::Deep => "is nested too deep",
            Self::LoneSurrogate => "holds half of a surrogate pair",
        })
    }
}

impl fmt::Display for BadJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = if self.field.is_empty() { "the text" } else { &self.field };
        write!(f, "{field} {} (at byte {})", self.fault, self.offset)
    }
}

impl std::error::Error for BadJson {}

/// Reads one value and nothing else.
///
/// # Errors
/// [`BadJson`] for the first fault.
pub fn parse(bytes: &[u8]) -> Result<Json<'_>, BadJson> {
    let text =
        std::str::from_utf8(bytes).map_err(|bad| BadJson { fault: Fault::NotUtf8, field: String::new(), offset: bad.valid_up_to() })?;
    let mut reader = Reader { text, at: 0, path: Vec::new() };
    let value = reader.value(0)?;
    reader.space();
    if reader.at < text.len() { Err(reader.bad(Fault::Syntax)) } else { Ok(value) }
}

impl Json<'_> {
    /// The same value without white space between tokens: strings and numbers letter for letter as they came.
    pub fn compact(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Number(raw) | Self::String(_, raw) => out.push_str(raw),
            Self::Array(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { "," });
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(fields) => {
                out.push('{');
                for (i, (name, value)) in fields.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { "," });
                    out.push_str(&quote(name));
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// How many arrays and objects lie inside each other.
    pub fn depth(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(..) => 0,
            Self::Array(items) => 1 + items.iter().map(Json::depth).max().unwrap_or(0),
            Self::Object(fields) => 1 + fields.iter().map(|(_, value)| value.depth()).max().unwrap_or(0),
        }
    }
}

/// A text as a JSON string.
pub fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Where an inner field stands.
pub fn inside(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

enum Step<'t> {
    Name(Cow<'t, str>),
    Index(usize),
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    path: Vec<Step<'t>>,
}

impl<'t> Reader<'t> {
    fn bad(&self, fault: Fault) -> BadJson {
        let mut field = String::new();
        for step in &self.path {
            field = match step {
                Step::Name(name) => inside(&field, name),
                Step::Index(index) => format!("{field}[{index}]"),
            };
        }
        BadJson { fault, field, offset: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Takes this token if it comes next, white space before it aside.
    fn takes(&mut self, token: &str) -> bool {
        self.space();
        let next = self.text[self.at..].starts_with(token);
        self.at += if next { token.len() } else { 0 };
        next
    }

    fn expect(&mut self, token: &str) -> Result<(), BadJson> {
        if self.takes(token) { Ok(()) } else { Err(self.bad(Fault::Syntax)) }
    }

    fn value(&mut self, depth: usize) -> Result<Json<'t>, BadJson> {
        self.space();
        match self.peek() {
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => self.string().map(|(decoded, raw)| Json::String(decoded, raw)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) | None => self.word(),
        }
    }

    fn word(&mut self) -> Result<Json<'t>, BadJson> {
        for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))] {
            if self.takes(word) {
                return Ok(value);
            }
        }
        Err(self.bad(Fault::Syntax))
    }

    fn array(&mut self, depth: usize) -> Result<Json<'t>, BadJson> {
        self.open("[", depth)?;
        let mut items = Vec::new();
        if self.takes("]") {
            return Ok(Json::Array(items));
        }
        loop {
            self.path.push(Step::Index(items.len()));
            items.push(self.value(depth)?);
            self.path.pop();
            if self.takes("]") {
                return Ok(Json::Array(items));
            }
            self.expect(",")?;
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json<'t>, BadJson> {
        self.open("{", depth)?;
        let mut fields = Vec::new();
        let mut names = std::collections::HashSet::new();
        if self.takes("}") {
            return Ok(Json::Object(fields));
        }
        loop {
            self.space();
            let (name, _) = self.string()?;
            self.path.push(Step::Name(name.clone()));
            if !names.insert(name.clone()) {
                return Err(self.bad(Fault::Doubled));
            }
            self.expect(":")?;
            fields.push((name, self.value(depth)?));
            self.path.pop();
            if self.takes("}") {
                return Ok(Json::Object(fields));
            }
            self.expect(",")?;
        }
    }

    fn open(&mut self, bracket: &str, depth: usize) -> Result<(), BadJson> {
        if depth > DEPTH { Err(self.bad(Fault::Deep)) } else { self.expect(bracket) }
    }

    fn digits(&mut self) -> Result<(), BadJson> {
        let begin = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == begin { Err(self.bad(Fault::Syntax)) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Json<'t>, BadJson> {
        let begin = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(Json::Number(&self.text[begin..self.at]))
    }

    /// A string: what it means, and how it was written.
    fn string(&mut self) -> Result<(Cow<'t, str>, &'t str), BadJson> {
        if self.peek() != Some(b'"') {
            return Err(self.bad(Fault::Syntax));
        }
        let begin = self.at;
        self.at += 1;
        let mut decoded = None::<String>;
        let mut plain = self.at;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let so_far = decoded.get_or_insert_default();
                    so_far.push_str(&self.text[plain..self.at]);
                    let character = self.escape()?;
                    decoded.get_or_insert_default().push(character);
                    plain = self.at;
                }
                Some(0..0x20) | None => return Err(self.bad(Fault::Syntax)),
                Some(_) => self.at += 1,
            }
        }
        let rest = &self.text[plain..self.at];
        self.at += 1;
        let value = decoded.map_or(Cow::Borrowed(rest), |so_far| Cow::Owned(so_far + rest));
        Ok((value, &self.text[begin..self.at]))
    }

    fn escape(&mut self) -> Result<char, BadJson> {
        self.at += 1;
        let Some(letter) = self.peek() else { return Err(self.bad(Fault::Syntax)) };
        self.at += 1;
        match letter {
            b'"' | b'\\' | b'/' => Ok(char::from(letter)),
            b'b' => Ok('\u{8}'),
            b'f' => Ok('\u{c}'),
            b'n' => Ok('\n'),
            b'r' => Ok('\r'),
            b't' => Ok('\t'),
            b'u' => self.code_point(),
            _ => Err(self.bad(Fault::Syntax)),
        }
    }

    fn code_point(&mut self) -> Result<char, BadJson> {
        let first = self.hex()?;
        let full = match first {
            0xD800..0xDC00 if self.text[self.at..].starts_with("\\u") => {
                self.at += 2;
                let second = self.hex()?;
                let low = second.checked_sub(0xDC00).filter(|low| *low < 0x400);
                low.map(|low| 0x1_0000 + ((first - 0xD800) << 10) + low)
            }
            other => Some(other),
        };
        full.and_then(char::from_u32).ok_or_else(|| self.bad(Fault::LoneSurrogate))
    }

    fn hex(&mut self) -> Result<u32, BadJson> {
        let digits = self.text.get(self.at..self.at + 4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(number) = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) else {
            return Err(self.bad(Fault::Syntax));
        };
        self.at += 4;
        Ok(number)
    }
}

#[cfg(test)]
mod tests;

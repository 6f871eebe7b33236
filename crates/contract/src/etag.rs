//! The version of an inbox as an `ETag`, and what `If-None-Match` asks for.

use inbox::moment::Moment;

/// A version: equal digests mean equal inboxes, as long as `until` has not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tag {
    /// Everything that the answer depends on, as a hash.
    pub digest: u64,
    /// When it stops being good by itself, because something expires.
    pub until: Moment,
}

/// What an `If-None-Match` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfNoneMatch {
    /// `*`: any version at all.
    Any,
    /// These versions. Tags that are not ours are left out: they match nothing.
    Tags(Vec<Tag>),
}

/// The header's text: `W/"<digest>-<until>"` in hexadecimal. Weak, because answers of one version may differ in their cursor's hour.
pub fn text(tag: Tag) -> String {
    format!("W/\"{:016x}-{:x}\"", tag.digest, tag.until.millis())
}

/// Reads an `If-None-Match`, by weak comparison. Never an error: what cannot be read matches nothing, so the answer is a full one.
pub fn parse_if_none_match(header: &str) -> IfNoneMatch {
    if header.trim() == "*" {
        return IfNoneMatch::Any;
    }
    // None of our tags holds a comma; a foreign one that does falls apart into pieces that are not ours either.
    IfNoneMatch::Tags(header.split(',').filter_map(parse_one).collect())
}

fn parse_one(item: &str) -> Option<Tag> {
    let item = item.trim();
    let quoted = item.strip_prefix("W/").unwrap_or(item);
    let (digest, until) = quoted.strip_prefix('"')?.strip_suffix('"')?.split_once('-')?;
    let tag = Tag {
        digest: u64::from_str_radix(digest, 16).ok()?,
        until: Moment::from_millis(i64::try_from(u64::from_str_radix(until, 16).ok()?).ok()?),
    };
    (text(tag).strip_prefix("W/")? == quoted).then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_list_is_read() {
        let tag = Tag { digest: 0xabc, until: Moment::from_millis(0x10) };
        assert_eq!(text(tag), "W/\"0000000000000abc-10\"");
        let list = "\"foreign\", W/\"0000000000000abc-10\" ,\"0000000000000abc-10\", \"a,b\", \"0000000000000ABC-10\"";
        assert_eq!(parse_if_none_match(list), IfNoneMatch::Tags(vec![tag, tag]));
        assert_eq!(parse_if_none_match(" * "), IfNoneMatch::Any);
        assert_eq!(parse_if_none_match(""), IfNoneMatch::Tags(vec![]));
    }

    proptest! {
        #[test]
        fn tags_come_back(digest: u64, until in 0..i64::MAX) {
            let tag = Tag { digest, until: Moment::from_millis(until) };
            prop_assert_eq!(parse_if_none_match(&text(tag)), IfNoneMatch::Tags(vec![tag]));
        }

        #[test]
        fn no_text_panics(any in "\\PC{0,60}") {
            let _ = parse_if_none_match(&any);
        }
    }
}

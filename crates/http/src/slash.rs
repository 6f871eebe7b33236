//! A trailing slash names the same thing: it is taken off before the path is looked up.

use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// The address without trailing slashes, its query untouched; `/` stays as it is.
pub(crate) fn trimmed(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let short = path.trim_end_matches('/');
    if short.len() == path.len() || short.is_empty() {
        return None;
    }
    let text = uri.query().map_or_else(|| short.to_owned(), |query| format!("{short}?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(text).ok();
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from: &str, to: Option<&str>) {
        let trimmed = trimmed(&from.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(trimmed.as_deref(), to, "{from}");
    }

    #[test]
    fn slashes_at_the_end_go() {
        check("/api/unread/", Some("/api/unread"));
        check("/api/unread//", Some("/api/unread"));
        check("/api/unread/?a=/", Some("/api/unread?a=/"));
        check("http://h:1/api/unread/?a", Some("http://h:1/api/unread?a"));
    }

    #[test]
    fn others_stay() {
        for from in ["/", "//", "/api/unread", "/api/unread?a=/", "/api//unread", "/?a/", "*"] {
            check(from, None);
        }
    }
}

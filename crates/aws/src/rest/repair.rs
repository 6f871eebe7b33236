//! What is mended in an event before `lambda_http` reads it.

use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{HeaderMap, HeaderValue};
use lambda_http::request::LambdaRequest;
use lambda_runtime::LambdaEvent;

/// Names a request in our logs, in the gateway's and in its sender's.
const X_REQUEST_ID: &str = "x-request-id";

/// Mends an event.
pub(super) fn event(mut event: LambdaEvent<LambdaRequest>) -> LambdaEvent<LambdaRequest> {
    if let LambdaRequest::ApiGatewayV1(request) = &mut event.payload {
        mend(request);
    }
    event
}

fn mend(request: &mut ApiGatewayProxyRequest) {
    let path = request.path.as_deref().unwrap_or("/");
    let path = within(path, request.resource.as_deref(), request.request_context.stage.as_deref());
    request.path = Some(readable(path));
    // Else `lambda_http` puts the stage before the path again, and a host that is none ends in a panic.
    (request.request_context.stage, request.request_context.domain_name) = (None, None);
    lists_only(&mut request.headers, &mut request.multi_value_headers);
    if let Some(id) = request.request_context.request_id.as_deref().and_then(|id| HeaderValue::from_str(id).ok()) {
        request.multi_value_headers.entry(X_REQUEST_ID).or_insert(id);
    }
    if request.is_base64_encoded && request.body.as_deref().is_some_and(|body| STANDARD.decode(body).is_err()) {
        // It is read as it stands, and refused as what it is.
        request.is_base64_encoded = false;
    }
}

/// The lists have every value in its order; the other map is looked at only for what they lack.
fn lists_only(single: &mut HeaderMap, lists: &mut HeaderMap) {
    for (name, value) in std::mem::take(single) {
        if let Some(name) = name
            && !lists.contains_key(&name)
        {
            lists.insert(name, value);
        }
    }
}

/// The path as we know it: without the stage, and without the base path of a custom domain. The resource tells how much of it is ours.
fn within<'a>(path: &'a str, resource: Option<&str>, stage: Option<&str>) -> &'a str {
    if let Some(ours) = resource.and_then(|resource| behind_base(path, resource)) {
        return ours;
    }
    let rest = stage.and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage));
    rest.filter(|rest| rest.starts_with('/')).unwrap_or(path)
}

/// The end of the path that the resource (`/api/tasks/{id}`) describes.
fn behind_base<'a>(path: &'a str, resource: &str) -> Option<&'a str> {
    let wanted: Vec<&str> = resource.split('/').skip(1).collect();
    if wanted.iter().any(|part| part.ends_with("+}")) {
        return None;
    }
    let trimmed = path.trim_end_matches('/');
    let begins: Vec<usize> = trimmed.match_indices('/').map(|(place, _)| place).collect();
    let begin = *begins.get(begins.len().checked_sub(wanted.len())?)?;
    let found = trimmed[begin..].split('/').skip(1);
    let fits = found.zip(&wanted).all(|(found, wanted)| wanted.starts_with('{') || found == *wanted);
    fits.then(|| &path[begin..])
}

/// What would end the path early, or be no escape, is escaped: the gateway may have decoded it.
fn readable(path: &str) -> String {
    let mut text = String::with_capacity(path.len() + 1);
    if !path.starts_with('/') {
        text.push('/');
    }
    for (place, letter) in path.char_indices() {
        match letter {
            '?' => text.push_str("%3F"),
            '#' => text.push_str("%23"),
            '\\' => text.push_str("%5C"),
            '%' if !is_escape(&path.as_bytes()[place..]) => text.push_str("%25"),
            _ => text.push(letter),
        }
    }
    text
}

fn is_escape(bytes: &[u8]) -> bool {
    bytes.len() >= 3 && bytes[1].is_ascii_hexdigit() && bytes[2].is_ascii_hexdigit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, resource: Option<&str>, stage: Option<&str>, ours: &str) {
        assert_eq!(within(path, resource, stage), ours, "{path} {resource:?} {stage:?}");
    }

    /// Case 37: with a stage, and with a base path of a custom domain, the same route.
    #[test]
    fn a_stage_and_a_base_path_are_routed_alike() {
        let list = Some("/api/notifications");
        check("/api/notifications", list, Some("prod"), "/api/notifications");
        check("/prod/api/notifications", list, Some("prod"), "/api/notifications");
        check("/base/path/api/notifications/", list, Some("prod"), "/api/notifications/");
        check("/base/api/tasks/a%2Fb", Some("/api/tasks/{id}"), Some("prod"), "/api/tasks/a%2Fb");
        check("/prod/healthz", None, Some("prod"), "/healthz");
        check("/prod/a/b", Some("/{proxy+}"), Some("prod"), "/a/b");
        check("/production", None, Some("prod"), "/production");
        check("/prod", None, Some("prod"), "/prod");
        check("/api/prod", Some("/api/tasks/{id}"), Some("prod"), "/api/prod");
        check("/", Some("/"), Some("prod"), "/");
    }

    #[test]
    fn every_path_can_be_read() {
        for (path, readable_path) in
            [("/a?b#c", "/a%3Fb%23c"), ("/100%", "/100%25"), ("/a%2Fb", "/a%2Fb"), ("a\\b", "/a%5Cb"), ("/é b", "/é b")]
        {
            assert_eq!(readable(path), readable_path);
        }
    }

    #[test]
    fn lists_win_and_single_values_fill_in() {
        let map = |pairs: &[(&'static str, &'static str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in pairs {
                map.append(*name, HeaderValue::from_static(value));
            }
            map
        };
        let (mut single, mut lists) = (map(&[("cookie", "b=2"), ("host", "h")]), map(&[("cookie", "a=1"), ("cookie", "b=2")]));
        lists_only(&mut single, &mut lists);
        assert_eq!((single, lists), (HeaderMap::new(), map(&[("cookie", "a=1"), ("cookie", "b=2"), ("host", "h")])));
    }
}

//! Answers as the query protocol shapes them.

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderName, StatusCode};
use quick_xml::escape::escape;

use super::errors::SnsError;

const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// `<name>text</name>`, the text escaped.
pub(super) fn leaf(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

/// `<name>…</name>` around elements.
pub(super) fn node(name: &str, children: &str) -> String {
    format!("<{name}>{children}</{name}>")
}

/// A success: `<ActionResponse>` with `<ActionResult>` and the request's id.
pub(super) fn success(action: &str, result: &str, request_id: &str) -> Response {
    let result = node(&format!("{action}Result"), result);
    let metadata = node("ResponseMetadata", &leaf("RequestId", request_id));
    answer(StatusCode::OK, &format!("{action}Response"), &(result + &metadata), request_id)
}

/// An error: `<ErrorResponse>`.
pub(super) fn failure(error: &SnsError, request_id: &str) -> Response {
    let side = if error.sender_fault() { "Sender" } else { "Receiver" };
    let parts = [leaf("Type", side), leaf("Code", error.code()), leaf("Message", &error.to_string())].concat();
    let body = node("Error", &parts) + &leaf("RequestId", request_id);
    answer(error.status(), "ErrorResponse", &body, request_id)
}

fn answer(status: StatusCode, root: &str, children: &str, request_id: &str) -> Response {
    let text = format!("<{root} xmlns=\"{NAMESPACE}\">{children}</{root}>\n");
    let headers = [(CONTENT_TYPE, "text/xml; charset=utf-8"), (REQUEST_ID, request_id)];
    (status, headers, text).into_response()
}

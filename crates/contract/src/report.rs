//! What a job says of its task, checked: the one place, for REST and SNS alike.

use inbox::id::TaskId;
use inbox::limits;
use inbox::moment::Moment;
use inbox::task::{TaskReport, TaskStatus};

use crate::content::raw;
use crate::fields::{self, Fields};
use crate::json::Json;

/// Takes the fields of a report; its `status` must be one of `allowed`, and its time is `at`.
/// `None` where something is wrong, which `fields` then names.
pub fn take(fields: &mut Fields<'_>, allowed: &[TaskStatus], at: Moment) -> Option<TaskReport> {
    let id = fields.required("taskId", |value| fields::name(value, TaskId::parse));
    let status = fields.required("status", |value| take_status(value, allowed));
    let name = fields.optional("name", |value| fields::text(value, 1, limits::TASK_NAME_CHARS));
    let progress = fields.optional("progress", |value| take_progress(&value));
    let result = fields.optional("result", |value| raw(&value, limits::TASK_RESULT_BYTES));
    let error = fields.optional("error", |value| fields::text(value, 0, limits::TASK_ERROR_CHARS));
    Some(TaskReport { id: id?, name, status: status?, progress, result, error, at })
}

fn take_status(value: Json<'_>, allowed: &[TaskStatus]) -> Result<TaskStatus, String> {
    let status = TaskStatus::parse(&fields::string(value)?).filter(|status| allowed.contains(status));
    status.ok_or_else(|| {
        let words: Vec<&str> = allowed.iter().map(|status| status.as_str()).collect();
        format!("must be one of {}", words.join(", "))
    })
}

fn take_progress(value: &Json<'_>) -> Result<f64, String> {
    let number = match value {
        Json::Number(raw) => raw.parse::<f64>().ok(),
        Json::Null | Json::Bool(_) | Json::String(..) | Json::Array(_) | Json::Object(_) => None,
    };
    // -0 is 0: it would come out otherwise than every other zero.
    number.filter(|percent| (0.0..=100.0).contains(percent)).map(f64::abs).ok_or_else(|| "must be a number from 0 to 100".into())
}

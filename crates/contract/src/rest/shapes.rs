//! Bodies as the OpenAPI document shows them. A test holds them against what is read.

use utoipa::ToSchema;

use crate::wire::{Action, Severity, TaskStatus};

/// `PATCH /api/notifications`: one of `id`, `ids`, `all`, `category`; read, unless it says otherwise.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its schema is all that is used")]
#[schema(rename_all = "camelCase")]
pub struct MarkBody {
    #[schema(nullable = false)]
    id: Option<String>,
    #[schema(min_items = 1, max_items = 100, nullable = false)]
    ids: Option<Vec<String>>,
    #[schema(nullable = false)]
    all: Option<bool>,
    #[schema(nullable = false)]
    category: Option<String>,
    #[schema(nullable = false)]
    read: Option<bool>,
    #[schema(nullable = false)]
    archived: Option<bool>,
    #[schema(nullable = false)]
    seen: Option<bool>,
    #[schema(nullable = false)]
    up_to: Option<String>,
}

/// `PATCH /api/notifications/{id}`; without a body: read.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its schema is all that is used")]
pub struct MarkOneBody {
    #[schema(nullable = false)]
    read: Option<bool>,
    #[schema(nullable = false)]
    archived: Option<bool>,
}

/// `DELETE /api/notifications`: one of `id`, `ids`, `all`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its schema is all that is used")]
#[schema(rename_all = "camelCase")]
pub struct DeleteBody {
    #[schema(nullable = false)]
    id: Option<String>,
    #[schema(min_items = 1, max_items = 100, nullable = false)]
    ids: Option<Vec<String>>,
    #[schema(nullable = false)]
    all: Option<bool>,
    #[schema(nullable = false)]
    up_to: Option<String>,
}

/// `POST /api/notifications`: `userId` or `userIds`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its schema is all that is used")]
#[schema(rename_all = "camelCase")]
pub struct NotifyBody {
    user_id: Option<String>,
    #[schema(min_items = 1, max_items = 1000)]
    user_ids: Option<Vec<String>>,
    #[schema(format = DateTime)]
    at: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    #[schema(max_length = 4000)]
    message: Option<String>,
    r#type: Option<Severity>,
    category: Option<String>,
    key: Option<String>,
    #[schema(max_items = 2)]
    actions: Option<Vec<Action>>,
    #[schema(value_type = Option<Object>)]
    data: Option<()>,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// `POST /api/notifications/broadcast`: to everyone, or to the topic that `audience` names.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its schema is all that is used")]
#[schema(rename_all = "camelCase")]
pub struct BroadcastBody {
    audience: Option<String>,
    #[schema(format = DateTime)]
    at: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    #[schema(max_length = 4000)]
    message: Option<String>,
    r#type: Option<Severity>,
    category: Option<String>,
    key: Option<String>,
    #[schema(max_items = 2)]
    actions: Option<Vec<Action>>,
    #[schema(value_type = Option<Object>)]
    data: Option<()>,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// `POST /api/tasks`: a task's new state.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its schema is all that is used")]
#[schema(rename_all = "camelCase")]
pub struct TaskBody {
    user_id: String,
    task_id: String,
    status: TaskStatus,
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    #[schema(minimum = 0, maximum = 100)]
    progress: Option<f64>,
    #[schema(value_type = Option<serde_json::Value>)]
    result: Option<()>,
    #[schema(max_length = 4000)]
    error: Option<String>,
    #[schema(format = DateTime)]
    at: Option<String>,
}

/// `PUT /api/preferences`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its schema is all that is used")]
pub struct PreferencesBody {
    #[schema(max_items = 50)]
    muted: Vec<String>,
}

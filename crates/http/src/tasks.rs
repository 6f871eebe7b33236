//! `/api/tasks`: one's own background tasks, and what jobs report of them.

use axum::extract::State;
use axum::response::Response;
use contract::problem::Problem;
use contract::query::{self, Start, TasksQuery};
use contract::{cursor, rest, wire};
use inbox::id::TaskId;
use inbox::publication::What;
use service::{TaskAsk, TaskFrom};

use crate::app::App;
use crate::body::{PathText, QueryText, text};
use crate::broadcasts::publish;
use crate::caller::{Caller, ServiceCaller};
use crate::etag::Known;
use crate::failure::Failure;
use crate::notifications::page_number;
use crate::once::Posted;

/// `GET /api/tasks`
pub(crate) async fn list(State(app): State<App>, caller: Caller, known: Known, QueryText(raw): QueryText) -> Result<Response, Failure> {
    let ask = query::tasks(&raw)?;
    let read = Box::pin(async {
        let page = app.service.tasks(&caller.reader, &task_ask(&ask)).await?;
        let version = page.version;
        Ok((text(&page_json(&page, page_number(&ask.start), ask.limit))?, version))
    });
    known.or(&app, &caller.reader, read).await
}

/// `GET /api/tasks/{id}`
pub(crate) async fn one(State(app): State<App>, caller: Caller, known: Known, PathText(name): PathText) -> Result<Response, Failure> {
    let id = TaskId::parse(&name).map_err(|_| Failure(Problem::NotFound))?;
    let read = Box::pin(async {
        let (task, version) = app.service.task(&caller.reader, &id).await?;
        Ok((text(&wire::Task::from(&task))?, version))
    });
    known.or(&app, &caller.reader, read).await
}

/// `POST /api/tasks`
pub(crate) async fn report(State(app): State<App>, ServiceCaller(caller): ServiceCaller, posted: Posted) -> Result<Response, Failure> {
    let rest::TaskAsk { user, report } = rest::parse_task(&posted.body, app.service.clock().now())?;
    posted.once(&app, &caller.reader, |id| publish(&app, &caller, id, report.at, What::Task(user, report))).await
}

fn task_ask(query: &TasksQuery) -> TaskAsk {
    let from = match query.start {
        Start::Page(number) => TaskFrom::Page(number),
        Start::Cursor((slot, feed)) => TaskFrom::Cursor(slot, feed),
    };
    TaskAsk { from, limit: query.limit }
}

fn page_json(page: &service::TaskPage, number: Option<u32>, limit: u32) -> rest::TaskPage {
    rest::TaskPage {
        tasks: page.tasks.iter().map(wire::Task::from).collect(),
        page: number,
        limit,
        has_more: page.has_more,
        next_cursor: page.next.map(|(after, feed)| cursor::task_page_text(after, feed)),
        stream_cursor: cursor::position_text(&page.position),
    }
}

//! `/api/notifications`: reading and marking one's own, and writing to others. `/api/unread` too.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use contract::query::{self, ListQuery, Start};
use contract::{cursor, rest, wire};
use inbox::audience::Reader;
use service::{Mark, PageAsk, Target};

use crate::app::App;
use crate::body::{JsonBytes, MaybeJsonBytes, PathId, QueryText, reply, text};
use crate::caller::{Caller, ServiceCaller};
use crate::etag::Known;
use crate::failure::Failure;
use crate::once::Posted;

/// `GET /api/notifications`
pub(crate) async fn list(State(app): State<App>, caller: Caller, known: Known, QueryText(raw): QueryText) -> Result<Response, Failure> {
    let ask = query::list(&raw)?;
    let read = Box::pin(async {
        let (number, limit) = (page_number(&ask.start), ask.limit);
        let page = app.service.page(&caller.reader, &page_ask(ask)).await?;
        let version = page.version;
        Ok((text(&page_json(&page, number, limit, &caller.reader))?, version))
    });
    known.or(&app, &caller.reader, read).await
}

/// `GET /api/unread`
pub(crate) async fn unread(State(app): State<App>, caller: Caller, known: Known) -> Result<Response, Failure> {
    let read = Box::pin(async {
        let (counts, version) = app.service.counts(&caller.reader).await?;
        Ok((text(&rest::Unread::from(counts))?, version))
    });
    known.or(&app, &caller.reader, read).await
}

/// `PATCH /api/notifications`
pub(crate) async fn mark(State(app): State<App>, caller: Caller, JsonBytes(body): JsonBytes) -> Result<Response, Failure> {
    let rest::Ask { target, mark } = rest::parse_mark(&body)?;
    marked(&app, &caller, to_target(target), to_mark(mark)).await
}

/// `PATCH /api/notifications/{id}`
pub(crate) async fn mark_one(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId,
    MaybeJsonBytes(body): MaybeJsonBytes,
) -> Result<Response, Failure> {
    let mark = rest::parse_mark_one(&body)?;
    marked(&app, &caller, Target::Ids(vec![id]), to_mark(mark)).await
}

/// `DELETE /api/notifications`
pub(crate) async fn delete(State(app): State<App>, caller: Caller, JsonBytes(body): JsonBytes) -> Result<Response, Failure> {
    deleted(&app, &caller, to_target(rest::parse_delete(&body)?)).await
}

/// `DELETE /api/notifications/{id}`
pub(crate) async fn delete_one(State(app): State<App>, caller: Caller, PathId(id): PathId) -> Result<Response, Failure> {
    deleted(&app, &caller, Target::Ids(vec![id])).await
}

/// `POST /api/notifications`
pub(crate) async fn notify(State(app): State<App>, ServiceCaller(caller): ServiceCaller, posted: Posted) -> Result<Response, Failure> {
    let ask = match rest::parse_notify(&posted.body, app.service.clock().now()) {
        Ok(ask) => ask,
        Err(why) => return posted.refused(&app, &caller.reader, why).await,
    };
    let work = async |id| {
        let publications = ask.publications(caller.reader.tenant.as_ref(), &id);
        let accepted = Some(publications.len());
        app.service.publish(publications).await?;
        text(&rest::Accepted { id: id.to_string(), accepted })
    };
    posted.once(&app, &caller.reader, work).await
}

async fn marked(app: &App, caller: &Caller, target: Target, mark: Mark) -> Result<Response, Failure> {
    let marked = app.service.mark(&caller.reader, target, mark).await?;
    Ok(reply(StatusCode::OK, text(&rest::Marked::new(marked.changed, marked.counts, marked.more))?))
}

async fn deleted(app: &App, caller: &Caller, target: Target) -> Result<Response, Failure> {
    let marked = app.service.mark(&caller.reader, target, Mark::Delete).await?;
    Ok(reply(StatusCode::OK, text(&rest::Deleted::new(marked.changed, marked.counts))?))
}

/// The page's number; a walk by cursor has none.
pub(crate) fn page_number<C>(start: &Start<C>) -> Option<u32> {
    match start {
        Start::Page(number) => Some(*number),
        Start::Cursor(_) => None,
    }
}

fn page_ask(query: ListQuery) -> PageAsk {
    let from = match query.start {
        Start::Page(number) => service::From::Page(number),
        Start::Cursor(cursor) => service::From::Cursor(cursor),
    };
    PageAsk { from, limit: query.limit, filter: query.filter }
}

fn page_json(page: &service::Page, number: Option<u32>, limit: u32, reader: &Reader) -> rest::NotificationsPage {
    rest::NotificationsPage {
        notifications: page.notifications.iter().map(|one| wire::Notification::of(one, &reader.user)).collect(),
        unread_count: page.counts.unread,
        unseen_count: page.counts.unseen,
        page: number,
        limit,
        has_more: page.has_more,
        next_cursor: page.next.as_ref().map(cursor::page_text),
        stream_cursor: cursor::position_text(&page.position),
    }
}

fn to_target(target: rest::Target) -> Target {
    match target {
        rest::Target::Ids(ids) => Target::Ids(ids),
        rest::Target::All { up_to } => Target::All { up_to },
        rest::Target::Category(category) => Target::Category(category),
    }
}

fn to_mark(mark: rest::Mark) -> Mark {
    match mark {
        rest::Mark::Read => Mark::Read,
        rest::Mark::Unread => Mark::Unread,
        rest::Mark::Seen => Mark::Seen,
        rest::Mark::Archive => Mark::Archive,
        rest::Mark::Restore => Mark::Restore,
    }
}

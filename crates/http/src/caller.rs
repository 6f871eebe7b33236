//! Who calls, as extractors: a handler that takes one cannot run for anybody else.

use auth::claims::Role;
use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use contract::problem::{Problem, Unauthenticated};
use contract::query;
use inbox::audience::Reader;
use inbox::moment::Moment;
use service::TicketHolder;

use crate::app::App;
use crate::credential::{self, Credential};
use crate::failure::Failure;
use crate::origin;

/// Anyone whose token holds, by `Authorization: Bearer` or by the cookie.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who reads.
    pub reader: Reader,
    /// What they may do beyond reading their own.
    pub role: Role,
    /// When their token expires: streams and sockets end then.
    pub expires: Moment,
}

/// An admin.
#[derive(Clone, Debug)]
pub struct AdminCaller(pub Caller);

/// A service or an admin: they may notify and report tasks.
#[derive(Clone, Debug)]
pub struct ServiceCaller(pub Caller);

/// Anyone who may open a stream: as [`Caller`], or by `?ticket=`, which is used up.
#[derive(Clone, Debug)]
pub struct StreamCaller(pub Caller);

/// Anyone who may open a socket: by `Authorization: Bearer` or by `?ticket=`. Never by a cookie, which browsers add to
/// sockets that any page opens.
#[derive(Clone, Debug)]
pub struct SocketCaller(pub Caller);

impl FromRequestParts<App> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        match credential::find(&parts.headers, &app.settings.cookie_name) {
            Credential::Bearer(token) => by_token(app, token).await,
            Credential::Cookie(token) => {
                check_origin(parts, app)?;
                by_token(app, token).await
            }
            Credential::Unreadable => Err(denied(Unauthenticated::Invalid)),
            Credential::None => Err(denied(Unauthenticated::Missing)),
        }
    }
}

impl FromRequestParts<App> for AdminCaller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if caller.role.may_administer() { Ok(Self(caller)) } else { Err(Failure(Problem::Forbidden)) }
    }
}

impl FromRequestParts<App> for ServiceCaller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if caller.role.may_publish() { Ok(Self(caller)) } else { Err(Failure(Problem::Forbidden)) }
    }
}

impl FromRequestParts<App> for StreamCaller {
    type Rejection = Failure;

    /// A cookie does not stand in the way of a ticket: browsers send it unasked, and it may be of whoever sat there before.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let ticket = parts.uri.query().and_then(query::ticket);
        match (credential::find(&parts.headers, &app.settings.cookie_name), ticket) {
            (Credential::Cookie(_) | Credential::None, Some(ticket)) => by_ticket(app, &ticket).await.map(Self),
            (Credential::Bearer(_) | Credential::Unreadable, _) | (_, None) => Caller::from_request_parts(parts, app).await.map(Self),
        }
    }
}

impl FromRequestParts<App> for SocketCaller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let ticket = parts.uri.query().and_then(query::ticket);
        match (credential::find(&parts.headers, &app.settings.cookie_name), ticket) {
            (Credential::Bearer(token), _) => by_token(app, token).await.map(Self),
            (Credential::Unreadable, _) => Err(denied(Unauthenticated::Invalid)),
            (Credential::Cookie(_) | Credential::None, Some(ticket)) => by_ticket(app, &ticket).await.map(Self),
            (Credential::Cookie(_) | Credential::None, None) => Err(denied(Unauthenticated::Missing)),
        }
    }
}

impl Caller {
    /// What a ticket of theirs remembers.
    pub(crate) fn holder(&self) -> TicketHolder {
        TicketHolder { reader: self.reader.clone(), admin: self.role.admin, service: self.role.service, expires: self.expires }
    }
}

fn denied(why: Unauthenticated) -> Failure {
    Failure(Problem::Unauthenticated(why))
}

/// A page of another site may make a browser send its cookie, but not change anything by it.
fn check_origin(parts: &Parts, app: &App) -> Result<(), Failure> {
    let reads = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let authority = parts.uri.authority().map(http::uri::Authority::as_str);
    if reads || origin::may_use_cookie(&parts.headers, authority, &app.settings.allowed_origins) {
        Ok(())
    } else {
        Err(Failure(Problem::OriginRefused))
    }
}

async fn by_token(app: &App, token: &str) -> Result<Caller, Failure> {
    let caller = app.auth.caller(token, app.service.clock().now()).await?;
    Ok(Caller { reader: Reader::new(caller.tenant, caller.user, caller.topics), role: caller.role, expires: caller.expires })
}

async fn by_ticket(app: &App, ticket: &str) -> Result<Caller, Failure> {
    let holder = app.service.redeem_ticket(ticket).await?.ok_or_else(|| denied(Unauthenticated::Ticket))?;
    Ok(Caller { reader: holder.reader, role: Role { admin: holder.admin, service: holder.service }, expires: holder.expires })
}

//! The OpenAPI 3.1 document, built from one table of routes. Whoever routes, and whoever tests every route, walks the same table.

mod build;
mod routes;

pub use build::{document, json};
pub use routes::ROUTES;

/// [`json`] as it was written down. What serves this carries none of the code that builds it: a tenth of a megabyte.
pub const TEXT: &str = include_str!("../golden/openapi.json");

/// An HTTP method that a route may have. `HEAD` goes with `GET`, and `OPTIONS` is everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// As it stands in a request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether a request changes something: then a cookie's needs its origin checked.
    pub const fn changes(self) -> bool {
        !matches!(self, Self::Get)
    }
}

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// Anyone, without a credential.
    Public,
    /// Any user, for what is theirs.
    User,
    /// A service or an admin.
    Service,
    /// An admin.
    Admin,
}

/// Whether a request has a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Body {
    /// None is read.
    None,
    /// One that may be left out; its schema.
    Optional(&'static str),
    /// One that is needed; its schema.
    Required(&'static str),
}

/// What a good answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// What it says; the schema of its JSON, if it is JSON of ours.
    pub schema: Option<&'static str>,
    /// Its media type; empty for no body.
    pub media_type: &'static str,
}

/// A query parameter or a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Where it stands, and what it is.
    pub kind: Kind,
    /// What it does.
    pub words: &'static str,
}

/// Where a parameter stands, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// In the path: a text.
    Path,
    /// In the query: a text.
    Text,
    /// In the query: one of these.
    OneOf(&'static [&'static str]),
    /// In the query: a whole number from 1 to this.
    Number(u32),
    /// In the query: `true` or `false`.
    Flag,
    /// A header.
    Header,
}

/// One path and method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with `{id}` for what varies: as OpenAPI and axum write it.
    pub path: &'static str,
    /// The `operationId`: what a generated client calls it.
    pub id: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// Who may call it.
    pub who: Who,
    /// What varies besides the body.
    pub parameters: &'static [Parameter],
    /// Its body.
    pub body: Body,
    /// Its good answers, the usual one first.
    pub answers: &'static [Answer],
}

impl Route {
    /// Whether it is JSON that tells its version by an `ETag`.
    pub fn conditional(&self) -> bool {
        self.answers.iter().any(|answer| answer.status == 304)
    }

    /// The statuses of the problems that it may answer with, in order.
    pub fn problems(&self) -> Vec<u16> {
        let mut statuses = vec![405, 429, 500];
        if !matches!(self.who, Who::Public) {
            statuses.extend([401, 503]);
        }
        if matches!(self.who, Who::Service | Who::Admin) || self.method.changes() {
            statuses.push(403);
        }
        let takes_body = !matches!(self.body, Body::None);
        if takes_body || self.parameters.iter().any(|parameter| !matches!(parameter.kind, Kind::Path)) {
            statuses.push(400);
        }
        if takes_body {
            statuses.extend([413, 415]);
        }
        if self.parameters.iter().any(|parameter| parameter.name == routes::IDEMPOTENCY_KEY.name) {
            statuses.extend([409, 422]);
        }
        if self.path.contains("{id}") || matches!(self.body, Body::Required("MarkBody" | "DeleteBody")) {
            statuses.push(404);
        }
        statuses.sort_unstable();
        statuses
    }
}

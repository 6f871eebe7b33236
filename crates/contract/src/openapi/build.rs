//! From the table to the document.

use std::collections::BTreeMap;

use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, Content, ContentBuilder, HeaderBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, Ref, RefOr, Required,
    ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use super::{Answer, Body, Kind, Method, Parameter, ROUTES, Route, Who};
use crate::rest::shapes;
use crate::{event, problem, rest, wire};

/// The document.
pub fn document() -> OpenApi {
    let mut paths = PathsBuilder::new();
    for route in ROUTES {
        paths = paths.path(route.path, PathItem::new(method(route.method), operation(route)));
    }
    let info = InfoBuilder::new()
        .title("Belfry")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Notifications and background tasks: lists, marks, and events as they happen."));
    OpenApiBuilder::new().info(info.build()).paths(paths.build()).components(Some(components())).build()
}

/// The document's text: the same bytes for the same build.
pub fn json() -> String {
    // Texts, numbers and lists: it cannot fail.
    document().to_pretty_json().unwrap_or_default() + "\n"
}

fn method(method: Method) -> HttpMethod {
    match method {
        Method::Get => HttpMethod::Get,
        Method::Post => HttpMethod::Post,
        Method::Put => HttpMethod::Put,
        Method::Patch => HttpMethod::Patch,
        Method::Delete => HttpMethod::Delete,
    }
}

fn operation(route: &Route) -> OperationBuilder {
    let mut operation = OperationBuilder::new().operation_id(Some(route.id)).summary(Some(route.summary)).description(Some(who(route.who)));
    for one in route.parameters {
        operation = operation.parameter(parameter(one, route));
    }
    operation = operation.request_body(body(route.body));
    for one in route.answers {
        operation = operation.response(one.status.to_string(), answer(one, route.conditional()));
    }
    for status in route.problems() {
        operation = operation.response(status.to_string(), problem_answer(status));
    }
    if matches!(route.who, Who::Public) {
        return operation.securities(Some([SecurityRequirement::default()]));
    }
    let by_ticket = (route.id == "streamEvents").then_some("ticket");
    let schemes = ["bearer", "cookie"].into_iter().chain(by_ticket);
    operation.securities(Some(schemes.map(|scheme| SecurityRequirement::new(scheme, [] as [&str; 0]))))
}

fn who(who: Who) -> &'static str {
    match who {
        Who::Public => "For anyone.",
        Who::User => "For any user, about what is theirs.",
        Who::Service => "For services and admins.",
        Who::Admin => "For admins.",
    }
}

fn parameter(one: &Parameter, route: &Route) -> ParameterBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let (place, schema) = match one.kind {
        Kind::Path => (ParameterIn::Path, text),
        Kind::Text => (ParameterIn::Query, text),
        Kind::Header => (ParameterIn::Header, text),
        Kind::OneOf(words) => (ParameterIn::Query, text.enum_values(Some(words.iter().copied()))),
        Kind::Flag => (ParameterIn::Query, ObjectBuilder::new().schema_type(Type::Boolean)),
        Kind::Number(most) => {
            (ParameterIn::Query, ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1_u32)).maximum(Some(most)))
        }
    };
    let needed = matches!(one.kind, Kind::Path) || (route.id == "withdraw" && one.name == "by");
    let required = if needed { Required::True } else { Required::False };
    ParameterBuilder::new().name(one.name).parameter_in(place).required(required).description(Some(one.words)).schema(Some(schema))
}

fn body(body: Body) -> Option<utoipa::openapi::request_body::RequestBody> {
    let (name, required) = match body {
        Body::None => return None,
        Body::Optional(name) => (name, Required::False),
        Body::Required(name) => (name, Required::True),
    };
    Some(RequestBodyBuilder::new().required(Some(required)).content("application/json", content(name)).build())
}

fn content(schema: &str) -> Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build()
}

fn answer(answer: &Answer, conditional: bool) -> ResponseBuilder {
    let mut response = ResponseBuilder::new().description(words(answer.status));
    if !answer.media_type.is_empty() {
        let content = answer.schema.map_or_else(|| ContentBuilder::new().build(), content);
        response = response.content(answer.media_type, content);
    }
    if conditional { response.header("ETag", text_header("The version of what is answered")) } else { response }
}

fn text_header(words: &str) -> utoipa::openapi::Header {
    HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String))).description(Some(words)).build()
}

fn words(status: u16) -> &'static str {
    match status {
        202 => "Accepted: it will be delivered",
        204 => "Nothing new",
        304 => "Not changed since the version that the caller holds",
        _ => "Done",
    }
}

fn problem_answer(status: u16) -> ResponseBuilder {
    let names = problem::Problem::examples().into_iter().filter(|problem| problem.status() == status);
    let names: Vec<String> = names.map(|problem| format!("{}{}", problem::TYPE_PREFIX, problem.name())).collect();
    let response = ResponseBuilder::new().description(names.join(", ")).content(problem::MEDIA_TYPE, content("Problem"));
    match status {
        401 => response.header("WWW-Authenticate", text_header("How to authenticate")),
        405 => response.header("Allow", text_header("The methods that there are")),
        409 | 429 | 503 => response.header("Retry-After", text_header("Seconds to wait")),
        _ => response,
    }
}

fn components() -> Components {
    let mut schemas = Schemas::default();
    schemas.add::<event::Event>();
    schemas.add::<problem::Document>();
    schemas.add::<wire::Notification>();
    schemas.add::<wire::Task>();
    schemas.add::<rest::Accepted>();
    schemas.add::<rest::Deleted>();
    schemas.add::<rest::Marked>();
    schemas.add::<rest::NotificationsPage>();
    schemas.add::<rest::Poll>();
    schemas.add::<rest::Preferences>();
    schemas.add::<rest::TaskPage>();
    schemas.add::<rest::Ticket>();
    schemas.add::<rest::Unread>();
    schemas.add_closed::<shapes::BroadcastBody>();
    schemas.add_closed::<shapes::DeleteBody>();
    schemas.add_closed::<shapes::MarkBody>();
    schemas.add_closed::<shapes::MarkOneBody>();
    schemas.add_closed::<shapes::NotifyBody>();
    schemas.add_closed::<shapes::PreferencesBody>();
    schemas.add_closed::<shapes::TaskBody>();
    let mut components = Components::new();
    components.schemas.extend(schemas.0);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let cookie = ApiKeyValue::with_description("__Host-belfry", "The same token; the cookie's name is a setting");
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let ticket = ApiKeyValue::with_description("ticket", "From POST /api/stream/ticket: good once");
    components.add_security_scheme("ticket", SecurityScheme::ApiKey(ApiKey::Query(ticket)));
    components
}

/// Schemas by name, so that the document's order never changes.
#[derive(Default)]
struct Schemas(BTreeMap<String, RefOr<Schema>>);

impl Schemas {
    fn add<T: ToSchema + PartialSchema>(&mut self) {
        let mut inner = Vec::new();
        T::schemas(&mut inner);
        self.0.extend(inner);
        self.0.insert(T::name().into_owned(), T::schema());
    }

    /// A body: what its schema does not name is refused.
    fn add_closed<T: ToSchema + PartialSchema>(&mut self) {
        self.add::<T>();
        if let Some(RefOr::T(Schema::Object(object))) = self.0.get_mut(&*T::name()) {
            let closed = utoipa::openapi::schema::AdditionalProperties::FreeForm(false);
            object.additional_properties = Some(Box::new(closed));
        }
    }
}

#[cfg(test)]
mod tests;

//! Mints HS256 tokens, for the development sign-in and for tests. Production tokens come from an identity provider.

use inbox::id::{Tenant, Topic, UserId};
use inbox::moment::Moment;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Map, Value, json};

use crate::config::{Secret, TENANT_CLAIM, TOPICS_CLAIM};

/// What a new token says. The claims' names are the defaults that [`crate::config::AuthConfig::new`] reads; a tenant
/// stands in [`TENANT_CLAIM`].
#[derive(Clone, Debug)]
pub struct NewToken {
    /// `sub`.
    pub user: UserId,
    /// `tenant`.
    pub tenant: Option<Tenant>,
    /// `topics`.
    pub topics: Vec<Topic>,
    /// Whether `roles` holds `admin`.
    pub admin: bool,
    /// Whether `roles` holds `service`.
    pub service: bool,
    /// `iss`.
    pub issuer: Option<String>,
    /// `aud`.
    pub audience: Option<String>,
    /// `iat`, in whole seconds.
    pub issued: Moment,
    /// `exp`, in whole seconds.
    pub expires: Moment,
}

impl NewToken {
    /// A plain user without tenant or topics.
    pub fn new(user: UserId, issued: Moment, expires: Moment) -> Self {
        Self { user, tenant: None, topics: Vec::new(), admin: false, service: false, issuer: None, audience: None, issued, expires }
    }

    fn claims(&self) -> Map<String, Value> {
        let roles = [(self.admin, "admin"), (self.service, "service")];
        let roles: Vec<_> = roles.into_iter().filter_map(|(has, role)| has.then_some(role)).collect();
        let topics: Vec<_> = self.topics.iter().map(Topic::as_str).collect();
        let always = [
            ("sub", json!(self.user.as_str())),
            ("iat", json!(self.issued.seconds())),
            ("exp", json!(self.expires.seconds())),
            ("roles", json!(roles)),
            (TOPICS_CLAIM, json!(topics)),
        ];
        let optional =
            [(TENANT_CLAIM, self.tenant.as_ref().map(Tenant::as_str)), ("iss", self.issuer.as_deref()), ("aud", self.audience.as_deref())];
        let optional = optional.into_iter().filter_map(|(name, text)| Some((name, json!(text?))));
        always.into_iter().chain(optional).map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// Signs the token with HS256.
///
/// # Panics
/// Never: JSON values always serialise, and HMAC takes any bytes.
pub fn mint(secret: &Secret, token: &NewToken) -> String {
    let key = EncodingKey::from_secret(secret.bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &token.claims(), &key).expect("HMAC signs any JSON")
}

//! Whose tokens are good.

use auth::config::{AuthConfig, KeySource, Secret, TENANT_CLAIM};
use auth::rule::ClaimRule;

use super::Asks;
use crate::jwks;

/// Who signs tokens, and what they must say.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Who signs them.
    pub keys: Keys,
    /// What they must say.
    pub claims: Claims,
}

/// Who signs tokens.
#[derive(Clone, Debug)]
pub enum Keys {
    /// Whoever has this secret. `BELFRY_JWT_SECRET`.
    Secret(Secret),
    /// Whoever has the secret that Secrets Manager keeps under this name. `BELFRY_JWT_SECRET_ARN`.
    Kept(String),
    /// An issuer that publishes its keys here. `BELFRY_JWKS_URL`.
    Jwks(String),
}

/// What tokens must say, beside their signature.
#[derive(Clone, Debug)]
pub struct Claims {
    issuer: Option<String>,
    audience: Vec<String>,
    admin: Option<ClaimRule>,
    service: Option<ClaimRule>,
    topics: Option<String>,
    tenant: Option<String>,
}

impl Claims {
    /// The configuration with these keys.
    pub fn with_keys(&self, keys: KeySource) -> AuthConfig {
        let mut config = AuthConfig::new(keys);
        config.issuer.clone_from(&self.issuer);
        config.audience.clone_from(&self.audience);
        config.tenant_claim.clone_from(&self.tenant);
        if let Some(rule) = &self.admin {
            config.admin = rule.clone();
        }
        if let Some(rule) = &self.service {
            config.service = rule.clone();
        }
        if let Some(claim) = &self.topics {
            config.topics_claim.clone_from(claim);
        }
        config
    }
}

pub(super) fn read(asks: &mut Asks<'_>) -> Tokens {
    let keys = match (asks.text("BELFRY_JWT_SECRET"), asks.text("BELFRY_JWT_SECRET_ARN"), asks.text("BELFRY_JWKS_URL")) {
        (Some(secret), None, None) => Secret::parse(secret).map(Keys::Secret).map_err(|error| format!("BELFRY_JWT_SECRET: {error}")),
        (None, Some(arn), None) => Ok(Keys::Kept(arn.to_owned())),
        (None, None, Some(url)) => {
            jwks::check_url(url).map(|()| Keys::Jwks(url.to_owned())).map_err(|error| format!("BELFRY_JWKS_URL {error}"))
        }
        (None, None, None) => Err("BELFRY_JWKS_URL or BELFRY_JWT_SECRET_ARN or BELFRY_JWT_SECRET is needed".to_owned()),
        _ => Err("BELFRY_JWKS_URL, BELFRY_JWT_SECRET_ARN and BELFRY_JWT_SECRET exclude each other".to_owned()),
    };
    let keys = asks.note(keys, Keys::Kept(String::new()));
    let claims = claims(asks);
    if !matches!(keys, Keys::Jwks(_)) && claims.tenant.as_deref().is_some_and(|claim| claim != TENANT_CLAIM) {
        asks.problems.push(format!("BELFRY_TENANT_CLAIM must be {TENANT_CLAIM} where tokens are signed with a secret"));
    }
    Tokens { keys, claims }
}

fn claims(asks: &mut Asks<'_>) -> Claims {
    let mut rule = |name: &str| {
        let read = asks.text(name).map(ClaimRule::parse).transpose();
        asks.note(read.map_err(|error| format!("{name}: {error}")), None)
    };
    let (admin, service) = (rule("BELFRY_ADMIN_CLAIM"), rule("BELFRY_SERVICE_CLAIM"));
    let text = |name: &str| asks.text(name).map(ToOwned::to_owned);
    Claims {
        issuer: text("BELFRY_ISSUER"),
        audience: asks.list("BELFRY_AUDIENCE").into_iter().map(ToOwned::to_owned).collect(),
        admin,
        service,
        topics: text("BELFRY_TOPICS_CLAIM"),
        tenant: text("BELFRY_TENANT_CLAIM"),
    }
}

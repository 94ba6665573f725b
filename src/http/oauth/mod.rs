//! The endpoints that OAuth 2.0, `OpenID` Connect and JOSE define.
//!
//! ```text
//! token.rs            POST /token (RFC 6749)
//! revoke.rs           POST /revoke (RFC 7009)
//! introspect.rs       POST /introspect (RFC 7662)
//! userinfo.rs         GET and POST /userinfo (OIDC Core 1.0)
//! metadata.rs         GET /.well-known/oauth-authorization-server (RFC 8414)
//! openid_configuration.rs  GET /.well-known/openid-configuration
//! jwks.rs             GET /.well-known/jwks.json (RFC 7517)
//! parameters.rs       Parameters: the form parameters of a request
//! oauth_client.rs     authentication of OAuth clients
//! error.rs            OAuthError: error responses (RFC 6749 section 5.2)
//! ```

mod error;
mod introspect;
mod jwks;
mod metadata;
mod oauth_client;
mod openid_configuration;
mod parameters;
mod revoke;
mod token;
mod userinfo;

pub(super) use self::introspect::introspect;
pub(super) use self::jwks::jwks;
pub(super) use self::metadata::{METADATA, METADATA_OF_PATH, metadata};
pub(super) use self::oauth_client::AnyClient;
pub(super) use self::openid_configuration::openid_configuration;
pub(super) use self::revoke::revoke;
pub(super) use self::token::token;
pub(super) use self::userinfo::userinfo;

/// The operations of this folder.
#[cfg(test)]
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(
        token::token,
        introspect::introspect,
        revoke::revoke,
        userinfo::userinfo,
        metadata::metadata,
        openid_configuration::openid_configuration,
        jwks::jwks,
    ),
    components(schemas(error::ErrorResponse))
)]
pub(super) enum Operations {}

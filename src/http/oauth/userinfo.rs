//! `GET /userinfo`, `POST /userinfo` (OIDC Core 1.0 section 5.3)

use axum::Extension;
use serde::Serialize;

use crate::http::json::Json;
use crate::sessions::Caller;

/// The standard claims that this service has (section 5.1), and its own.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(in crate::http) struct UserInfo {
    /// ID of the user.
    #[cfg_attr(test, schema(example = "1"))]
    sub: String,
    #[cfg_attr(test, schema(format = "email", example = "user@email.com"))]
    email: String,
    email_verified: bool,
    /// A claim of this service (section 5.1.2).
    is_admin: bool,
}

/// The claims of the user of the access token.
#[cfg_attr(test, utoipa::path(
    method(get, post), path = "/userinfo", tag = "OAuth 2.0",
    security(("bearer" = [])),
    responses((status = 200, description = "The claims", body = UserInfo))
))]
pub(in crate::http) async fn userinfo(Extension(caller): Extension<Caller>) -> Json<UserInfo> {
    let user = caller.user;
    Json(UserInfo {
        sub: user.id.to_string(),
        email: user.email.to_string(),
        email_verified: user.email_verified,
        is_admin: user.is_admin,
    })
}

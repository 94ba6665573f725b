//! `GET /userinfo`, `POST /userinfo` (OIDC Core 1.0 section 5.3)

use axum::Extension;
use serde::Serialize;

use crate::http::json::Json;
use crate::sessions::Caller;

/// The standard claims that are known here (section 5.1).
#[derive(Serialize)]
pub(in crate::http) struct UserInfo {
    sub: String,
    email: String,
}

/// Says whose token it is.
pub(in crate::http) async fn userinfo(Extension(caller): Extension<Caller>) -> Json<UserInfo> {
    let user = caller.user;
    Json(UserInfo { sub: user.id.to_string(), email: user.email.to_string() })
}

//! `GET /userinfo`, `POST /userinfo` (OIDC Core 1.0 section 5.3)

use axum::Extension;
use serde::Serialize;

use super::json::Json;
use crate::sessions::Caller;

/// The standard claims that are known here (section 5.1).
#[derive(Serialize)]
pub(super) struct UserInfo {
    sub: String,
    email: String,
}

/// Says whose token it is.
pub(super) async fn userinfo(Extension(caller): Extension<Caller>) -> Json<UserInfo> {
    let user = caller.user;
    Json(UserInfo { sub: user.id.to_string(), email: user.email.to_string() })
}

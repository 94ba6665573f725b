//! `GET /get-user`

use axum::Extension;
use serde::Serialize;

use super::json::Json;
use crate::sessions::Caller;

#[derive(Serialize)]
pub(super) struct Described {
    user: String,
}

/// Says whose token it is.
pub(super) async fn get_user(Extension(caller): Extension<Caller>) -> Json<Described> {
    Json(Described { user: caller.user.to_string() })
}

//! `GET /get-user`

use std::fmt::Write;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use countersign_auth::response::auth_required;
use serde::Serialize;

use super::json::Json;
use crate::domain::User;
use crate::sessions::Caller;

pub(super) const PATH: &str = "/get-user";

#[derive(Serialize)]
struct Described {
    user: String,
}

/// Says whose token it is, or that there has to be one.
pub(super) fn get_user(request: &Request) -> Response {
    match request.extensions().get::<Caller>() {
        Some(caller) => Json(Described { user: described(&caller.user) }).into_response(),
        None => auth_required(),
    }
}

fn described(user: &User) -> String {
    // Room for most, so that it need not grow.
    let mut text = String::with_capacity(96);
    let _ = write!(text, "{user}");
    text
}

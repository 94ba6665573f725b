//! `GET /get-user`

use std::fmt::Write;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use countersign_auth::response::auth_required;
use serde::Serialize;

use crate::domain::User;
use crate::http::json::Json;
use crate::sessions::Caller;

/// The path of the route.
pub(in crate::http) const GET_USER: &str = "/get-user";

#[derive(Serialize)]
struct Described {
    user: String,
}

/// Describes the user of the access token; responds with a 401 to an anonymous request.
pub(in crate::http) fn get_user(request: &Request) -> Response {
    match request.extensions().get::<Caller>() {
        Some(caller) => Json(Described { user: described(&caller.user) }).into_response(),
        None => auth_required(),
    }
}

fn described(user: &User) -> String {
    // Enough for most users.
    let mut text = String::with_capacity(96);
    let _ = write!(text, "{user}");
    text
}

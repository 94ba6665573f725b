//! `GET /get-user`

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use serde::{Serialize, Serializer};

use super::json::Json;
use crate::auth;
use crate::sessions::Caller;
use crate::user::User;

pub(super) const PATH: &str = "/get-user";

#[derive(Serialize)]
struct Described<'a> {
    #[serde(serialize_with = "as_text")]
    user: &'a User,
}

/// Says whose token it is.
pub(super) fn get_user(request: &Request) -> Response {
    match request.extensions().get::<Caller>() {
        Some(caller) => Json(Described { user: &caller.user }).into_response(),
        None => auth::auth_required(),
    }
}

fn as_text<S: Serializer>(user: &User, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(user)
}

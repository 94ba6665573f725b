//! `GET /get-user`

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use countersign_auth::response::auth_required;
use serde::{Serialize, Serializer};

use crate::domain::User;
use crate::http::json::Json;
use crate::sessions::Caller;

/// The path of the route.
pub(in crate::http) const GET_USER: &str = "/get-user";

#[derive(Serialize)]
struct Described<'a> {
    #[serde(serialize_with = "as_text")]
    user: &'a User,
}

/// Describes the user of the access token; responds with a 401 to an anonymous request.
pub(in crate::http) fn get_user(request: &Request) -> Response {
    match request.extensions().get::<Caller>() {
        Some(caller) => Json(Described { user: &caller.user }).into_response(),
        None => auth_required(),
    }
}

fn as_text<S: Serializer>(user: &User, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(user)
}

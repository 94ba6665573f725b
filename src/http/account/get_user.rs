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
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[cfg_attr(test, schema(as = UserText))]
struct Described<'a> {
    /// The user as a text, as the compatibility contract has it.
    #[serde(serialize_with = "as_text")]
    #[cfg_attr(test, schema(
        value_type = String, example = "User id=1: <user@email.com, is_admin=False>",
        pattern = "^User id=[0-9]+: <.+, is_admin=(True|False)>$"
    ))]
    user: &'a User,
}

/// Describes the user of the access token; responds with a 401 to an anonymous request.
#[cfg_attr(test, utoipa::path(
    get, path = "/get-user", tag = "Login",
    security(("bearer" = []), ("bare_token" = [])),
    responses((status = 200, description = "The user of the access token", body = Described<'static>))
))]
pub(in crate::http) fn get_user(request: &Request) -> Response {
    match request.extensions().get::<Caller>() {
        Some(caller) => Json(Described { user: &caller.user }).into_response(),
        None => auth_required(),
    }
}

fn as_text<S: Serializer>(user: &User, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(user)
}

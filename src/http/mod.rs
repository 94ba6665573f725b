//! Which URLs exist.
//!
//! ```text
//! login.rs         POST /login
//! get_user.rs      GET /get-user
//! healthz.rs       GET /healthz
//! layers.rs        what every request passes through, and in which order
//! fields.rs        the fields of a request body: a form or a JSON object
//! body.rs          a request body, bounded in size and time
//! error.rs         HttpError: every error as a status and a JSON message
//! json.rs          answers in JSON, written as the tutorial wrote them
//! request_id.rs    X-Request-Id, in and out
//! access_log.rs    one line a request
//! ```

mod access_log;
mod body;
mod error;
mod fields;
mod get_user;
mod healthz;
mod json;
mod layers;
mod login;
mod request_id;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use self::error::HttpError;
use crate::accounts::Accounts;
use crate::app::App;
use crate::auth::{AuthLayer, RequireAuthLayer};
use crate::config::HttpOptions;
use crate::sessions::{Caller, Sessions};

/// The whole service: every route, inside of the layers.
pub fn router(app: App) -> Router {
    let authenticate = AuthLayer::new(Arc::clone(&app.sessions));
    let require_caller = RequireAuthLayer::<Caller>::new();
    let options = Arc::clone(&app.http);

    let routes = Router::new()
        .route("/login", post(login::login))
        .route(
            "/get-user",
            get(get_user::get_user).route_layer(require_caller).route_layer(authenticate),
        )
        .route("/healthz", get(healthz::healthz))
        .method_not_allowed_fallback(other_method)
        .fallback(no_such_route)
        .with_state(app);
    layers::wrap(routes, &options)
}

/// axum puts the methods that there are into `Allow`.
async fn other_method(method: Method) -> Response {
    if method == Method::OPTIONS {
        axum::http::StatusCode::NO_CONTENT.into_response()
    } else {
        HttpError::MethodNotAllowed.into_response()
    }
}

async fn no_such_route() -> HttpError {
    HttpError::NotFound
}

// Handlers take the part of the service that they need.
impl FromRef<App> for Arc<Accounts> {
    fn from_ref(app: &App) -> Self {
        Arc::clone(&app.accounts)
    }
}

impl FromRef<App> for Arc<Sessions> {
    fn from_ref(app: &App) -> Self {
        Arc::clone(&app.sessions)
    }
}

impl FromRef<App> for Arc<HttpOptions> {
    fn from_ref(app: &App) -> Self {
        Arc::clone(&app.http)
    }
}

//! Which URLs exist.
//!
//! ```text
//! login.rs         POST /login
//! get_user.rs      GET /get-user
//! register.rs      POST /register
//! change_password.rs  POST /change-password
//! account.rs       DELETE /account, POST /account/delete
//! logout.rs        POST /logout
//! sessions.rs      GET /sessions, DELETE /sessions/{id}
//! token.rs         POST /token
//! revoke.rs        POST /revoke
//! introspect.rs    POST /introspect
//! userinfo.rs      GET and POST /userinfo
//! metadata.rs      GET /.well-known/oauth-authorization-server
//! healthz.rs       GET /healthz
//! readyz.rs        GET /readyz
//! jwks.rs          GET /.well-known/jwks.json
//! fast_path.rs     GET /get-user, past the router
//! layers.rs        what every request passes through, and in which order
//! fields.rs        the fields of a request body: a form or a JSON object
//! content.rs       its media type, character encoding and content coding
//! client.rs        what is known of who is asking
//! oauth.rs         parameters and errors of the routes that OAuth 2.0 rules
//! oauth_client.rs  which client asks there, and whether it is that
//! body.rs          a request body, bounded in size and time
//! error.rs         HttpError: every error as a status and a JSON message
//! json.rs          answers in JSON, written as the tutorial wrote them
//! request_id.rs    X-Request-Id, in and out
//! access_log.rs    one line a request
//! ```

mod access_log;
mod account;
mod body;
mod change_password;
mod client;
mod content;
mod error;
mod fast_path;
mod fields;
mod get_user;
mod healthz;
mod introspect;
mod json;
mod jwks;
mod layers;
mod login;
mod logout;
mod metadata;
mod oauth;
mod oauth_client;
mod readyz;
mod register;
mod request_id;
mod revoke;
mod sessions;
mod token;
mod userinfo;

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, Request};
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, get_service, post};
use countersign_auth::{AuthLayer, RequireAuthLayer};
use tower::layer::layer_fn;
use tower::{Service, ServiceBuilder};

use self::error::HttpError;
use self::fast_path::FastPath;
use self::logout::{LogoutAuthenticator, LogoutCaller};
use crate::accounts::Accounts;
use crate::app::App;
use crate::config::HttpOptions;
use crate::keys::SharedKeySet;
use crate::oauth_clients::OAuthClients;
use crate::sessions::{Caller, SessionAuthenticator, Sessions};

/// The whole service: every route, inside of the layers. Cheap to clone, and always ready.
pub fn service(
    app: App,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send>
+ Clone
+ Send
+ Sync
+ 'static {
    let rfc6750 = AuthLayer::new(SessionAuthenticator(Arc::clone(&app.sessions)));
    let authenticate = rfc6750.clone().compatibility();
    let require_caller = RequireAuthLayer::<Caller>::new();
    let options = Arc::clone(&app.http);
    // It demands a caller itself.
    let get_user = ServiceBuilder::new()
        .layer(authenticate.clone())
        .service_fn(|request: Request| ready(Ok(get_user::get_user(&request))));

    let of_callers = |route: MethodRouter<Shared>| {
        let authenticate = authenticate.clone();
        route.route_layer((authenticate, require_caller.clone()))
    };

    let routes = Router::new()
        .route("/login", post(login::login))
        .route("/register", post(register::register))
        .route(get_user::PATH, get_service(get_user.clone()))
        .route("/change-password", of_callers(post(change_password::change_password)))
        .route(
            "/logout",
            post(logout::logout).route_layer((
                AuthLayer::new(LogoutAuthenticator(Arc::clone(&app.sessions))).compatibility(),
                RequireAuthLayer::<LogoutCaller>::new(),
            )),
        )
        .route("/sessions", of_callers(get(sessions::list)))
        .route("/sessions/{id}", of_callers(delete(sessions::end)))
        .route("/token", post(token::token))
        .route("/revoke", post(revoke::revoke))
        .route("/introspect", post(introspect::introspect))
        .route(
            "/userinfo",
            get(userinfo::userinfo)
                .post(userinfo::userinfo)
                .route_layer((rfc6750, require_caller.clone())),
        )
        .route(metadata::PATH, get(metadata::metadata))
        .route(metadata::PATH_OF_A_PATH, get(metadata::metadata))
        .route("/account", of_callers(delete(account::delete_account)))
        .route("/account/delete", of_callers(post(account::delete_account)))
        .route("/healthz", get(healthz::healthz))
        .route("/readyz", get(readyz::readyz))
        .route("/.well-known/jwks.json", get(jwks::jwks))
        .method_not_allowed_fallback(other_method)
        .fallback(no_such_route)
        .with_state(Shared(Arc::new(app)));
    FastPath {
        get_user: layers::wrap(get_user, get_user::PATH, &options),
        routes: routes.layer(layer_fn(move |route| layers::wrap(route, "none", &options))),
    }
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

/// The service, as it is passed from route to route: it is cloned several times a request.
#[derive(Clone)]
struct Shared(Arc<App>);

// Handlers take the part of the service that they need.
impl FromRef<Shared> for Arc<App> {
    fn from_ref(Shared(app): &Shared) -> Self {
        Arc::clone(app)
    }
}

impl FromRef<Shared> for Arc<Accounts> {
    fn from_ref(Shared(app): &Shared) -> Self {
        Arc::clone(&app.accounts)
    }
}

impl FromRef<Shared> for Arc<Sessions> {
    fn from_ref(Shared(app): &Shared) -> Self {
        Arc::clone(&app.sessions)
    }
}

impl FromRef<Shared> for SharedKeySet {
    fn from_ref(Shared(app): &Shared) -> Self {
        app.keys.clone()
    }
}

impl FromRef<Shared> for Arc<OAuthClients> {
    fn from_ref(Shared(app): &Shared) -> Self {
        Arc::clone(&app.clients)
    }
}

impl FromRef<Shared> for Arc<HttpOptions> {
    fn from_ref(Shared(app): &Shared) -> Self {
        Arc::clone(&app.http)
    }
}

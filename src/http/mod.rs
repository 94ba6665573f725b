//! The HTTP edge: the route table, and the wings with its handlers.
//!
//! ```text
//! account/            a user's own account and sessions
//! admin/              the administration API
//! gateway/            forward authentication
//! oauth/              endpoints of the OAuth 2.0 standards
//! pages/              hosted pages
//! ops/                probes
//! docs/               the OpenAPI document, and the page that shows it
//! extract/            what handlers take from a request
//! middleware/         what every request passes through
//! device_cookie.rs    the device token of a request and of a response
//! state.rs            the parts of the state that handlers take
//! hot_routes.rs       GET /get-user and /verify, past the router
//! error.rs            HttpError: every error as a status and a JSON message
//! error/use_cases.rs  the errors of the use cases as an HttpError
//! json.rs             responses in JSON
//! ```

mod account;
mod admin;
mod device_cookie;
mod docs;
mod error;
mod extract;
mod gateway;
mod hot_routes;
mod json;
mod middleware;
mod oauth;
mod ops;
mod pages;
mod state;

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, get_service, post};
use countersign_auth::{AuthLayer, RequireAuthLayer};
use tower::layer::layer_fn;
use tower::util::MapRequestLayer;
use tower::{Service, ServiceBuilder};

use self::account::{GET_USER, LogoutAuthenticator, LogoutCaller};
pub use self::docs::OPENAPI;
use self::error::HttpError;
use self::gateway::{VERIFY, Verify};
use self::hot_routes::HotRoutes;
use self::oauth::{METADATA, METADATA_OF_PATH};
use self::pages::{CurrentSite, Site};
use self::state::{Shared, State};
use crate::app::App;
use crate::config::HttpOptions;
use crate::sessions::{Caller, SessionAuthenticator};

/// The HTTP service: every route inside of the layers. Cheap to clone, and always ready.
pub fn service(
    app: App,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send>
+ Clone
+ Send
+ Sync
+ 'static {
    let options = Arc::clone(&app.http);
    let rfc6750 = AuthLayer::new(SessionAuthenticator(Arc::clone(&app.sessions)));
    let authenticate = rfc6750.clone().compatibility();
    let record_caller = MapRequestLayer::new(middleware::record_caller);
    let require_caller = (RequireAuthLayer::<Caller>::new(), record_caller.clone());
    let authenticated = (authenticate.clone(), require_caller.clone());
    let authenticated_rfc6750 = (rfc6750.clone(), require_caller);
    // Accepts also a token whose session has ended.
    let authenticated_logout = (
        AuthLayer::new(LogoutAuthenticator(Arc::clone(&app.sessions))).compatibility(),
        RequireAuthLayer::<LogoutCaller>::new(),
        MapRequestLayer::new(account::insert_caller),
        record_caller.clone(),
    );
    // Rejects anonymous requests itself.
    let get_user = ServiceBuilder::new()
        .layer(authenticate)
        .layer(record_caller)
        .service_fn(|request: Request| ready(Ok(account::get_user(&request))));

    let requests = app.metrics.metrics.requests().clone();
    let app = Arc::new(app);
    let site = CurrentSite::new(Arc::clone(&app));
    let verify = Verify::new(Arc::clone(&app.sessions), site.clone(), Arc::clone(&options));
    let state = Shared::from(State {
        readiness: Arc::new(ops::ReadinessCheck::new(Arc::clone(&app.accounts))),
        site: site.clone(),
        app: Arc::clone(&app),
    });
    let routes = Router::new()
        .route("/login", post(account::login))
        .route("/login/code", post(account::login_by_code))
        .route("/login/code/request", post(account::request_login_code))
        .route("/register", post(account::register))
        .route(GET_USER, get_service(get_user.clone()))
        .route(
            "/change-password",
            post(account::change_password).route_layer(authenticated.clone()),
        )
        .route("/verify-email/request", post(account::request_verification))
        .route("/verify-email", post(account::verify_email))
        .route("/forgot-password", post(account::forgot_password))
        .route("/reset-password", post(account::reset_password))
        .route("/accept-invitation", post(account::accept_invitation))
        .route("/change-email", post(account::change_email).route_layer(authenticated.clone()))
        .route("/change-email/confirm", post(account::confirm_email_change))
        .route("/change-email/undo", post(account::undo_email_change))
        .route("/account", delete(account::delete_account).route_layer(authenticated.clone()))
        .route("/account/delete", post(account::delete_account).route_layer(authenticated.clone()))
        .route("/logout", post(account::logout).route_layer(authenticated_logout))
        .route("/sessions", get(account::list_sessions).route_layer(authenticated.clone()))
        .route("/sessions/{id}", delete(account::end_session).route_layer(authenticated))
        .route("/token", post(oauth::token))
        .route("/revoke", post(oauth::revoke))
        .route("/introspect", post(oauth::introspect))
        .route(
            "/userinfo",
            get(oauth::userinfo).post(oauth::userinfo).route_layer(authenticated_rfc6750),
        )
        .route(METADATA, get(oauth::metadata))
        .route(METADATA_OF_PATH, get(oauth::metadata))
        .route("/.well-known/openid-configuration", get(oauth::openid_configuration))
        .route("/.well-known/jwks.json", get(oauth::jwks))
        .route("/healthz", get(ops::healthz))
        .route("/readyz", get(ops::readyz))
        .route("/openapi.json", get(docs::document))
        .route("/docs", get(docs::page))
        .route("/docs/{asset}", get(docs::asset))
        .method_not_allowed_fallback(other_method)
        .fallback(no_such_route)
        .merge(admin_routes(&state, &rfc6750))
        .with_state(state);
    // The pages have rules of their own about other origins; and a preflight request that a gateway passes
    // on is about its upstream.
    let without_cors = HttpOptions { cors_origins: Vec::new(), ..(*options).clone() };
    let verify = middleware::wrap(verify, VERIFY, &without_cors, &requests);
    let pages = pages::routes(&app, &site, other_method);
    let all = requests.clone();
    let pages =
        pages.layer(layer_fn(move |route| middleware::wrap(route, "none", &without_cors, &all)));
    HotRoutes {
        get_user: middleware::wrap(get_user, GET_USER, &options, &requests),
        verify,
        routes: routes
            .layer(layer_fn(move |route| middleware::wrap(route, "none", &options, &requests)))
            .merge(pages),
    }
}

/// The service of the admin listener: metrics, and the probes. Cheap to clone, and always ready.
pub fn admin_service(
    app: App,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send>
+ Clone
+ Send
+ Sync
+ 'static {
    let readiness = Arc::new(ops::ReadinessCheck::new(Arc::clone(&app.accounts)));
    let probes = Router::new()
        .route("/healthz", get(ops::healthz))
        .route("/readyz", get(ops::readyz))
        .with_state(readiness);
    let metrics = Router::new().route("/metrics", get(ops::metrics)).with_state(Arc::new(app));
    let routes = probes
        .merge(metrics)
        .method_not_allowed_fallback(other_method)
        .fallback(|| async { HttpError::NotFound });
    middleware::wrap_admin(routes)
}

/// The routes of the administration API, each behind the layers that demand an administrator.
fn admin_routes(state: &Shared, rfc6750: &AuthLayer<SessionAuthenticator>) -> Router<Shared> {
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(state.clone(), admin::authenticate_client::<Shared>))
        .layer(rfc6750.clone())
        .layer(MapRequestLayer::new(middleware::record_caller))
        .layer(from_fn_with_state(state.clone(), admin::require_administrator));
    Router::new()
        .route("/admin/users", get(admin::list_users).post(admin::create_user))
        .route(
            "/admin/users/{id}",
            get(admin::show_user).patch(admin::update_user).delete(admin::delete_user),
        )
        .route("/admin/users/{id}/password", post(admin::set_password))
        .route("/admin/users/{id}/reset-password", post(admin::reset_password))
        .route(
            "/admin/users/{id}/sessions",
            get(admin::list_sessions).delete(admin::end_all_sessions),
        )
        .route("/admin/users/{id}/sessions/{session}", delete(admin::end_session))
        .route("/admin/audit-events", get(admin::list_events))
        .route("/admin/mails", get(admin::list_mails))
        .route("/admin/mails/{id}/retry", post(admin::retry_mail))
        .route_layer(layers)
}

/// Responds to `OPTIONS`, and with a 405 to the other methods; axum adds `Allow`.
async fn other_method(method: Method) -> Response {
    if method == Method::OPTIONS {
        axum::http::StatusCode::NO_CONTENT.into_response()
    } else {
        HttpError::MethodNotAllowed.into_response()
    }
}

/// Leads a browser from `/` to the pages; responds with a 404 otherwise.
async fn no_such_route(
    axum::extract::State(site): axum::extract::State<Arc<Site>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let start = pages::start_page(&method, &uri, &headers).filter(|_| site.is_enabled());
    start.unwrap_or_else(|| HttpError::NotFound.into_response())
}

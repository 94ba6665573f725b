//! The routes of the pages, and their layers.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Method};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use tower_http::cors::CorsLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};

use super::account;
use super::assets;
use super::change_email;
use super::change_password;
use super::delete_account;
use super::error_page::error_pages;
use super::export;
use super::forgot_password;
use super::headers::add_headers;
use super::inbox;
use super::links;
use super::new_password;
use super::sessions;
use super::sign_in;
use super::sign_out;
use super::sign_up;
use super::site::{CurrentSite, Site};
use super::start;
use super::state::PageState;
use super::token;
use crate::app::App;
use crate::http::error::HttpError;
use crate::http::middleware::PREFLIGHT_AGE;

/// The pages, where they are enabled. `other_method` responds to other methods than those of a route.
pub(in crate::http) fn routes<H, T>(
    app: &Arc<App>,
    current: &CurrentSite,
    other_method: H,
) -> Router
where
    H: Handler<T, PageState>,
    T: 'static,
{
    let site = current.get();
    if !site.is_enabled() {
        return Router::new();
    }
    let state = PageState { app: Arc::clone(app), site: current.clone() };
    let pages = Router::new()
        .route("/ui", get(async || super::page::redirect("/ui/")))
        .route("/ui/", get(start::show))
        .route("/ui/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/ui/sign-up", get(sign_up::show).post(sign_up::sign_up))
        .route("/ui/account", get(account::show))
        .route("/ui/change-password", get(change_password::show).post(change_password::change))
        .route("/ui/change-email", get(change_email::show).post(change_email::request))
        .route("/ui/verify-email/request", post(change_email::request_verification))
        .route("/ui/verify-email", get(links::show_verify).post(links::verify))
        .route("/ui/confirm-email", get(links::show_confirm).post(links::confirm))
        .route("/ui/undo-email-change", get(links::show_undo).post(links::undo))
        .route("/ui/forgot-password", get(forgot_password::show).post(forgot_password::request))
        .route("/ui/reset-password", get(new_password::show_reset).post(new_password::reset))
        .route(
            "/ui/accept-invitation",
            get(new_password::show_invitation).post(new_password::accept_invitation),
        )
        .route("/ui/inbox", get(inbox::list))
        .route("/ui/inbox/{id}", get(inbox::show))
        .route("/ui/sessions/end", post(sessions::end_one))
        .route("/ui/sessions/end-others", post(sessions::end_others))
        .route("/ui/delete-account", get(delete_account::show).post(delete_account::delete))
        .route("/ui/export", get(export::export))
        .route("/ui/sign-out", get(sign_out::show).post(sign_out::sign_out))
        .route("/ui/style.css", get(assets::style))
        .route("/ui/logo", get(assets::logo))
        .route("/ui/{*path}", any(async || HttpError::NotFound))
        .method_not_allowed_fallback(other_method.clone())
        .layer(csrf(&site, false))
        .layer(from_fn_with_state(state.clone(), error_pages));
    let token = Router::new()
        .route("/ui/token", post(token::issue))
        .method_not_allowed_fallback(other_method)
        .layer(csrf(&site, true))
        .layer(cors(&site));
    let of_headers = current.clone();
    pages.merge(token).with_state(state).layer(map_response(move |response: Response| {
        let site = of_headers.get();
        async move { add_headers(&site, response) }
    }))
}

/// Rejects requests that other origins make, by `Sec-Fetch-Site` and `Origin`. Those of front ends may
/// get tokens, and do nothing else.
fn csrf(
    site: &Site,
    with_front_ends: bool,
) -> CsrfLayer<impl FnMut(ProtectionError) -> Response + Clone + Send + Sync + 'static> {
    let own = site.public_url.iter().map(ToString::to_string);
    let front_ends = site.options.redirect_origins.iter().filter(|_| with_front_ends);
    let trusted = own.chain(front_ends.map(str::to_owned));
    let layer = trusted.fold(CsrfLayer::new(), |layer, origin| {
        // Such as that of a browser extension, which is never trusted.
        layer.clone().add_trusted_origin(origin).unwrap_or(layer)
    });
    layer.with_rejection_response(|_| HttpError::ForeignOrigin.into_response())
}

/// Lets front ends read the response.
fn cors(site: &Site) -> CorsLayer {
    let origins = site.options.redirect_origins.iter();
    let origins: Vec<HeaderValue> = origins.filter_map(|origin| origin.parse().ok()).collect();
    CorsLayer::new()
        .max_age(PREFLIGHT_AGE)
        .allow_origin(origins)
        .allow_credentials(true)
        .allow_methods([Method::POST])
        .allow_headers([CONTENT_TYPE])
        .expose_headers([RETRY_AFTER])
}

//! `/verify`: forward authentication, for `auth_request` (nginx), `forward_auth` (Caddy), `ForwardAuth`
//! (Traefik), `ext_authz` (Envoy) and others.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use countersign_auth::response::{auth_required, invalid_token};
use countersign_auth::{Authenticate, Rejection};
use futures_util::future::{BoxFuture, Either};
use tower::Service;
use tracing::error;

use super::credentials::Credentials;
use super::foreign_origin::is_foreign;
use super::identity;
use super::requirement::Requirement;
use super::sign_in::sign_in;
use crate::config::HttpOptions;
#[cfg(test)]
use crate::domain::UserRequirement;
#[cfg(test)]
use crate::http::docs::responses::{InvalidRequest, TokenRejected};
use crate::http::error::HttpError;
#[cfg(test)]
use crate::http::error::Message as Error;
use crate::http::pages::CurrentSite;
use crate::sessions::{Caller, SessionAuthenticator, Sessions};
use crate::telemetry;

/// The path of the route.
pub(in crate::http) const VERIFY: &str = "/verify";

/// Responds with the identity of a request's user in headers: `200`, or `401` and `403`, which are the
/// other statuses that nginx takes from it. Of any method, which is that of the client behind Envoy.
#[derive(Clone)]
pub(in crate::http) struct Verify(Arc<State>);

struct State {
    authenticator: SessionAuthenticator,
    sessions: Arc<Sessions>,
    site: CurrentSite,
    options: Arc<HttpOptions>,
}

impl Verify {
    pub(in crate::http) fn new(
        sessions: Arc<Sessions>,
        site: CurrentSite,
        options: Arc<HttpOptions>,
    ) -> Self {
        let authenticator = SessionAuthenticator(Arc::clone(&sessions));
        Self(Arc::new(State { authenticator, sessions, site, options }))
    }
}

impl Service<Request> for Verify {
    type Response = Response;
    type Error = Infallible;
    type Future = Either<
        Ready<Result<Response, Infallible>>,
        BoxFuture<'static, Result<Response, Infallible>>,
    >;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    /// Boxes nothing for an access token whose user is in memory, as most are.
    fn call(&mut self, request: Request) -> Self::Future {
        let (parts, _) = request.into_parts();
        let state = Arc::clone(&self.0);
        match state.verify_now(&parts) {
            Some(response) => Either::Left(ready(Ok(response))),
            None => Either::Right(Box::pin(async move { Ok(state.verify(&parts).await) })),
        }
    }
}

impl State {
    /// The response where nothing has to be awaited.
    fn verify_now(&self, parts: &Parts) -> Option<Response> {
        match Credentials::of(&parts.headers, &self.site.get()) {
            Credentials::Token(token) => {
                let authenticated = self.authenticator.authenticate_now(token)?;
                Some(self.of_token(parts, authenticated))
            }
            Credentials::Cookie(_) => None,
            Credentials::Malformed => Some(invalid_token()),
            Credentials::None => Some(self.anonymous(parts)),
        }
    }

    async fn verify(&self, parts: &Parts) -> Response {
        match Credentials::of(&parts.headers, &self.site.get()) {
            Credentials::Token(token) => {
                let authenticated = self.authenticator.authenticate(token).await;
                self.of_token(parts, authenticated)
            }
            Credentials::Cookie(cookie) => match self.sessions.browser_caller(cookie).await {
                Ok(Some(_)) if self.is_foreign(parts) => HttpError::ForeignOrigin.into_response(),
                Ok(Some(browser)) => self.authenticated(parts, &browser.caller),
                Ok(None) => self.anonymous(parts),
                Err(error) => HttpError::from(error).into_response(),
            },
            Credentials::Malformed => invalid_token(),
            Credentials::None => self.anonymous(parts),
        }
    }

    fn of_token(&self, parts: &Parts, authenticated: Result<Caller, Rejection>) -> Response {
        match authenticated {
            Ok(caller) => self.authenticated(parts, &caller),
            Err(Rejection::Unavailable) => HttpError::Unavailable.into_response(),
            Err(_) => invalid_token(),
        }
    }

    fn authenticated(&self, parts: &Parts, caller: &Caller) -> Response {
        telemetry::record_user(caller.user.id);
        self.identified(parts, caller).unwrap_or_else(IntoResponse::into_response)
    }

    fn identified(&self, parts: &Parts, caller: &Caller) -> Result<Response, HttpError> {
        let requirement = Requirement::parse(parts.uri.query())?;
        requirement.check(&caller.user)?;
        let mut response = Response::default();
        identity::insert(&caller.user, response.headers_mut());
        if let Some(audience) = requirement.assertion {
            let assertion = self.assertion(caller, &audience)?;
            response.headers_mut().insert(identity::ASSERTION, assertion);
        }
        Ok(response)
    }

    fn assertion(&self, caller: &Caller, audience: &str) -> Result<HeaderValue, HttpError> {
        if !self.options.assertion_audiences.iter().any(|known| known == audience) {
            let message = "The audience of the assertion is none of --assertion-audiences";
            return Err(HttpError::BadRequest(message.into()));
        }
        let assertion = self.sessions.assertion(caller, audience)?;
        HeaderValue::try_from(assertion).map_err(|error| {
            error!(%error, "an assertion is no header");
            HttpError::Internal
        })
    }

    /// The response to a request without valid credentials. Its parameters are checked all the same.
    fn anonymous(&self, parts: &Parts) -> Response {
        if let Err(error) = Requirement::parse(parts.uri.query()) {
            return error.into_response();
        }
        sign_in(parts, &self.options, &self.site.get()).unwrap_or_else(auth_required)
    }

    fn is_foreign(&self, parts: &Parts) -> bool {
        is_foreign(&parts.method, &parts.headers, self.site.get().redirect_origins())
    }
}

/// The identity of a request's user, in headers.
///
/// Any method is that of a `GET`.
#[cfg(test)]
#[utoipa::path(
    get, path = "/verify", tag = "Gateways", operation_id = "verify",
    security(("bearer" = []), ("bare_token" = []), ("session_cookie" = [])),
    params(
        ("require" = inline(Option<UserRequirement>), Query, description = "What the user must be, beside signed in"),
        ("assertion" = Option<String>, Query, description = "One of `--assertion-audiences`: the `aud` of the assertion"),
    ),
    responses(
        (status = 200, description = "The user", headers(
            ("Remote-User" = String, description = "E-mail address, percent-encoded where it is not visible ASCII"),
            ("Remote-Email" = String, description = "The same"),
            ("X-Auth-User-Id" = i64, description = "ID of the user"),
            ("X-Auth-Admin" = bool, description = "Whether the user is an administrator"),
            ("X-Auth-Email-Verified" = bool, description = "Whether the address is verified"),
            ("X-Auth-Assertion" = Option<String>, description = "The assertion that is asked for, a JWT"),
        )),
        (status = 303, description = "To the sign-in page: a browser without a session"),
        (status = 403, description = "The user is not what is required, or a page of another origin has made the request with the cookie", body = Error),
        InvalidRequest, TokenRejected,
    )
)]
#[expect(dead_code, reason = "for the OpenAPI document")]
pub(super) fn document() {}

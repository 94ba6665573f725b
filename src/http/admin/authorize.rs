//! Who may use the administration API.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use countersign_auth::response::auth_required;

use crate::accounts::Administrator;
use crate::config::HttpOptions;
use crate::credentials::Attempts;
use crate::domain::{ClientId, RequestContext};
use crate::http::error::HttpError;
use crate::http::oauth::AnyClient;
use crate::oauth_clients::OAuthClients;
use crate::sessions::Caller;

/// Authenticates OAuth clients; requests of users, and anonymous ones, pass unchanged.
pub(in crate::http) async fn authenticate_client<S>(
    State(state): State<S>,
    request: Request,
    next: Next,
) -> Response
where
    Arc<OAuthClients>: FromRef<S>,
    Attempts: FromRef<S>,
    Arc<HttpOptions>: FromRef<S>,
    S: Send + Sync,
{
    let (mut parts, body) = request.into_parts();
    if let Err(error) = AnyClient::from_request_parts(&mut parts, &state).await {
        return HttpError::from(error).into_response();
    }
    if parts.extensions.get::<ClientId>().is_some() {
        // It is no bearer token, which the next layer would demand.
        parts.headers.remove(AUTHORIZATION);
    }
    next.run(Request::from_parts(parts, body)).await
}

/// Rejects anonymous requests, and those of a user or an OAuth client that may not administrate.
pub(in crate::http) async fn require_administrator(
    State(clients): State<Arc<OAuthClients>>,
    request: Request,
    next: Next,
) -> Response {
    let caller = request.extensions().get::<Caller>();
    let client = request.extensions().get::<ClientId>();
    let may_administrate = match (caller, client) {
        (Some(caller), _) => caller.user.is_admin,
        (None, Some(client)) => clients.may_administrate(client),
        (None, None) => return auth_required(),
    };
    if may_administrate {
        next.run(request).await
    } else {
        HttpError::NotAdministrator.into_response()
    }
}

/// The originator of a request that has passed [`require_administrator`].
pub(in crate::http) struct By(pub(super) Administrator);

impl<S> FromRequestParts<S> for By
where
    Arc<HttpOptions>: FromRef<S>,
    S: Sync,
{
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        let context: Result<_, Infallible> = RequestContext::from_request_parts(parts, state).await;
        let Ok(context) = context;
        match (parts.extensions.get::<Caller>(), &context.oauth_client) {
            (Some(caller), _) => Ok(Self(Administrator::user(caller, context))),
            (None, Some(_)) => Ok(Self(Administrator::oauth_client(context))),
            (None, None) => Err(HttpError::NotAdministrator),
        }
    }
}

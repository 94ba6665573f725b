//! The browser session of a request.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::page::{redirect, with_next};
use super::site::Site;
use crate::http::error::HttpError;
use crate::sessions::{BrowserCaller, Sessions};
use crate::telemetry;

/// The browser session of a request; without one the response leads to the sign-in page, and back.
///
/// Its caller becomes the acting user of the request context, if that is extracted after it.
pub(super) struct SignedIn(pub(super) BrowserCaller);

/// The browser session of a request, if there is one.
pub(super) struct MaybeSignedIn(pub(super) Option<BrowserCaller>);

impl<S> FromRequestParts<S> for MaybeSignedIn
where
    Arc<Site>: FromRef<S>,
    Arc<Sessions>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        let (site, sessions) = (Arc::<Site>::from_ref(state), Arc::<Sessions>::from_ref(state));
        let Some(cookie) = site.cookie.presented(&parts.headers) else { return Ok(Self(None)) };
        Ok(Self(sessions.browser_caller(cookie).await?))
    }
}

impl<S> FromRequestParts<S> for SignedIn
where
    Arc<Site>: FromRef<S>,
    Arc<Sessions>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let found = MaybeSignedIn::from_request_parts(parts, state).await;
        match found.map_err(IntoResponse::into_response)?.0 {
            Some(browser) => {
                telemetry::record_user(browser.caller.user.id);
                parts.extensions.insert(browser.caller.clone());
                Ok(Self(browser))
            }
            None if parts.method.is_safe() => {
                let here = parts.uri.path_and_query().map(ToString::to_string);
                Err(redirect(&with_next("/ui/sign-in", here.as_deref())))
            }
            None => Err(redirect("/ui/sign-in")),
        }
    }
}

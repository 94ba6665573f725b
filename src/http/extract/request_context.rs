//! The context of a request, made once per request and passed to every use case.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderValue;
use axum::http::header::{ACCEPT_LANGUAGE, USER_AGENT};
use axum::http::request::Parts;

use super::client_address::client_address;
use crate::config::HttpOptions;
use crate::domain::{AcceptLanguage, ClientId, ClientInfo, RequestContext};
use crate::http::device_cookie;
use crate::sessions::Caller;
use crate::telemetry::RequestScope;

/// How much of `User-Agent` is stored, in characters.
const MAX_USER_AGENT: usize = 256;

/// Takes the acting user from the [`Caller`] in the extensions, and the OAuth client from the [`ClientId`]
/// there: a handler that takes an OAuth client takes it before the context.
impl<S> FromRequestParts<S> for RequestContext
where
    Arc<HttpOptions>: FromRef<S>,
    S: Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let options = Arc::<HttpOptions>::from_ref(state);
        Ok(Self {
            client: client_info(parts, &options),
            request_id: RequestScope::with_current(RequestScope::id),
            oauth_client: parts.extensions.get::<ClientId>().cloned(),
            device_token: device_cookie::presented(&parts.headers),
            languages: languages(parts),
            acting_user: parts.extensions.get::<Caller>().map(|caller| caller.user.id),
        })
    }
}

/// The languages of the first `Accept-Language` field; none for one that is longer than 256 bytes.
fn languages(parts: &Parts) -> AcceptLanguage {
    let value = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    value.filter(|value| value.len() <= 256).map(AcceptLanguage::parse).unwrap_or_default()
}

fn client_info(parts: &Parts, options: &HttpOptions) -> ClientInfo {
    let HttpOptions { forwarded_header, trusted_proxies, .. } = options;
    let user_agent = parts.headers.get(USER_AGENT).map(HeaderValue::as_bytes);
    let user_agent = user_agent.map(String::from_utf8_lossy);
    let peer = parts.extensions.get::<SocketAddr>();
    ClientInfo {
        user_agent: user_agent.map(|agent| agent.chars().take(MAX_USER_AGENT).collect()),
        address: peer.map(|peer| {
            client_address(peer.ip(), &parts.headers, *forwarded_header, trusted_proxies)
        }),
    }
}

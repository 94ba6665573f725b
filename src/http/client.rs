//! Who opens a session, as far as it says.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::extract::FromRequestParts;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;

use crate::sessions::Client;

/// How much of a `User-Agent` is kept, in characters.
const LONGEST_USER_AGENT: usize = 256;

/// The client of a request: its `User-Agent`, and the address that its connection comes from.
pub(super) struct From(pub(super) Client);

impl<S: Sync> FromRequestParts<S> for From {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        let user_agent = agent.map(|agent| agent.chars().take(LONGEST_USER_AGENT).collect());
        let peer = parts.extensions.get::<SocketAddr>();
        Ok(Self(Client {
            user_agent,
            address: peer.map(|peer| peer.ip().to_canonical().to_string()),
        }))
    }
}

//! The access token or the session cookie of a request.

use axum::http::HeaderMap;
use countersign_auth::Bearer;

use crate::http::pages::Site;

/// What a request authenticates itself with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credentials<'a> {
    /// An access token, unverified.
    Token(&'a str),
    /// The cookie of a browser session, unverified.
    Cookie(&'a str),
    /// Several `Authorization` headers, or one that is malformed.
    Malformed,
    None,
}

impl<'a> Credentials<'a> {
    /// The credentials of a request. An access token takes precedence over the cookie; credentials of
    /// another scheme are those of the upstream.
    pub(super) fn of(headers: &'a HeaderMap, site: &Site) -> Self {
        match Bearer::of(headers) {
            // Clients of the original service send it without a scheme, as they do to /get-user.
            Bearer::Token(token) | Bearer::Bare(token) => Self::Token(token),
            Bearer::Malformed => Self::Malformed,
            Bearer::Absent | Bearer::OtherScheme => {
                site.presented_cookie(headers).map_or(Self::None, Self::Cookie)
            }
        }
    }
}

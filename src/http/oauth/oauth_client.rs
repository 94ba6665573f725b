//! Which client asks, and whether it is that (RFC 6749 section 2.3).
//!
//! Clients prove who they are by HTTP Basic, and in no other way.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use tracing::info;

use super::error::OAuthError;
use super::parameters::Parameters;
use crate::oauth_clients::OAuthClients;
use crate::telemetry::AUDIT;

/// A configured client that has proved who it is. All others are refused, before their body is
/// read.
pub(in crate::http) struct ConfidentialClient(pub(super) AnyClient);

/// A configured client that has proved who it is, or one that has not tried to: a public client.
pub(in crate::http) struct AnyClient {
    is_authenticated: bool,
}

impl AnyClient {
    /// Refuses parameters that prove who the client is. `client_id` alone proves nothing, and is
    /// passed over.
    pub(super) fn check(&self, parameters: &mut Parameters) -> Result<(), OAuthError> {
        parameters.optional("client_id")?;
        for proof in ["client_secret", "client_assertion"] {
            match (parameters.optional(proof)?, self.is_authenticated) {
                (None, _) => {}
                (Some(_), false) => return Err(OAuthError::InvalidClient),
                (Some(_), true) => {
                    let description = "The client proves who it is in two ways";
                    return Err(OAuthError::InvalidRequest(description.into()));
                }
            }
        }
        Ok(())
    }
}

impl<S> FromRequestParts<S> for AnyClient
where
    Arc<OAuthClients>: FromRef<S>,
    S: Sync,
{
    type Rejection = OAuthError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, OAuthError> {
        let clients = Arc::<OAuthClients>::from_ref(state);
        Ok(Self { is_authenticated: authenticate(&parts.headers, &clients)? })
    }
}

impl<S> FromRequestParts<S> for ConfidentialClient
where
    Arc<OAuthClients>: FromRef<S>,
    S: Sync,
{
    type Rejection = OAuthError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, OAuthError> {
        let client = AnyClient::from_request_parts(parts, state).await?;
        if client.is_authenticated { Ok(Self(client)) } else { Err(OAuthError::InvalidClient) }
    }
}

/// Whether a client has proved who it is. One that tries to and fails is refused, also where it
/// tries in a way that is not known here (section 5.2).
fn authenticate(headers: &HeaderMap, clients: &OAuthClients) -> Result<bool, OAuthError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, more) = (values.next(), values.next());
    let Some(value) = value else { return Ok(false) };
    if more.is_some() {
        let description = "There are several Authorization headers";
        return Err(OAuthError::InvalidRequest(description.into()));
    }
    // Some front ends put the caller's token into every request: no try to be a client (RFC 6750).
    let scheme = value.as_bytes().split(u8::is_ascii_whitespace).find(|word| !word.is_empty());
    if scheme.is_none_or(|scheme| scheme.eq_ignore_ascii_case(b"bearer")) {
        return Ok(false);
    }
    let proved = value.to_str().ok().and_then(basic);
    if proved.is_some_and(|(id, secret)| clients.verify(&id, &secret)) {
        return Ok(true);
    }
    info!(target: AUDIT, "a client did not prove who it is");
    Err(OAuthError::InvalidClient)
}

/// The id and the secret in `Basic …` (RFC 7617), each of them form-urlencoded (RFC 6749 section
/// 2.3.1).
fn basic(authorization: &str) -> Option<(String, String)> {
    let (scheme, credentials) = authorization.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let credentials = String::from_utf8(STANDARD.decode(credentials.trim_start()).ok()?).ok()?;
    let (id, secret) = credentials.split_once(':')?;
    Some((form_decoded(id)?, form_decoded(secret)?))
}

fn form_decoded(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("Basic", "gateway:s3cret", Some(("gateway", "s3cret")))]
    #[case::any_case("bASIC", "gateway:s3cret", Some(("gateway", "s3cret")))]
    #[case::encoded("Basic", "g%61teway:s%3Acr%C3%A9t+%2B", Some(("gateway", "s:cr\u{e9}t +")))]
    #[case::second_colon("Basic", "gateway:a:b", Some(("gateway", "a:b")))]
    #[case::empty("Basic", ":", Some(("", "")))]
    #[case::no_colon("Basic", "gateway", None)]
    #[case::not_utf8("Basic", "gateway:%FF", None)]
    #[case::other_scheme("Bearer", "gateway:s3cret", None)]
    fn id_and_secret_are_form_urlencoded_inside_of_basic(
        #[case] scheme: &str,
        #[case] credentials: &str,
        #[case] expected: Option<(&str, &str)>,
    ) {
        let read = basic(&format!("{scheme} {}", STANDARD.encode(credentials)));
        let read = read.as_ref().map(|(id, secret)| (id.as_str(), secret.as_str()));
        assert_eq!(read, expected);
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        for text in
            ["", "Basic", "Basic ", "Basic :", "Basic a:b", "Basic YTpi YTpi", "Basic YTpi="]
        {
            assert_eq!(basic(text), None, "{text:?}");
        }
    }
}

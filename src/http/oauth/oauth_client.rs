//! Authentication of OAuth clients (RFC 6749 section 2.3): by HTTP Basic, and in no other way.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::error::OAuthError;
use super::parameters::Parameters;
use crate::config::HttpOptions;
use crate::credentials::Attempts;
use crate::domain::{ClientId, RequestContext};
use crate::oauth_clients::OAuthClients;
use crate::telemetry;

/// An authenticated OAuth client. All other clients are rejected before their body is read.
pub(in crate::http) struct ConfidentialClient(pub(super) AnyClient);

/// An authenticated OAuth client, or a public client, which sends no credentials.
pub(in crate::http) struct AnyClient {
    is_authenticated: bool,
}

impl AnyClient {
    /// Rejects client credentials among the parameters. `client_id` alone is ignored.
    pub(super) fn check(&self, parameters: &mut Parameters) -> Result<(), OAuthError> {
        parameters.optional("client_id")?;
        for credential in ["client_secret", "client_assertion"] {
            match (parameters.optional(credential)?, self.is_authenticated) {
                (None, _) => {}
                (Some(_), false) => return Err(OAuthError::InvalidClient),
                (Some(_), true) => {
                    let description = "The client must use one authentication method per request";
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
    Attempts: FromRef<S>,
    Arc<HttpOptions>: FromRef<S>,
    S: Sync,
{
    type Rejection = OAuthError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, OAuthError> {
        let clients = Arc::<OAuthClients>::from_ref(state);
        let id = match authenticate(&parts.headers, &clients) {
            Ok(id) => id.cloned(),
            Err(error) => {
                if let OAuthError::InvalidClient = error {
                    let Ok(context) = RequestContext::from_request_parts(parts, state).await;
                    let rejected = Attempts::from_ref(state).reject_oauth_client(&context);
                    rejected.map_err(OAuthError::TooManyRequests)?;
                }
                return Err(error);
            }
        };
        if let Some(id) = id.clone() {
            telemetry::record_oauth_client(&id);
            // For the request context.
            parts.extensions.insert(id);
        }
        Ok(Self { is_authenticated: id.is_some() })
    }
}

impl<S> FromRequestParts<S> for ConfidentialClient
where
    Arc<OAuthClients>: FromRef<S>,
    Attempts: FromRef<S>,
    Arc<HttpOptions>: FromRef<S>,
    S: Sync,
{
    type Rejection = OAuthError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, OAuthError> {
        let client = AnyClient::from_request_parts(parts, state).await?;
        if client.is_authenticated { Ok(Self(client)) } else { Err(OAuthError::InvalidClient) }
    }
}

/// The authenticated client; `None` for a public client.
///
/// # Errors
///
/// [`OAuthError::InvalidClient`] for invalid credentials, and for another scheme than Basic (section 5.2).
fn authenticate<'a>(
    headers: &HeaderMap,
    clients: &'a OAuthClients,
) -> Result<Option<&'a ClientId>, OAuthError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, more) = (values.next(), values.next());
    let Some(value) = value else { return Ok(None) };
    if more.is_some() {
        let description = "There are several Authorization headers";
        return Err(OAuthError::InvalidRequest(description.into()));
    }
    // Some reverse proxies add the user's access token to every request (RFC 6750).
    let scheme = value.as_bytes().split(u8::is_ascii_whitespace).find(|word| !word.is_empty());
    if scheme.is_none_or(|scheme| scheme.eq_ignore_ascii_case(b"bearer")) {
        return Ok(None);
    }
    let credentials = value.to_str().ok().and_then(basic);
    let client = credentials.and_then(|(id, secret)| clients.authenticate(&id, &secret));
    client.map(Some).ok_or(OAuthError::InvalidClient)
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
    fn id_and_secret_in_basic_are_form_urlencoded(
        #[case] scheme: &str,
        #[case] credentials: &str,
        #[case] expected: Option<(&str, &str)>,
    ) {
        let read = basic(&format!("{scheme} {}", STANDARD.encode(credentials)));
        let read = read.as_ref().map(|(id, secret)| (id.as_str(), secret.as_str()));
        assert_eq!(read, expected);
    }

    #[test]
    fn credentials_that_are_not_base64_are_rejected() {
        for text in
            ["", "Basic", "Basic ", "Basic :", "Basic a:b", "Basic YTpi YTpi", "Basic YTpi="]
        {
            assert_eq!(basic(text), None, "{text:?}");
        }
    }
}

//! Verification of access tokens.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::claims::Claims;
use super::json::{object, present};
use super::shared_keys::SharedVerificationKeys;
use super::timestamp::Timestamp;
use super::verification_key::VerificationKey;
use super::verification_keys::VerificationKeys;

/// Verifies access tokens, with each key in its own algorithm and no other, whatever the token's
/// header says (RFC 8725 section 3.1).
///
/// A token whose `kid` is that of a key is verified with that key alone. One without a `kid`, or with
/// an unknown one, is tried with every key whose algorithm is the header's `alg`: other issuers
/// that share the secret may use any `kid` or none.
///
/// ```
/// use countersign_auth::{Secret, Timestamp, TokenVerifier, VerificationKeys};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // For a countersign that signs with a shared secret:
/// let secret = Secret::new(b"a secret of at least thirty-two bytes".to_vec())?;
/// let verifier = TokenVerifier::new(VerificationKeys::from_secret(&secret));
/// // For a countersign that signs with key pairs:
/// # let pem = "-----BEGIN PUBLIC KEY-----
/// # MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
/// # -----END PUBLIC KEY-----";
/// let verifier = TokenVerifier::new(VerificationKeys::from_pem(pem.as_bytes())?)
///     .issuer("https://auth.example.com")
///     .audience("shop");
/// let now = Timestamp::from_seconds(1_800_000_000);
/// assert!(verifier.verify("eyJhbGciOiJub25lIn0.e30.", now).is_err());
/// # Ok(())
/// # }
/// ```
///
/// jsonwebtoken verifies the signature; the rest is done here. Its `decode` is not used: it parses
/// header and claims twice, takes the time from the system, accepts a token in the second of its
/// `exp`, and enforces neither `crit` nor `typ`.
#[derive(Clone)]
pub struct TokenVerifier {
    keys: SharedVerificationKeys,
    issuer: Option<String>,
    audience: Option<String>,
}

/// The reasons for which a token is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Longer than [`TokenVerifier::MAX_LENGTH`].
    #[error("longer than 8192 bytes")]
    TooLong,
    /// Not three parts of unpadded base64url (RFC 7515 section 3.1).
    #[error("not a signed JWT")]
    Format,
    /// The header is not a JSON object, or a member has the wrong type.
    #[error("malformed JWT header")]
    Header,
    /// `alg` is not the algorithm of the key, or of any key (RFC 8725 section 3.1).
    #[error("alg is not the algorithm of the key")]
    Algorithm,
    /// `typ` is neither JWT nor at+jwt (RFC 8725 section 3.11).
    #[error("typ is not that of an access token")]
    Type,
    /// A critical extension, `crit` (RFC 7515 section 4.1.11), of which none is supported.
    #[error("unsupported critical extension")]
    Critical,
    /// A key, or the URL of one, in the header (RFC 8725 section 3.10).
    #[error("the header contains a key or the URL of one")]
    EmbeddedKey,
    /// The signature was made with another key or over another text.
    #[error("the signature does not match")]
    Signature,
    /// `user_id` or `exp` is missing, or a claim has the wrong type or range.
    #[error("a claim is missing or malformed")]
    Claims,
    /// The second of `exp` has come.
    #[error("expired")]
    Expired,
    /// The second of `nbf` has not come.
    #[error("not valid yet")]
    NotYetValid,
    /// `iss` is not the configured issuer.
    #[error("wrong issuer")]
    Issuer,
    /// `aud` does not contain the configured audience, or is present where none is configured.
    #[error("wrong audience")]
    Audience,
}

/// The members of a JWS header (RFC 7515 section 4.1) that decide whether a token is accepted.
#[derive(Deserialize)]
struct Header {
    // As text: serde would take an enum from a map, too.
    alg: String,
    #[serde(default, deserialize_with = "present")]
    typ: Option<String>,
    #[serde(default, deserialize_with = "present")]
    kid: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "present")]
    jwk: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "present")]
    jku: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "present")]
    x5u: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "present")]
    x5c: Option<IgnoredAny>,
}

impl Header {
    fn parse(part: &str) -> Result<Self, TokenError> {
        object(&decode(part)?).map_err(|_| TokenError::Header)
    }

    fn has_embedded_key(&self) -> bool {
        [self.jwk, self.jku, self.x5u, self.x5c].iter().any(Option::is_some)
    }

    /// Whether `typ` is that of a JWT or of an access token (RFC 9068 section 2.1): compared without
    /// case, with an optional `application/` (RFC 7515 section 4.1.9).
    fn is_access_token(&self) -> bool {
        let typ = self.typ.as_deref().unwrap_or("JWT").to_ascii_lowercase();
        matches!(typ.strip_prefix("application/").unwrap_or(&typ), "jwt" | "at+jwt")
    }
}

impl TokenVerifier {
    /// The maximum length of a token in bytes.
    pub const MAX_LENGTH: usize = 8192;

    /// Verifies tokens with `keys`, from any issuer and without an audience. Keys that are passed as
    /// [`SharedVerificationKeys`] can be replaced later.
    #[must_use]
    pub fn new(keys: impl Into<SharedVerificationKeys>) -> Self {
        Self { keys: keys.into(), issuer: None, audience: None }
    }

    /// Requires this `iss`.
    #[must_use]
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        Self { issuer: Some(issuer.into()), ..self }
    }

    /// Requires `aud` to contain this audience.
    #[must_use]
    pub fn audience(self, audience: impl Into<String>) -> Self {
        Self { audience: Some(audience.into()), ..self }
    }

    /// The claims of `token`, if it is valid at `now`.
    ///
    /// `exp` is exact: in that second the token is expired. `iss` is required if an issuer is
    /// configured. `aud` must contain the audience if one is configured, and must be absent otherwise
    /// (RFC 7519 section 4.1.3).
    ///
    /// # Errors
    ///
    /// [`TokenError`], the reason for which the token is rejected.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Arc<Claims>, TokenError> {
        let in_use = self.keys.load();
        if let Some(claims) = in_use.verified.get(token) {
            let checked = self.check(&claims, now);
            if checked == Err(TokenError::Expired) {
                in_use.verified.remove(token);
            }
            return checked.map(|()| claims);
        }
        let claims = Arc::new(verified_claims(token, &in_use.keys)?);
        self.check(&claims, now)?;
        in_use.verified.insert(token, &claims);
        Ok(claims)
    }

    /// Whether the `kid` of `token` is that of no key.
    #[cfg(feature = "jwks-client")]
    pub(super) fn has_unknown_kid(&self, token: &str) -> bool {
        let header = token.split('.').next().and_then(|header| Header::parse(header).ok());
        let kid = header.and_then(|header| header.kid);
        kid.is_some_and(|kid| self.keys.current().kids().all(|known| known != kid))
    }

    fn check(&self, claims: &Claims, now: Timestamp) -> Result<(), TokenError> {
        if claims.user_id.0 <= 0 || claims.exp < 0 || claims.nbf.is_some_and(|nbf| nbf < 0) {
            return Err(TokenError::Claims);
        }
        if now.seconds() >= claims.exp {
            return Err(TokenError::Expired);
        }
        if claims.nbf.is_some_and(|nbf| now.seconds() < nbf) {
            return Err(TokenError::NotYetValid);
        }
        if self.issuer.is_some() && self.issuer != claims.iss {
            return Err(TokenError::Issuer);
        }
        let audience_matches = match (&self.audience, &claims.aud) {
            (None, None) => true,
            (Some(configured), Some(audience)) => audience.contains(configured),
            (None, Some(_)) | (Some(_), None) => false,
        };
        if audience_matches { Ok(()) } else { Err(TokenError::Audience) }
    }
}

/// The claims of `token`, if one of `keys` verifies its signature.
fn verified_claims(token: &str, keys: &VerificationKeys) -> Result<Claims, TokenError> {
    if token.len() > TokenVerifier::MAX_LENGTH {
        return Err(TokenError::TooLong);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Format)?;
    let (header, payload) = message.split_once('.').ok_or(TokenError::Format)?;
    let header = Header::parse(header)?;
    let candidates = candidates(&header, keys);
    if candidates.is_empty() {
        return Err(TokenError::Algorithm);
    }
    if header.crit.is_some() {
        return Err(TokenError::Critical);
    }
    if header.has_embedded_key() {
        return Err(TokenError::EmbeddedKey);
    }
    if !header.is_access_token() {
        return Err(TokenError::Type);
    }
    if !candidates.iter().any(|key| key.verifies(signature, message.as_bytes())) {
        return Err(TokenError::Signature);
    }
    object(&decode(payload)?).map_err(|_| TokenError::Claims)
}

/// The keys that may have signed a token with this header.
fn candidates<'a>(header: &Header, keys: &'a VerificationKeys) -> Vec<&'a VerificationKey> {
    let is_named = |key: &VerificationKey| header.kid.as_deref() == Some(key.kid());
    let names_one = keys.iter().any(is_named);
    keys.iter()
        .filter(|key| key.algorithm().name() == header.alg && (!names_one || is_named(key)))
        .collect()
}

/// Unpadded, canonical base64url.
fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Format)
}

impl fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenVerifier")
            .field("keys", &self.keys)
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .finish()
    }
}

#[cfg(test)]
mod key_tests;
#[cfg(test)]
mod tests;

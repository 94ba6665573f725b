//! Checking.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::claims::Claims;
use super::object::{Object, present};
use super::options::TokenOptions;
use super::ring::{KeyRing, PublicKeyRing};
use super::secret::Secret;
use super::trusted::Trusted;
use super::verifying_key::VerifyingKey;

/// Checks tokens with the keys that are trusted, each with its own algorithm and no other, whatever their
/// header says.
///
/// A token that names one of the keys by `kid` is tried against that key alone. One that names
/// none, or one that is not there, is tried against each key whose algorithm is the header's `alg`:
/// others who share the secret name it as they like, or not at all.
///
/// ```
/// use countersign::token::{PublicKeySet, Secret, TokenVerifier};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // Of a countersign that signs with a secret, which is shared:
/// let secret = Secret::new(b"a secret of at least thirty-two bytes".to_vec())?;
/// let verifier = TokenVerifier::hs256(&secret);
/// // Of one that signs with keys, whose public halves are here:
/// # let keys = "-----BEGIN PUBLIC KEY-----
/// # MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
/// # -----END PUBLIC KEY-----";
/// let verifier = TokenVerifier::public(PublicKeySet::from_pem(keys.as_bytes())?)
///     .issuer("https://auth.example.com")
///     .audience("shop");
/// assert!(verifier.verify("eyJhbGciOiJub25lIn0.e30.", 1_800_000_000).is_err());
/// # Ok(())
/// # }
/// ```
///
/// jsonwebtoken decides whether the signature is genuine; what it leaves open is decided here. Its
/// `decode` is not used: that parses header and claims twice, takes the time from the system, lets
/// a token live on in the second that `exp` names, and enforces neither `crit` nor `typ`.
#[derive(Clone)]
pub struct TokenVerifier {
    pub(super) keys: Trusted,
    issuer: Option<String>,
    audience: Option<String>,
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Longer than [`TokenVerifier::MAX_LENGTH`].
    #[error("it is longer than 8192 bytes")]
    TooLong,
    /// Not three parts of unpadded base64url (RFC 7515 section 3.1).
    #[error("it is not a signed JWT")]
    Format,
    /// The header is not an object, or a member has the wrong type.
    #[error("its header is not one of a signed JWT")]
    Header,
    /// `alg` is not the algorithm of the key, or of any key (RFC 8725 section 3.1).
    #[error("its algorithm is not that of the key")]
    Algorithm,
    /// `typ` names something other than a JWT (RFC 8725 section 3.11).
    #[error("it is of another type than JWT")]
    Type,
    /// It demands an extension by `crit` (RFC 7515 section 4.1.11), and none is understood here.
    #[error("it demands an extension that is not understood")]
    Critical,
    /// It brings a key, or the address of one (RFC 8725 section 3.10).
    #[error("it brings a key of its own")]
    ForeignKey,
    /// The signature was not made with the key over this text, or with any key.
    #[error("its signature does not match")]
    Signature,
    /// `user_id` or `exp` is missing, or a claim has the wrong type or range.
    #[error("a claim is missing or malformed")]
    Claims,
    /// The second that `exp` names has come.
    #[error("it has expired")]
    Expired,
    /// The second that `nbf` names has not come.
    #[error("it is not valid yet")]
    NotYetValid,
    /// `iss` is not the configured issuer.
    #[error("it is from another issuer")]
    Issuer,
    /// `aud` does not name the configured audience, or names one where none is configured.
    #[error("it is for another audience")]
    Audience,
}

#[derive(Deserialize)]
struct Header<'a> {
    alg: Algorithm,
    #[serde(borrow, default, deserialize_with = "present")]
    typ: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "present")]
    kid: Option<Cow<'a, str>>,
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

impl Header<'_> {
    fn brings_a_key(&self) -> bool {
        [self.jwk, self.jku, self.x5u, self.x5c].iter().any(Option::is_some)
    }
}

impl TokenVerifier {
    /// The longest token that is looked at, in bytes.
    pub const MAX_LENGTH: usize = 8192;

    /// Checks tokens that [`TokenIssuer`](super::TokenIssuer) issues with the same options.
    #[must_use]
    pub fn new(options: &TokenOptions) -> Self {
        let (issuer, audience) = (options.issuer.clone(), options.audience.clone());
        Self { keys: Trusted::Own(options.keys.clone()), issuer, audience }
    }

    /// Checks tokens that were signed with `secret`, from any issuer, for no audience.
    #[must_use]
    pub fn hs256(secret: &Secret) -> Self {
        Self::trusting(Trusted::Own(KeyRing::from_secret(secret)))
    }

    /// Checks tokens that were signed with the private halves of `keys`, from any issuer, for no
    /// audience. Where the keys are those of a [`PublicKeyRing`], they may be changed later.
    #[must_use]
    pub fn public(keys: impl Into<PublicKeyRing>) -> Self {
        Self::trusting(Trusted::Public(keys.into()))
    }

    fn trusting(keys: Trusted) -> Self {
        Self { keys, issuer: None, audience: None }
    }

    /// Demands this `iss`.
    #[must_use]
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        Self { issuer: Some(issuer.into()), ..self }
    }

    /// Demands this `aud`, alone or among others.
    #[must_use]
    pub fn audience(self, audience: impl Into<String>) -> Self {
        Self { audience: Some(audience.into()), ..self }
    }

    /// The claims of `token`, if it is good in the second `now`.
    ///
    /// `exp` is exact: in the second that it names the token is dead. `iss` is demanded where an
    /// issuer is configured. `aud` must name the audience where one is configured, and must be
    /// absent where none is (RFC 7519 section 4.1.3).
    ///
    /// # Errors
    ///
    /// [`TokenError`] says why it is refused.
    pub fn verify(&self, token: &str, now: i64) -> Result<Arc<Claims>, TokenError> {
        self.keys.with_memory(|keys, genuine| {
            if let Some(claims) = genuine.claims(token) {
                let verdict = self.check_claims(&claims, now);
                if verdict == Err(TokenError::Expired) {
                    genuine.forget(token);
                }
                return verdict.map(|()| claims);
            }
            let claims = Arc::new(read(token, &keys())?);
            self.check_claims(&claims, now)?;
            genuine.remember(token, &claims);
            Ok(claims)
        })
    }

    /// Whether `token` says that it was signed with a key that is not here.
    #[cfg(feature = "jwks-client")]
    pub(crate) fn names_a_strange_key(&self, token: &str) -> bool {
        let header = token.split('.').next().and_then(|header| decode(header).ok());
        let Some(header) = header else { return false };
        let Ok(Object(header)) = serde_json::from_slice::<Object<Header<'_>>>(&header) else {
            return false;
        };
        let is_named = |kid: &str| self.keys.with(|keys| keys.iter().any(|key| key.id() == kid));
        header.kid.is_some_and(|kid| !is_named(&kid))
    }

    fn check_claims(&self, claims: &Claims, now: i64) -> Result<(), TokenError> {
        if claims.user_id.0 <= 0 || claims.exp < 0 || claims.nbf.is_some_and(|nbf| nbf < 0) {
            return Err(TokenError::Claims);
        }
        if now >= claims.exp {
            return Err(TokenError::Expired);
        }
        if claims.nbf.is_some_and(|nbf| now < nbf) {
            return Err(TokenError::NotYetValid);
        }
        if self.issuer.is_some() && self.issuer != claims.iss {
            return Err(TokenError::Issuer);
        }
        let meant_for_us = match (&self.audience, &claims.aud) {
            (None, None) => true,
            (Some(us), Some(audience)) => audience.contains(us),
            (None, Some(_)) | (Some(_), None) => false,
        };
        if meant_for_us { Ok(()) } else { Err(TokenError::Audience) }
    }
}

/// What `token` says, if one of `keys` has signed it.
fn read(token: &str, keys: &[&VerifyingKey]) -> Result<Claims, TokenError> {
    if token.len() > TokenVerifier::MAX_LENGTH {
        return Err(TokenError::TooLong);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Format)?;
    let (header, payload) = message.split_once('.').ok_or(TokenError::Format)?;
    let header = decode(header)?;
    let candidates = candidates(&header, keys)?;
    if !candidates.iter().any(|key| key.verifies(signature, message.as_bytes())) {
        return Err(TokenError::Signature);
    }
    parse(&decode(payload)?).ok_or(TokenError::Claims)
}

/// The keys that may have signed a token with this header: at least one.
fn candidates<'a>(
    header: &[u8],
    keys: &[&'a VerifyingKey],
) -> Result<Vec<&'a VerifyingKey>, TokenError> {
    let Object(header) =
        serde_json::from_slice::<Object<Header<'_>>>(header).map_err(|_| TokenError::Header)?;
    let is_named = |key: &VerifyingKey| header.kid.as_deref() == Some(key.id());
    let names_one = keys.iter().any(|key| is_named(key));
    let may_have_signed =
        |key: &&VerifyingKey| key.is_of(header.alg) && (!names_one || is_named(key));
    let candidates: Vec<_> = keys.iter().copied().filter(may_have_signed).collect();
    if candidates.is_empty() {
        return Err(TokenError::Algorithm);
    }
    if header.crit.is_some() {
        return Err(TokenError::Critical);
    }
    if header.brings_a_key() {
        return Err(TokenError::ForeignKey);
    }
    // RFC 7515 section 4.1.9: compared without case, with "application/" understood. RFC 9068
    // names access tokens "at+jwt".
    let typ = header.typ.unwrap_or(Cow::Borrowed("JWT")).to_ascii_lowercase();
    match typ.strip_prefix("application/").unwrap_or(&typ) {
        "jwt" | "at+jwt" => Ok(candidates),
        _ => Err(TokenError::Type),
    }
}

/// Unpadded base64url, canonical to the last bit.
pub(super) fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Format)
}

fn parse<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    // As text: in what it passes over, serde_json would not look whether bytes are UTF-8.
    let json = str::from_utf8(json).ok()?;
    serde_json::from_str(json).ok().map(|Object(value)| value)
}

impl fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenVerifier")
            .field("keys", &self.keys)
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

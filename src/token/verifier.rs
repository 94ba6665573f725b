//! Checking.

use std::borrow::Cow;
use std::fmt;

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
    pub fn verify(&self, token: &str, now: i64) -> Result<Claims, TokenError> {
        if token.len() > Self::MAX_LENGTH {
            return Err(TokenError::TooLong);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Format)?;
        let (header, payload) = message.split_once('.').ok_or(TokenError::Format)?;
        let header = decode(header)?;
        self.keys.with(|keys| {
            let candidates = candidates(&header, keys)?;
            let is_genuine =
                candidates.iter().any(|key| key.verifies(signature, message.as_bytes()));
            if is_genuine { Ok(()) } else { Err(TokenError::Signature) }
        })?;
        let claims = parse(&decode(payload)?).ok_or(TokenError::Claims)?;
        self.check_claims(&claims, now)?;
        Ok(claims)
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
mod tests {
    use std::time::Duration;

    use jsonwebtoken::{EncodingKey, crypto};
    use proptest::prelude::*;
    use rstest::rstest;

    use super::super::algorithm::KeyAlgorithm;
    use super::super::issuer::{Grant, TokenIssuer};
    use super::super::key::Key;
    use super::super::key_set::KeySet;
    use super::*;
    use crate::user::UserId;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
    const NOW: i64 = 1_800_000_000;
    const GOOD: &str = r#"{"user_id":1,"exp":1800000001}"#;
    const HS256: &str = r#"{"alg":"HS256"}"#;

    fn options() -> TokenOptions {
        TokenOptions {
            keys: KeyRing::from_secret(&Secret::new(SECRET.to_vec()).unwrap()),
            lifetime: Duration::from_secs(20),
            issuer: None,
            audience: None,
        }
    }

    /// For twenty seconds from `now`, in milliseconds.
    fn grant(user: i64, now: i64) -> Grant {
        let expires_at = now.div_euclid(1000) + 20;
        Grant { user: UserId(user), session: None, issued_at: now, expires_at }
    }

    /// A token with exactly this header and payload, and a genuine signature of `algorithm`.
    fn signed(header: &str, payload: impl AsRef<[u8]>, algorithm: Algorithm) -> String {
        let message =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let key = EncodingKey::from_secret(SECRET);
        let signature = crypto::sign(message.as_bytes(), &key, algorithm).unwrap();
        format!("{message}.{signature}")
    }

    /// The verdict on what the secret signed; it is the same on what a pair signed, by its public
    /// half.
    fn verify(header: &str, payload: &str) -> Result<Claims, TokenError> {
        let token = signed(header, payload, Algorithm::HS256);
        let verdict = TokenVerifier::new(&options()).verify(&token, NOW);
        let pair = KeySet::new(Key::generate(KeyAlgorithm::EdDsa).unwrap());
        let header = header.replace("HS256", "EdDSA");
        let by_pair = pair.signing().sign_text(&header, payload);
        assert_eq!(TokenVerifier::public(pair.public()).verify(&by_pair, NOW), verdict);
        verdict
    }

    #[test]
    fn a_token_of_user_id_and_exp_alone_is_accepted() {
        let claims = verify(HS256, GOOD).unwrap();
        assert_eq!((claims.user_id, claims.exp), (UserId(1), NOW + 1));
    }

    #[test]
    fn a_token_is_dead_in_the_second_that_exp_names() {
        let token = TokenIssuer::new(&options()).issue(&grant(1, NOW * 1000)).unwrap();
        let verifier = TokenVerifier::new(&options());
        assert!(verifier.verify(&token, NOW).is_ok());
        assert!(verifier.verify(&token, NOW + 19).is_ok());
        assert_eq!(verifier.verify(&token, NOW + 20), Err(TokenError::Expired));
    }

    #[rstest]
    #[case::none(r#"{"alg":"none"}"#, TokenError::Header)]
    #[case::lower_case(r#"{"alg":"hs256"}"#, TokenError::Header)]
    #[case::missing(r#"{"typ":"JWT"}"#, TokenError::Header)]
    #[case::null(r#"{"alg":null}"#, TokenError::Header)]
    #[case::hs384(r#"{"alg":"HS384"}"#, TokenError::Algorithm)]
    #[case::hs512(r#"{"alg":"HS512"}"#, TokenError::Algorithm)]
    #[case::rs256(r#"{"alg":"RS256"}"#, TokenError::Algorithm)]
    #[case::twice(r#"{"alg":"HS256","alg":"HS256"}"#, TokenError::Header)]
    #[case::array(r#"["HS256"]"#, TokenError::Header)]
    #[case::not_json("HS256", TokenError::Header)]
    #[case::crit(r#"{"alg":"HS256","crit":["exp"]}"#, TokenError::Critical)]
    #[case::crit_unknown(r#"{"alg":"HS256","crit":["x"],"x":1}"#, TokenError::Critical)]
    #[case::crit_empty(r#"{"alg":"HS256","crit":[]}"#, TokenError::Critical)]
    #[case::crit_null(r#"{"alg":"HS256","crit":null}"#, TokenError::Critical)]
    #[case::jwk(r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AA"}}"#, TokenError::ForeignKey)]
    #[case::jku(r#"{"alg":"HS256","jku":"http://localhost/keys"}"#, TokenError::ForeignKey)]
    #[case::x5u(r#"{"alg":"HS256","x5u":"http://localhost/cert"}"#, TokenError::ForeignKey)]
    #[case::x5c(r#"{"alg":"HS256","x5c":[]}"#, TokenError::ForeignKey)]
    #[case::other_type(r#"{"alg":"HS256","typ":"logout+jwt"}"#, TokenError::Type)]
    #[case::empty_type(r#"{"alg":"HS256","typ":""}"#, TokenError::Type)]
    #[case::type_not_text(r#"{"alg":"HS256","typ":1}"#, TokenError::Header)]
    fn a_header_is_refused(#[case] header: &str, #[case] error: TokenError) {
        assert_eq!(verify(header, GOOD), Err(error));
    }

    #[rstest]
    #[case(r#"{"alg":"HS256","typ":"JWT"}"#)]
    #[case(r#"{"alg":"HS256","typ":"jwt"}"#)]
    #[case(r#"{"alg":"HS256","typ":"at+jwt"}"#)]
    #[case(r#"{"typ":"application/at+JWT","alg":"HS256"}"#)]
    #[case(r#"{"alg":"HS256","kid":"../../dev/null"}"#)]
    fn a_header_with_our_genuine_signature_is_accepted(#[case] header: &str) {
        assert!(verify(header, GOOD).is_ok());
    }

    #[rstest]
    #[case(Algorithm::HS384)]
    #[case(Algorithm::HS512)]
    fn the_same_secret_under_another_hmac_is_refused(#[case] algorithm: Algorithm) {
        let verifier = TokenVerifier::new(&options());
        let honest = format!(r#"{{"alg":"{algorithm:?}"}}"#);
        let token = signed(&honest, GOOD, algorithm);
        assert_eq!(verifier.verify(&token, NOW), Err(TokenError::Algorithm));
        let lying = signed(HS256, GOOD, algorithm);
        assert_eq!(verifier.verify(&lying, NOW), Err(TokenError::Signature));
    }

    #[rstest]
    #[case::no_exp(r#"{"user_id":1}"#)]
    #[case::no_user_id(r#"{"exp":1800000001}"#)]
    #[case::exp_null(r#"{"user_id":1,"exp":null}"#)]
    #[case::exp_text(r#"{"user_id":1,"exp":"1800000001"}"#)]
    #[case::exp_float(r#"{"user_id":1,"exp":1800000001.5}"#)]
    #[case::exp_whole_float(r#"{"user_id":1,"exp":1.9e9}"#)]
    #[case::exp_negative(r#"{"user_id":1,"exp":-1}"#)]
    #[case::exp_2_63(r#"{"user_id":1,"exp":9223372036854775808}"#)]
    #[case::exp_infinite(r#"{"user_id":1,"exp":1e999}"#)]
    #[case::exp_twice(r#"{"user_id":1,"exp":1800000001,"exp":1900000000}"#)]
    #[case::nbf_null(r#"{"user_id":1,"exp":1800000001,"nbf":null}"#)]
    #[case::nbf_text(r#"{"user_id":1,"exp":1800000001,"nbf":"0"}"#)]
    #[case::nbf_negative(r#"{"user_id":1,"exp":1800000001,"nbf":-1}"#)]
    #[case::nbf_2_63(r#"{"user_id":1,"exp":1800000001,"nbf":9223372036854775808}"#)]
    #[case::user_text(r#"{"user_id":"1","exp":1800000001}"#)]
    #[case::user_float(r#"{"user_id":1.0,"exp":1800000001}"#)]
    #[case::user_negative(r#"{"user_id":-1,"exp":1800000001}"#)]
    #[case::user_zero(r#"{"user_id":0,"exp":1800000001}"#)]
    #[case::user_2_64(r#"{"user_id":18446744073709551616,"exp":1800000001}"#)]
    #[case::user_twice(r#"{"user_id":2,"user_id":1,"exp":1800000001}"#)]
    #[case::array("[1,1800000001]")]
    #[case::number("1")]
    #[case::not_json("user_id=1")]
    #[case::trailing(r#"{"user_id":1,"exp":1800000001}{}"#)]
    fn malformed_claims_are_refused(#[case] payload: &str) {
        assert_eq!(verify(HS256, payload), Err(TokenError::Claims));
    }

    #[test]
    fn claims_that_are_not_utf8_are_refused_wherever_it_is() {
        let payload = b"{\"user_id\":1,\"exp\":1900000000,\"x\":\"\xff\"}";
        let token = signed(HS256, payload, Algorithm::HS256);
        assert_eq!(TokenVerifier::new(&options()).verify(&token, NOW), Err(TokenError::Claims));
    }

    #[test]
    fn nbf_is_exact() {
        let from = |nbf| format!(r#"{{"user_id":1,"exp":1900000000,"nbf":{nbf}}}"#);
        assert!(verify(HS256, &from(NOW)).is_ok());
        assert_eq!(verify(HS256, &from(NOW + 1)), Err(TokenError::NotYetValid));
    }

    #[test]
    fn a_configured_issuer_and_audience_are_issued_and_demanded() {
        let mut ours = options();
        ours.issuer = Some("https://auth.example.com".to_owned());
        ours.audience = Some("shop".to_owned());
        let verifier = TokenVerifier::new(&ours);
        let token = TokenIssuer::new(&ours).issue(&grant(7, NOW * 1000)).unwrap();
        assert_eq!(verifier.verify(&token, NOW).unwrap().user_id, UserId(7));

        let with = |iss: &str, aud: &str| {
            let payload = format!(r#"{{"user_id":1,"exp":1900000000{iss}{aud}}}"#);
            verifier.verify(&signed(HS256, &payload, Algorithm::HS256), NOW)
        };
        let (iss, aud) = (r#","iss":"https://auth.example.com""#, r#","aud":"shop""#);
        assert!(with(iss, aud).is_ok());
        assert!(with(iss, r#","aud":["bank","shop"]"#).is_ok());
        assert_eq!(with("", aud), Err(TokenError::Issuer));
        assert_eq!(with(r#","iss":"https://auth.example.org""#, aud), Err(TokenError::Issuer));
        assert_eq!(with(iss, ""), Err(TokenError::Audience));
        assert_eq!(with(iss, r#","aud":["bank"]"#), Err(TokenError::Audience));
        assert_eq!(with(iss, r#","aud":1"#), Err(TokenError::Claims));
    }

    #[test]
    fn a_token_for_an_audience_is_refused_where_none_is_configured() {
        let payload = r#"{"user_id":1,"exp":1900000000,"aud":"bank"}"#;
        assert_eq!(verify(HS256, payload), Err(TokenError::Audience));
    }

    #[test]
    fn a_non_canonical_base64_tail_is_refused() {
        let verifier = TokenVerifier::new(&options());
        let token = signed(HS256, GOOD, Algorithm::HS256);
        // 32 bytes leave two unused bits in the last of the 43 characters of a signature.
        let last = token.chars().last().unwrap();
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let twin = alphabet.chars().nth(alphabet.find(last).unwrap() | 1).unwrap();
        let forged = format!("{}{twin}", &token[..token.len() - 1]);
        assert_ne!(forged, token);
        assert!(verifier.verify(&forged, NOW).is_err());
        assert!(verifier.verify(&format!("{token}="), NOW).is_err());
    }

    #[test]
    fn a_token_that_is_too_long_is_not_looked_at() {
        let padding = "x".repeat(TokenVerifier::MAX_LENGTH);
        let payload = format!(r#"{{"user_id":1,"exp":1900000000,"x":"{padding}"}}"#);
        assert_eq!(verify(HS256, &payload), Err(TokenError::TooLong));
    }

    proptest! {
        #[test]
        fn what_is_issued_verifies(user in 1_i64.., now in 0..i64::MAX / 2000) {
            let token = TokenIssuer::new(&options()).issue(&grant(user, now * 1000 + 999)).unwrap();
            let claims = TokenVerifier::new(&options()).verify(&token, now).unwrap();
            prop_assert_eq!(claims.user_id, UserId(user));
            prop_assert_eq!(claims.iat, Some(now));
        }

        #[test]
        fn any_altered_byte_is_refused(at in any::<prop::sample::Index>(), byte in 0x21_u8..0x7f) {
            let mut token = signed(HS256, GOOD, Algorithm::HS256).into_bytes();
            let at = at.index(token.len());
            prop_assume!(token[at] != byte);
            token[at] = byte;
            let token = String::from_utf8(token).unwrap();
            prop_assert!(TokenVerifier::new(&options()).verify(&token, NOW).is_err());
        }

        #[test]
        fn no_text_makes_it_panic(token in "\\PC{0,80}|[A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){0,4}") {
            prop_assert!(TokenVerifier::new(&options()).verify(&token, NOW).is_err());
        }
    }
}

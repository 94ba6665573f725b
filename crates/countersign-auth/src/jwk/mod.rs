//! JSON Web Keys (RFC 7517): what countersign, which holds private keys, and the verifier share.
//!
//! Services that verify tokens do not need this module; see
//! [`VerificationKeys`](crate::VerificationKeys).

mod members;
mod octets;
mod set;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::algorithm::KeyAlgorithm;
use crate::json::present;
use crate::key_error::KeyError;
use crate::secret::Secret;

pub use members::{coordinate, number};
pub use octets::Octets;
pub(crate) use set::parse_public_set;
pub use set::parse_set;

/// A JWK, private or public: the parameters of RFC 7518 section 6 and RFC 8037 section 2, and the
/// purpose of RFC 7517 section 4. Unknown members are ignored. `Debug` redacts the key.
#[allow(missing_docs, reason = "the members have the names of RFC 7517 and RFC 7518")]
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Jwk {
    pub kty: String,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub kid: Option<String>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub usage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub alg: Option<String>,
    #[serde(skip_serializing, deserialize_with = "present")]
    pub key_ops: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub x: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub y: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub n: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub e: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub k: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub d: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub p: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub q: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub dp: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub dq: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub qi: Option<Octets>,
    /// The further primes of a multi-prime RSA key.
    #[serde(skip_serializing, deserialize_with = "present")]
    pub oth: Option<IgnoredAny>,
}

impl Jwk {
    /// The JWK of a shared secret.
    #[must_use]
    pub fn from_secret(secret: &Secret) -> Self {
        let k = Some(Octets::new(secret.expose()));
        Self { kty: "oct".to_owned(), k, ..Self::default() }
    }

    /// The algorithm, from the key type alone.
    ///
    /// # Errors
    ///
    /// [`KeyError::Type`] for an unsupported type, [`KeyError::ManyPrimes`] for a multi-prime RSA
    /// key.
    pub fn algorithm(&self) -> Result<KeyAlgorithm, KeyError> {
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("oct", None) => Ok(KeyAlgorithm::Hs256),
            ("OKP", Some("Ed25519")) => Ok(KeyAlgorithm::EdDsa),
            ("EC", Some("P-256")) => Ok(KeyAlgorithm::Es256),
            ("RSA", None) if self.oth.is_some() => Err(KeyError::ManyPrimes),
            ("RSA", None) => Ok(KeyAlgorithm::Rs256),
            _ => Err(KeyError::Type),
        }
    }

    /// Checks that the key is public and may verify signatures of `algorithm`. Its `kid` is free.
    ///
    /// # Errors
    ///
    /// [`KeyError::Symmetric`], [`KeyError::Private`] and [`KeyError::Contradiction`].
    pub(crate) fn check_public(&self, algorithm: KeyAlgorithm) -> Result<(), KeyError> {
        let private = [&self.k, &self.d, &self.p, &self.q, &self.dp, &self.dq, &self.qi];
        if algorithm == KeyAlgorithm::Hs256 {
            return Err(KeyError::Symmetric);
        }
        if private.into_iter().any(Option::is_some) {
            return Err(KeyError::Private);
        }
        self.check_use(algorithm, |ops| ops.iter().any(|op| op == "verify"))
    }

    /// Checks `use`, `alg` and, by `accepts`, `key_ops` (RFC 7517 section 4), as far as they are
    /// present.
    ///
    /// # Errors
    ///
    /// [`KeyError::Contradiction`].
    pub fn check_use(
        &self,
        algorithm: KeyAlgorithm,
        accepts: impl FnOnce(&[String]) -> bool,
    ) -> Result<(), KeyError> {
        let contradicting = if self.usage.as_ref().is_some_and(|usage| usage != "sig") {
            "use"
        } else if self.alg.as_ref().is_some_and(|alg| alg != algorithm.name()) {
            "alg"
        } else if self.key_ops.as_ref().is_some_and(|ops| !accepts(ops)) {
            "key_ops"
        } else {
            return Ok(());
        };
        Err(KeyError::Contradiction { member: contradicting, algorithm })
    }

    /// The JWK thumbprint with SHA-256, in base64url (RFC 7638 section 3).
    #[must_use]
    pub fn thumbprint(&self, algorithm: KeyAlgorithm) -> String {
        let encoded =
            |member: &Option<Octets>| member.as_ref().map(Octets::encoded).unwrap_or_default();
        // Base64url needs no escapes; the members are in lexicographic order.
        let text = Zeroizing::new(match algorithm {
            KeyAlgorithm::Hs256 => format!(r#"{{"k":"{}","kty":"oct"}}"#, *encoded(&self.k)),
            KeyAlgorithm::EdDsa => {
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, *encoded(&self.x))
            }
            KeyAlgorithm::Es256 => {
                let (x, y) = (encoded(&self.x), encoded(&self.y));
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, *x, *y)
            }
            KeyAlgorithm::Rs256 => {
                let (e, n) = (encoded(&self.e), encoded(&self.n));
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, *e, *n)
            }
        });
        URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
    }
}

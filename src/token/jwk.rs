//! A key as JSON (RFC 7517).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::algorithm::KeyAlgorithm;
use super::key::KeyError;
use super::object::present;
use super::octets::Octets;

/// A key as JSON, private or public: its parameters (RFC 7518 section 6, RFC 8037 section 2), and
/// what it is for (RFC 7517 section 4). What is not named here is passed over.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Jwk {
    pub(super) kty: String,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) kid: Option<String>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) usage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) alg: Option<String>,
    #[serde(skip_serializing, deserialize_with = "present")]
    pub(super) key_ops: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) x: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) y: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) n: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) e: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) k: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) d: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) p: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) q: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) dp: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) dq: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) qi: Option<Octets>,
    /// The further primes of a key that has more than two.
    #[serde(skip_serializing, deserialize_with = "present")]
    pub(super) oth: Option<IgnoredAny>,
}

/// A public key as JSON. It has no member that could hold a private one.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PublicJwk {
    kty: String,
    /// Its name: the `kid` of the tokens that it verifies.
    pub(super) kid: String,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
}

impl Jwk {
    /// What the key signs with, by its type alone.
    ///
    /// # Errors
    ///
    /// [`KeyError::Type`], where that is nothing known here.
    pub(super) fn algorithm(&self) -> Result<KeyAlgorithm, KeyError> {
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("oct", None) => Ok(KeyAlgorithm::Hs256),
            ("OKP", Some("Ed25519")) => Ok(KeyAlgorithm::EdDsa),
            ("EC", Some("P-256")) => Ok(KeyAlgorithm::Es256),
            ("RSA", None) if self.oth.is_some() => Err(KeyError::ManyPrimes),
            ("RSA", None) => Ok(KeyAlgorithm::Rs256),
            _ => Err(KeyError::Type),
        }
    }

    /// Checks that what the private key says of itself is what it is and is used for.
    ///
    /// # Errors
    ///
    /// [`KeyError::Contradiction`] and [`KeyError::Kid`].
    pub(super) fn check(&self, algorithm: KeyAlgorithm) -> Result<(), KeyError> {
        let thumbprint = self.thumbprint(algorithm);
        if self.kid.as_ref().is_some_and(|kid| *kid != thumbprint) {
            return Err(KeyError::Kid(thumbprint));
        }
        let signs = |ops: &[String]| {
            ops.iter().any(|op| op == "sign") && ops.iter().all(|op| op == "sign" || op == "verify")
        };
        self.check_use(algorithm, signs)
    }

    /// Checks that the public key is there to verify what `algorithm` signs, and has no member that
    /// ought to be private. Its name may be any.
    ///
    /// # Errors
    ///
    /// [`KeyError::Symmetric`], [`KeyError::Private`] and [`KeyError::Contradiction`].
    pub(super) fn check_public(&self, algorithm: KeyAlgorithm) -> Result<(), KeyError> {
        let private = [&self.k, &self.d, &self.p, &self.q, &self.dp, &self.dq, &self.qi];
        if algorithm == KeyAlgorithm::Hs256 {
            return Err(KeyError::Symmetric);
        }
        if private.into_iter().any(Option::is_some) {
            return Err(KeyError::Private);
        }
        self.check_use(algorithm, |ops| ops.iter().any(|op| op == "verify"))
    }

    fn check_use(
        &self,
        algorithm: KeyAlgorithm,
        are_ours: impl FnOnce(&[String]) -> bool,
    ) -> Result<(), KeyError> {
        let contradicting = if self.usage.as_ref().is_some_and(|usage| usage != "sig") {
            "use"
        } else if self.alg.as_ref().is_some_and(|alg| alg != algorithm.name()) {
            "alg"
        } else if self.key_ops.as_ref().is_some_and(|ops| !are_ours(ops)) {
            "key_ops"
        } else {
            return Ok(());
        };
        Err(KeyError::Contradiction { member: contradicting, algorithm })
    }

    /// The key in the one form in which it is written: what it says of itself, and the members of
    /// its type alone. One of another type must neither be published nor be derived from.
    pub(super) fn settled(self, algorithm: KeyAlgorithm) -> Self {
        let labels = Self {
            kid: Some(self.thumbprint(algorithm)),
            usage: Some("sig".to_owned()),
            alg: Some(algorithm.name().to_owned()),
            kty: self.kty,
            crv: self.crv,
            ..Self::default()
        };
        match algorithm {
            KeyAlgorithm::Hs256 => Self { k: self.k, ..labels },
            KeyAlgorithm::EdDsa => Self { x: self.x, d: self.d, ..labels },
            KeyAlgorithm::Es256 => Self { x: self.x, y: self.y, d: self.d, ..labels },
            KeyAlgorithm::Rs256 => Self {
                n: self.n,
                e: self.e,
                d: self.d,
                p: self.p,
                q: self.q,
                dp: self.dp,
                dq: self.dq,
                qi: self.qi,
                ..labels
            },
        }
    }

    /// The SHA-256 of the key's required public members, in base64url (RFC 7638 section 3).
    pub(super) fn thumbprint(&self, algorithm: KeyAlgorithm) -> String {
        let encoded =
            |member: &Option<Octets>| member.as_ref().map(Octets::encoded).unwrap_or_default();
        // Base64url needs no escapes; the members are in the order of their names.
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

    /// The bytes that nobody else knows.
    pub(super) fn private_bytes(&self) -> &[u8] {
        self.k.as_ref().or(self.d.as_ref()).map_or(&[], Octets::as_slice)
    }

    /// The key without what is private; nothing, where all of it is.
    pub(super) fn public(&self, algorithm: KeyAlgorithm) -> Option<PublicJwk> {
        if algorithm == KeyAlgorithm::Hs256 {
            return None;
        }
        let encoded = |member: &Option<Octets>| member.as_ref().map(|it| it.encoded().to_string());
        Some(PublicJwk {
            kty: self.kty.clone(),
            kid: self.kid.clone().unwrap_or_else(|| self.thumbprint(algorithm)),
            usage: "sig",
            alg: algorithm.name(),
            crv: self.crv.clone(),
            x: encoded(&self.x),
            y: encoded(&self.y),
            n: encoded(&self.n),
            e: encoded(&self.e),
        })
    }
}

//! What a token says.

use serde::{Deserialize, Serialize};

use super::object::present;
use crate::domain::UserId;

/// The claims of a token that has been verified.
///
/// A claim that is there must have its type: a `null`, a float or a number in a string is refused.
/// That goes for whole floats such as `1.9e9` too, although RFC 7519 section 2 would allow them in
/// a `NumericDate`: no common library writes them, and one reading of a number is better than two.
/// Claims that are not named here are passed over.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Claims {
    /// Whom the token speaks of.
    pub user_id: UserId,
    /// The second from which the token is dead (RFC 7519 section 4.1.4).
    pub exp: i64,
    /// The second before which it is not yet good (section 4.1.5).
    #[serde(default, deserialize_with = "present")]
    pub nbf: Option<i64>,
    /// The second in which it was issued (section 4.1.6).
    #[serde(default, deserialize_with = "present")]
    pub iat: Option<i64>,
    /// The millisecond in which it was issued: a claim of countersign's own, by which a token of
    /// this second is told from one that was voided in this second.
    #[serde(default, deserialize_with = "present")]
    pub iat_ms: Option<i64>,
    /// The name of this one token (section 4.1.7).
    #[serde(default, deserialize_with = "present")]
    pub jti: Option<String>,
    /// The session that it belongs to: with its end the token is dead here, too.
    #[serde(default, deserialize_with = "present")]
    pub sid: Option<String>,
    /// Who issued it (section 4.1.1).
    #[serde(default, deserialize_with = "present")]
    pub iss: Option<String>,
    /// For whom (section 4.1.3).
    #[serde(default, deserialize_with = "present")]
    pub aud: Option<Audience>,
}

impl Claims {
    /// The millisecond in which the token was issued, or the first of the second, if it says so.
    #[must_use]
    pub fn issued_at_ms(&self) -> Option<i64> {
        self.iat_ms.or(self.iat.map(|seconds| seconds.saturating_mul(1000)))
    }
}

/// Those for whom a token is meant: one, or several (RFC 7519 section 4.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// A single one.
    One(String),
    /// A list.
    Many(Vec<String>),
}

impl Audience {
    /// Whether `name` is among them.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Many(many) => many.iter().any(|one| one == name),
        }
    }
}

/// The claims of a token that is about to be signed.
#[derive(Serialize)]
pub(super) struct NewClaims<'a> {
    pub(super) user_id: UserId,
    pub(super) sub: String,
    pub(super) iat: i64,
    pub(super) iat_ms: i64,
    pub(super) exp: i64,
    pub(super) jti: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) aud: Option<&'a str>,
}

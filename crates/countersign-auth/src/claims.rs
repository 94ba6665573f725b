//! The claims of an access token.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::json::{lenient, present};
use super::timestamp::Timestamp;
use super::user_id::UserId;

/// The claims of a verified access token (RFC 7519 section 4).
///
/// A claim that is present must have its type: `null`, a float or a number in a string is rejected,
/// and so are whole floats such as `1.9e9`, which RFC 7519 section 2 allows in a `NumericDate` and
/// no common library writes. Unknown claims are ignored.
///
/// `exp`, `nbf` and `iat` are Unix seconds (`NumericDate`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Claims {
    /// The user that the token authenticates.
    pub user_id: UserId,
    /// Expiry, Unix seconds: in this second the token is expired (section 4.1.4).
    pub exp: i64,
    /// Start of validity, Unix seconds (section 4.1.5).
    #[serde(default, deserialize_with = "present")]
    pub nbf: Option<i64>,
    /// Time of issue, Unix seconds (section 4.1.6).
    #[serde(default, deserialize_with = "present")]
    pub iat: Option<i64>,
    /// Time of issue, Unix milliseconds: a private claim of countersign, which orders a token and a
    /// revocation of the same second.
    #[serde(default, deserialize_with = "present")]
    pub iat_ms: Option<i64>,
    /// The identifier of the token (section 4.1.7).
    #[serde(default, deserialize_with = "present")]
    pub jti: Option<String>,
    /// The session that the token belongs to.
    #[serde(default, deserialize_with = "present")]
    pub sid: Option<String>,
    /// The issuer (section 4.1.1).
    #[serde(default, deserialize_with = "present")]
    pub iss: Option<String>,
    /// The audience (section 4.1.3).
    #[serde(default, deserialize_with = "present")]
    pub aud: Option<Audience>,
    /// The e-mail address of the user, where the issuer puts it into tokens.
    ///
    /// A value of another type, in the token of another program, counts as absent; so it does for the
    /// claims below.
    #[serde(default, deserialize_with = "lenient")]
    pub email: Option<String>,
    /// Whether the user has proved to receive mails at the address.
    #[serde(default, deserialize_with = "lenient")]
    pub email_verified: Option<bool>,
    /// Whether the user is an administrator.
    #[serde(default, deserialize_with = "lenient")]
    pub is_admin: Option<bool>,
    /// The metadata of the user.
    #[serde(default, deserialize_with = "lenient")]
    pub metadata: Option<Map<String, Value>>,
}

impl Claims {
    /// Time of issue, from `iat_ms` or else from `iat`.
    #[must_use]
    pub fn issued_at(&self) -> Option<Timestamp> {
        self.iat_ms.map(Timestamp::from_milliseconds).or(self.iat.map(Timestamp::from_seconds))
    }

    /// Expiry.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        Timestamp::from_seconds(self.exp)
    }
}

/// The audience of a token: one recipient or a list (RFC 7519 section 4.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// A single recipient.
    One(String),
    /// A list of recipients.
    Many(Vec<String>),
}

impl Audience {
    /// Whether `name` is one of the recipients.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Many(many) => many.iter().any(|one| one == name),
        }
    }
}

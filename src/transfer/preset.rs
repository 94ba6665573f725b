//! The columns of other systems.

use std::str::FromStr;

/// The system whose columns a file has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// countersign's own: `email`, `password_hash`, and optionally `is_admin`, `created_at`,
    /// `disabled`, `email_verified` and `metadata`. Any other column is an error, since it may be a misspelt one.
    #[default]
    Countersign,
    /// Django's `auth_user`.
    Django,
    /// Supabase's `auth.users`.
    Supabase,
    /// The table `user` of fastapi-users.
    FastapiUsers,
    /// The export of Firebase. The hashes require the parameters of the project.
    Firebase,
}

/// The error of an unknown preset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected django, supabase, fastapi-users or firebase")]
pub struct UnknownPreset;

impl FromStr for Preset {
    type Err = UnknownPreset;

    fn from_str(text: &str) -> Result<Self, UnknownPreset> {
        match text {
            "django" => Ok(Self::Django),
            "supabase" => Ok(Self::Supabase),
            "fastapi-users" => Ok(Self::FastapiUsers),
            "firebase" => Ok(Self::Firebase),
            _ => Err(UnknownPreset),
        }
    }
}

/// The columns of a preset.
pub(super) struct Columns {
    pub(super) email: &'static str,
    pub(super) password_hash: &'static str,
    /// The salt, if the hash does not contain it.
    pub(super) salt: Option<&'static str>,
    /// True for a verified e-mail address.
    pub(super) verified: Option<&'static str>,
    /// Set for a verified e-mail address.
    pub(super) verified_at: Option<&'static str>,
    pub(super) is_admin: Option<&'static str>,
    pub(super) created_at: Option<&'static str>,
    /// True for a disabled account.
    pub(super) disabled: Option<&'static str>,
    /// False for a disabled account.
    pub(super) active: Option<&'static str>,
    /// The end of a ban.
    pub(super) banned_until: Option<&'static str>,
    /// Set for a deleted account.
    pub(super) deleted_at: Option<&'static str>,
    /// The metadata, a JSON object.
    pub(super) metadata: Option<&'static str>,
    /// Whether other columns are allowed and ignored.
    pub(super) others: bool,
    /// Whether JSON omits the member of a missing password hash.
    pub(super) omits_hash: bool,
    /// Whether a Unix timestamp is in milliseconds instead of seconds.
    pub(super) in_milliseconds: bool,
}

const COUNTERSIGN: Columns = Columns {
    email: "email",
    password_hash: "password_hash",
    salt: None,
    verified: Some("email_verified"),
    verified_at: None,
    is_admin: Some("is_admin"),
    created_at: Some("created_at"),
    disabled: Some("disabled"),
    active: None,
    banned_until: None,
    deleted_at: None,
    metadata: Some("metadata"),
    others: false,
    omits_hash: false,
    in_milliseconds: false,
};

const FASTAPI_USERS: Columns = Columns {
    password_hash: "hashed_password",
    verified: Some("is_verified"),
    is_admin: Some("is_superuser"),
    created_at: None,
    disabled: None,
    active: Some("is_active"),
    metadata: None,
    others: true,
    ..COUNTERSIGN
};

const DJANGO: Columns = Columns {
    password_hash: "password",
    verified: None,
    created_at: Some("date_joined"),
    ..FASTAPI_USERS
};

const SUPABASE: Columns = Columns {
    password_hash: "encrypted_password",
    verified: None,
    verified_at: Some("email_confirmed_at"),
    // `is_super_admin` is about the database's own console.
    is_admin: None,
    disabled: None,
    banned_until: Some("banned_until"),
    deleted_at: Some("deleted_at"),
    metadata: None,
    others: true,
    ..COUNTERSIGN
};

const FIREBASE: Columns = Columns {
    password_hash: "passwordHash",
    salt: Some("salt"),
    verified: Some("emailVerified"),
    is_admin: None,
    created_at: Some("createdAt"),
    metadata: None,
    others: true,
    omits_hash: true,
    in_milliseconds: true,
    ..COUNTERSIGN
};

impl Preset {
    pub(super) fn columns(self) -> &'static Columns {
        match self {
            Self::Countersign => &COUNTERSIGN,
            Self::Django => &DJANGO,
            Self::Supabase => &SUPABASE,
            Self::FastapiUsers => &FASTAPI_USERS,
            Self::Firebase => &FIREBASE,
        }
    }
}

impl Columns {
    /// The columns that CSV requires.
    pub(super) fn required(&self) -> impl Iterator<Item = &'static str> {
        [Some(self.email), Some(self.password_hash), self.salt].into_iter().flatten()
    }

    fn read(&self) -> impl Iterator<Item = &'static str> {
        let optional = [self.is_admin, self.created_at, self.disabled];
        let of_others = [
            self.active,
            self.banned_until,
            self.deleted_at,
            self.verified,
            self.verified_at,
            self.metadata,
        ];
        self.required().chain(optional.into_iter().chain(of_others).flatten())
    }

    /// The column of this name, if it is known.
    pub(super) fn named(&self, name: &str) -> Option<&'static str> {
        self.read().find(|column| *column == name)
    }

    /// The known columns, for an error message.
    pub(super) fn known(&self) -> String {
        self.read().collect::<Vec<_>>().join(", ")
    }
}

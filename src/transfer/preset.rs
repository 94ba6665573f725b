//! Whose columns they are.

use std::str::FromStr;

/// The columns of a file of users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// Our own: `email`, `password_hash`, and where they are there `is_admin`, `created_at` and
    /// `disabled`. Any other is an error, for it may be one of these with a typing error.
    #[default]
    Countersign,
    /// Django's `auth_user`.
    Django,
    /// Supabase's `auth.users`.
    Supabase,
    /// The table `user` of fastapi-users.
    FastapiUsers,
    /// The users that Firebase exports. Their hashes need the parameters of the project.
    Firebase,
}

/// The name of no preset.
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

/// What the columns of a preset are called.
pub(super) struct Columns {
    pub(super) email: &'static str,
    pub(super) password_hash: &'static str,
    /// The salt, where the hash does not have it.
    pub(super) salt: Option<&'static str>,
    pub(super) is_admin: Option<&'static str>,
    pub(super) created_at: Option<&'static str>,
    /// True of those who may not log in.
    pub(super) disabled: Option<&'static str>,
    /// False of those who may not log in.
    pub(super) active: Option<&'static str>,
    /// Until when they may not log in.
    pub(super) banned_until: Option<&'static str>,
    /// Set of those who are gone.
    pub(super) deleted_at: Option<&'static str>,
    /// Whether there may be others, which are not read.
    pub(super) others: bool,
    /// Whether JSON has no member for a password hash that is not there.
    pub(super) omits_hash: bool,
    /// Whether a Unix time is in milliseconds, and not in seconds.
    pub(super) in_milliseconds: bool,
}

const COUNTERSIGN: Columns = Columns {
    email: "email",
    password_hash: "password_hash",
    salt: None,
    is_admin: Some("is_admin"),
    created_at: Some("created_at"),
    disabled: Some("disabled"),
    active: None,
    banned_until: None,
    deleted_at: None,
    others: false,
    omits_hash: false,
    in_milliseconds: false,
};

const FASTAPI_USERS: Columns = Columns {
    password_hash: "hashed_password",
    is_admin: Some("is_superuser"),
    created_at: None,
    disabled: None,
    active: Some("is_active"),
    others: true,
    ..COUNTERSIGN
};

const DJANGO: Columns =
    Columns { password_hash: "password", created_at: Some("date_joined"), ..FASTAPI_USERS };

const SUPABASE: Columns = Columns {
    password_hash: "encrypted_password",
    // `is_super_admin` is about the database's own console.
    is_admin: None,
    disabled: None,
    banned_until: Some("banned_until"),
    deleted_at: Some("deleted_at"),
    others: true,
    ..COUNTERSIGN
};

const FIREBASE: Columns = Columns {
    password_hash: "passwordHash",
    salt: Some("salt"),
    is_admin: None,
    created_at: Some("createdAt"),
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
    /// Those that CSV has to have.
    pub(super) fn needed(&self) -> impl Iterator<Item = &'static str> {
        [Some(self.email), Some(self.password_hash), self.salt].into_iter().flatten()
    }

    fn read(&self) -> impl Iterator<Item = &'static str> {
        let optional = [self.is_admin, self.created_at, self.disabled];
        let of_others = [self.active, self.banned_until, self.deleted_at];
        self.needed().chain(optional.into_iter().chain(of_others).flatten())
    }

    /// The one that is called so, where it is read.
    pub(super) fn named(&self, name: &str) -> Option<&'static str> {
        self.read().find(|column| *column == name)
    }

    /// All that are read, as a list in a sentence.
    pub(super) fn known(&self) -> String {
        self.read().collect::<Vec<_>>().join(", ")
    }
}

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
}

/// The name of no preset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected django, supabase or fastapi-users")]
pub struct UnknownPreset;

impl FromStr for Preset {
    type Err = UnknownPreset;

    fn from_str(text: &str) -> Result<Self, UnknownPreset> {
        match text {
            "django" => Ok(Self::Django),
            "supabase" => Ok(Self::Supabase),
            "fastapi-users" => Ok(Self::FastapiUsers),
            _ => Err(UnknownPreset),
        }
    }
}

/// What the columns of a preset are called.
pub(super) struct Columns {
    pub(super) email: &'static str,
    pub(super) password_hash: &'static str,
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
}

const COUNTERSIGN: Columns = Columns {
    email: "email",
    password_hash: "password_hash",
    is_admin: Some("is_admin"),
    created_at: Some("created_at"),
    disabled: Some("disabled"),
    active: None,
    banned_until: None,
    deleted_at: None,
    others: false,
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

impl Preset {
    pub(super) fn columns(self) -> &'static Columns {
        match self {
            Self::Countersign => &COUNTERSIGN,
            Self::Django => &DJANGO,
            Self::Supabase => &SUPABASE,
            Self::FastapiUsers => &FASTAPI_USERS,
        }
    }
}

impl Columns {
    /// Whether a column may be in the file.
    pub(super) fn allow(&self, name: &str) -> bool {
        let optional = [self.is_admin, self.created_at, self.disabled];
        self.others
            || [self.email, self.password_hash].contains(&name)
            || optional.contains(&Some(name))
    }
}

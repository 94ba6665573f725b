//! The JSON object of a user, for operators and administrators.

use serde::Serialize;

use crate::domain::Metadata;
use crate::store::Account;

/// The JSON object of a user. It does not have the password hash.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema), schema(as = User))]
#[expect(clippy::struct_excessive_bools, reason = "each is a member of its own")]
pub struct UserJson<'a> {
    #[cfg_attr(test, schema(minimum = 1, example = 2))]
    id: i64,
    #[cfg_attr(test, schema(format = "email", example = "bob@example.com"))]
    email: &'a str,
    email_verified: bool,
    is_admin: bool,
    disabled: bool,
    has_password: bool,
    #[cfg_attr(test, schema(value_type = Object))]
    metadata: &'a Metadata,
    #[cfg_attr(test, schema(format = DateTime))]
    created_at: String,
    #[cfg_attr(test, schema(format = DateTime))]
    changed_at: String,
    #[cfg_attr(test, schema(format = DateTime, required = true))]
    last_login_at: Option<String>,
}

impl<'a> From<&'a Account> for UserJson<'a> {
    fn from(account: &'a Account) -> Self {
        Self {
            id: account.user.id.0,
            email: account.user.email.as_str(),
            email_verified: account.user.email_verified,
            is_admin: account.user.is_admin,
            disabled: account.disabled,
            has_password: !account.password_hash.is_none(),
            metadata: &account.metadata,
            created_at: account.created_at.to_string(),
            changed_at: account.changed_at.to_string(),
            last_login_at: account.last_login_at.map(|at| at.to_string()),
        }
    }
}

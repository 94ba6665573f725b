//! The fields of a record, and the user that they describe.

use serde_json::Value;

use super::error::RecordError;
use super::preset::Columns;
use super::timestamps;
use crate::domain::{Email, Metadata, MetadataError, Timestamp};
use crate::password::{FirebaseProject, HashError, PasswordHash};
use crate::store::NewUser;

/// The imported fields of a record, by column. An empty field of CSV is null.
#[derive(Default)]
pub(super) struct Fields(Vec<(&'static str, Value)>);

/// What a user depends on besides the record.
pub(super) struct RecordContext<'a> {
    pub(super) columns: &'a Columns,
    /// Unix milliseconds.
    pub(super) now: i64,
    /// Whether a user without a usable hash is imported as an account without a password.
    pub(super) allow_unusable: bool,
    /// The Firebase project of the hashes.
    pub(super) firebase: Option<&'a FirebaseProject>,
}

impl Fields {
    /// Adds a field; `false` if the column has one already.
    pub(super) fn insert(&mut self, name: &'static str, value: Value) -> bool {
        let is_new = self.get(name).is_none();
        self.0.push((name, value));
        is_new
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(column, _)| *column == name).map(|(_, value)| value)
    }

    /// The name and value of a column, unless the value is missing or null.
    fn value(&self, column: Option<&'static str>) -> Option<(&'static str, &Value)> {
        let column = column?;
        self.get(column).filter(|value| !value.is_null()).map(|value| (column, value))
    }

    /// The text of a column; empty for null.
    fn text(&self, column: &'static str) -> Result<&str, RecordError> {
        match self.get(column) {
            None => Err(RecordError::NoMember(column)),
            Some(Value::Null) => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(RecordError::NotText(column)),
        }
    }
}

/// The user of a record. A field that cannot be parsed is an error; nothing is guessed.
pub(super) fn user(fields: &Fields, context: &RecordContext<'_>) -> Result<NewUser, RecordError> {
    let columns = context.columns;
    let email = match fields.text(columns.email)? {
        "" => return Err(RecordError::Empty(columns.email)),
        text => Email::parse(text).map_err(|error| RecordError::Email(columns.email, error))?,
    };
    let password_hash = password_hash(fields, context)?;
    let is_deleted = fields.value(columns.deleted_at).is_some();
    let is_inactive = boolean(fields, columns.active)? == Some(false);
    let disabled = boolean(fields, columns.disabled)?.unwrap_or(false);
    let unit = if columns.in_milliseconds { "milliseconds" } else { "seconds" };
    let is_banned = match fields.value(columns.banned_until) {
        Some((column, value)) => {
            timestamps::is_after(value, context.now).ok_or(RecordError::Time(column, unit))?
        }
        None => false,
    };
    let created_at = match fields.value(columns.created_at) {
        Some((column, value)) => timestamps::timestamp(value, columns.in_milliseconds)
            .ok_or(RecordError::Time(column, unit))?,
        None => context.now,
    };
    Ok(NewUser {
        email,
        email_verified: boolean(fields, columns.verified)?.unwrap_or(false)
            || fields.value(columns.verified_at).is_some(),
        password_hash,
        is_admin: boolean(fields, columns.is_admin)?.unwrap_or(false),
        disabled: disabled || is_inactive || is_banned || is_deleted,
        metadata: metadata(fields, columns)?,
        created_at: Timestamp::from_milliseconds(created_at),
    })
}

fn password_hash(
    fields: &Fields,
    context: &RecordContext<'_>,
) -> Result<PasswordHash, RecordError> {
    let columns = context.columns;
    let column = columns.password_hash;
    let text = match fields.text(column) {
        Err(RecordError::NoMember(_)) if columns.omits_hash => "",
        text => text?,
    };
    let unusable = match text {
        "" => Some(RecordError::NoPassword(column)),
        // Django's `!` with random characters, and `!` (also before a hash) and `*` of shadow files.
        "*" => Some(RecordError::UnusablePassword(column)),
        _ if text.starts_with('!') => Some(RecordError::UnusablePassword(column)),
        _ => None,
    };
    if let Some(error) = unusable {
        return if context.allow_unusable { Ok(PasswordHash::none()) } else { Err(error) };
    }
    let hash = match (columns.salt, context.firebase) {
        (None, _) => PasswordHash::parse(text),
        (Some(salt), Some(project)) => project.hash(fields.text(salt)?, text),
        (Some(_), None) => Err(HashError::Unknown),
    };
    hash.map_err(|error| RecordError::Hash(column, error))
}

/// The object in JSON Lines, its text in CSV.
fn metadata(fields: &Fields, columns: &Columns) -> Result<Metadata, RecordError> {
    let Some((column, value)) = fields.value(columns.metadata) else {
        return Ok(Metadata::default());
    };
    let metadata = match value {
        Value::Object(members) => Metadata::new(members.clone()),
        Value::String(text) => Metadata::parse(text),
        _ => Err(MetadataError::NotAnObject),
    };
    metadata.map_err(|error| RecordError::Metadata(column, error))
}

fn boolean(fields: &Fields, column: Option<&'static str>) -> Result<Option<bool>, RecordError> {
    let Some((column, value)) = fields.value(column) else { return Ok(None) };
    let text = match value {
        Value::Bool(value) => return Ok(Some(*value)),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.to_ascii_lowercase(),
        _ => return Err(RecordError::Boolean(column)),
    };
    match text.as_str() {
        "true" | "t" | "1" => Ok(Some(true)),
        "false" | "f" | "0" => Ok(Some(false)),
        _ => Err(RecordError::Boolean(column)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::preset::Preset;

    const HASH: &str = "$2b$06$I16FQY1KNGYXe6hiXeta3.b70vw6ID19nX9sNvcezbFI75LKIisfS";

    fn read(preset: Preset, json: &str) -> Result<NewUser, String> {
        read_with(preset, json, false)
    }

    fn read_with(preset: Preset, json: &str, allow_unusable: bool) -> Result<NewUser, String> {
        let columns = preset.columns();
        let json: serde_json::Map<String, Value> =
            serde_json::from_str(&json.replace("HASH", HASH)).unwrap();
        let mut fields = Fields::default();
        for (name, value) in json {
            columns.named(&name).map(|name| fields.insert(name, value));
        }
        let context = RecordContext { columns, now: 5, allow_unusable, firebase: None };
        user(&fields, &context).map_err(|error| error.to_string())
    }

    #[test]
    fn error_does_not_show_the_value() {
        for (json, message) in [
            (r#"{"password_hash":"HASH"}"#, "member email is missing"),
            (r#"{"email":null,"password_hash":"HASH"}"#, "email is empty"),
            (r#"{"email":"x","password_hash":"HASH"}"#, "email is not an e-mail address"),
            (r#"{"email":"a@b.com"}"#, "member password_hash is missing"),
            (
                r#"{"email":"a@b.com","password_hash":"HASH","is_admin":"yes"}"#,
                "is_admin is neither true nor false",
            ),
            (
                r#"{"email":"a@b.com","password_hash":"secret"}"#,
                "password_hash has an unknown format; expected argon2, bcrypt, scrypt or PBKDF2",
            ),
        ] {
            assert_eq!(read(Preset::Countersign, json).unwrap_err(), message);
        }
    }

    #[test]
    fn email_address_is_verified_where_the_other_system_says_so() {
        for (preset, members, expected) in [
            (Preset::Countersign, r#""password_hash":"HASH","email_verified":true"#, true),
            (Preset::Countersign, r#""password_hash":"HASH""#, false),
            (Preset::FastapiUsers, r#""hashed_password":"HASH","is_verified":"t""#, true),
            (Preset::Firebase, r#""emailVerified":true"#, true),
            (
                Preset::Supabase,
                r#""encrypted_password":"HASH","email_confirmed_at":"2024-05-01 12:00:00+00""#,
                true,
            ),
            (Preset::Supabase, r#""encrypted_password":"HASH","email_confirmed_at":null"#, false),
            (Preset::Django, r#""password":"HASH""#, false),
        ] {
            let json = format!(r#"{{"email":"a@b.com",{members}}}"#);
            let user = read_with(preset, &json, true).unwrap();
            assert_eq!(user.email_verified, expected, "{preset:?} {json}");
        }
    }

    #[test]
    fn preset_reads_the_columns_of_another_system() {
        let json =
            r#"{"id":7,"email":"a@b.com","password":"HASH","is_superuser":"t","is_active":0}"#;
        let user = read(Preset::Django, json).unwrap();
        assert_eq!((user.is_admin, user.disabled, user.created_at.milliseconds()), (true, true, 5));
        for (column, disabled) in [
            (r#""banned_until":"1970-01-01 00:00:01+00""#, true),
            (r#""banned_until":0"#, false),
            (r#""banned_until":null"#, false),
            (r#""banned_until":"infinity""#, true),
            (r#""deleted_at":"2024-05-01 12:00:00+00""#, true),
        ] {
            let json = format!(r#"{{"email":"a@b.com","encrypted_password":"HASH",{column}}}"#);
            assert_eq!(read(Preset::Supabase, &json).unwrap().disabled, disabled, "{column}");
        }
    }
}

//! A row as a user.

use serde_json::Value;

use super::error::RowError;
use super::preset::Columns;
use super::times;
use crate::domain::{Email, Timestamp};
use crate::password::{FirebaseProject, HashError, PasswordHash};
use crate::store::NewUser;

/// The values of a row that are read, under the names of their columns; what is empty in CSV is
/// null.
#[derive(Default)]
pub(super) struct Row(Vec<(&'static str, Value)>);

/// What the file alone does not say.
pub(super) struct Reading<'a> {
    pub(super) columns: &'a Columns,
    /// Unix milliseconds.
    pub(super) now: i64,
    /// Whether a user without a usable hash becomes an account without a password.
    pub(super) allow_unusable: bool,
    /// The project whose hashes they are.
    pub(super) firebase: Option<&'a FirebaseProject>,
}

impl Row {
    /// Adds a value; `false` where there is one of this name.
    pub(super) fn insert(&mut self, name: &'static str, value: Value) -> bool {
        let is_new = self.get(name).is_none();
        self.0.push((name, value));
        is_new
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(column, _)| *column == name).map(|(_, value)| value)
    }

    /// The value of a column, with its name, where there is one.
    fn value(&self, column: Option<&'static str>) -> Option<(&'static str, &Value)> {
        let column = column?;
        self.get(column).filter(|value| !value.is_null()).map(|value| (column, value))
    }

    /// The text of a column, empty where it is null.
    fn text(&self, column: &'static str) -> Result<&str, RowError> {
        match self.get(column) {
            None => Err(RowError::Absent(column)),
            Some(Value::Null) => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(RowError::NotText(column)),
        }
    }
}

/// Reads a row. Nothing is guessed: what cannot be read makes the row no user.
pub(super) fn user(row: &Row, reading: &Reading<'_>) -> Result<NewUser, RowError> {
    let columns = reading.columns;
    let email = match row.text(columns.email)? {
        "" => return Err(RowError::Missing(columns.email)),
        text => Email::parse(text).map_err(|error| RowError::Email(columns.email, error))?,
    };
    let password_hash = password_hash(row, reading)?;
    let is_deleted = row.value(columns.deleted_at).is_some();
    let is_inactive = boolean(row, columns.active)? == Some(false);
    let disabled = boolean(row, columns.disabled)?.unwrap_or(false);
    let unit = if columns.in_milliseconds { "milliseconds" } else { "seconds" };
    let is_banned = match row.value(columns.banned_until) {
        Some((column, value)) => {
            times::is_after(value, reading.now).ok_or(RowError::Time(column, unit))?
        }
        None => false,
    };
    let created_at = match row.value(columns.created_at) {
        Some((column, value)) => {
            times::timestamp(value, columns.in_milliseconds).ok_or(RowError::Time(column, unit))?
        }
        None => reading.now,
    };
    Ok(NewUser {
        email,
        password_hash,
        is_admin: boolean(row, columns.is_admin)?.unwrap_or(false),
        disabled: disabled || is_inactive || is_banned || is_deleted,
        created_at: Timestamp::from_milliseconds(created_at),
    })
}

fn password_hash(row: &Row, reading: &Reading<'_>) -> Result<PasswordHash, RowError> {
    let columns = reading.columns;
    let column = columns.password_hash;
    let text = match row.text(column) {
        Err(RowError::Absent(_)) if columns.omits_hash => "",
        text => text?,
    };
    let unusable = match text {
        "" => Some(RowError::NoPassword(column)),
        // Django writes `!` and random characters, and shadow files `!`, also before a hash, or `*`.
        "*" => Some(RowError::UnusablePassword(column)),
        _ if text.starts_with('!') => Some(RowError::UnusablePassword(column)),
        _ => None,
    };
    if let Some(error) = unusable {
        return if reading.allow_unusable { Ok(PasswordHash::none()) } else { Err(error) };
    }
    let hash = match (columns.salt, reading.firebase) {
        (None, _) => PasswordHash::parse(text),
        (Some(salt), Some(project)) => project.hash(row.text(salt)?, text),
        (Some(_), None) => Err(HashError::Unknown),
    };
    hash.map_err(|error| RowError::Hash(column, error))
}

fn boolean(row: &Row, column: Option<&'static str>) -> Result<Option<bool>, RowError> {
    let Some((column, value)) = row.value(column) else { return Ok(None) };
    let text = match value {
        Value::Bool(value) => return Ok(Some(*value)),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.to_ascii_lowercase(),
        _ => return Err(RowError::Boolean(column)),
    };
    match text.as_str() {
        "true" | "t" | "1" => Ok(Some(true)),
        "false" | "f" | "0" => Ok(Some(false)),
        _ => Err(RowError::Boolean(column)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::preset::Preset;

    const HASH: &str = "$2b$06$I16FQY1KNGYXe6hiXeta3.b70vw6ID19nX9sNvcezbFI75LKIisfS";

    fn read(preset: Preset, json: &str) -> Result<NewUser, String> {
        let columns = preset.columns();
        let json: serde_json::Map<String, Value> =
            serde_json::from_str(&json.replace("HASH", HASH)).unwrap();
        let mut row = Row::default();
        for (name, value) in json {
            columns.named(&name).map(|name| row.insert(name, value));
        }
        let reading = Reading { columns, now: 5, allow_unusable: false, firebase: None };
        user(&row, &reading).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_wrong_is_said_without_the_value() {
        for (json, message) in [
            (r#"{"password_hash":"HASH"}"#, "there is no email"),
            (r#"{"email":null,"password_hash":"HASH"}"#, "email is missing"),
            (r#"{"email":"x","password_hash":"HASH"}"#, "email is not an e-mail address"),
            (r#"{"email":"a@b.com"}"#, "there is no password_hash"),
            (
                r#"{"email":"a@b.com","password_hash":"HASH","is_admin":"yes"}"#,
                "is_admin is neither true nor false",
            ),
            (
                r#"{"email":"a@b.com","password_hash":"secret"}"#,
                "password_hash is in none of the known formats: argon2, bcrypt, scrypt and PBKDF2",
            ),
        ] {
            assert_eq!(read(Preset::Countersign, json).unwrap_err(), message);
        }
    }

    #[test]
    fn presets_read_the_columns_of_others() {
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

//! A row as a user.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::Value;

use super::error::RowError;
use super::lines::Row;
use super::preset::Preset;
use crate::password::PasswordHash;
use crate::store::NewUser;
use crate::user::Email;

/// The second after the last one that RFC 3339 can write, 9999-12-31T23:59:59Z.
const END_OF_TIME: i64 = 253_402_300_800;

/// Reads a row with the columns of `preset`; `now` is the moment in milliseconds, for those of
/// whom the file does not say when they came.
pub(super) fn user(row: &Row, preset: Preset, now: i64) -> Result<NewUser, RowError> {
    let columns = preset.columns();
    if let Some(unknown) = row.keys().find(|name| !columns.allow(name)) {
        return Err(RowError::UnknownColumn(unknown.clone()));
    }
    let text = |column| match value(row, Some(column)) {
        Some((_, Value::String(text))) => Ok(text.as_str()),
        _ => Err(RowError::Missing(column)),
    };
    let email = Email::parse(text(columns.email)?)
        .map_err(|error| RowError::Email(columns.email, error))?;
    let password_hash = PasswordHash::parse(text(columns.password_hash)?)
        .map_err(|error| RowError::Hash(columns.password_hash, error))?;
    let is_banned = time(row, columns.banned_until)?.is_some_and(|until| until > now);
    let is_deleted = value(row, columns.deleted_at).is_some();
    let is_inactive = boolean(row, columns.active)? == Some(false);
    let disabled = boolean(row, columns.disabled)?.unwrap_or(false);
    Ok(NewUser {
        email,
        password_hash,
        is_admin: boolean(row, columns.is_admin)?.unwrap_or(false),
        disabled: disabled || is_inactive || is_banned || is_deleted,
        created_at: time(row, columns.created_at)?.unwrap_or(now),
    })
}

/// The value of a column, with its name, where there is one.
fn value<'a>(row: &'a Row, column: Option<&'static str>) -> Option<(&'static str, &'a Value)> {
    let column = column?;
    row.get(column).filter(|value| !value.is_null()).map(|value| (column, value))
}

fn boolean(row: &Row, column: Option<&'static str>) -> Result<Option<bool>, RowError> {
    let Some((column, value)) = value(row, column) else { return Ok(None) };
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

/// A moment in milliseconds: Unix seconds, RFC 3339, or as databases print it, with a space for the
/// `T` and an offset that may lack its minutes; without an offset it is UTC.
fn time(row: &Row, column: Option<&'static str>) -> Result<Option<i64>, RowError> {
    let Some((column, value)) = value(row, column) else { return Ok(None) };
    let read = match value {
        Value::Number(number) => number.as_i64().and_then(of_seconds),
        Value::String(text) => text.parse().map_or_else(|_| of_text(text), of_seconds),
        _ => None,
    };
    let in_time = |milliseconds: &i64| (0..END_OF_TIME * 1000).contains(milliseconds);
    read.filter(in_time).map(Some).ok_or(RowError::Time(column))
}

fn of_seconds(seconds: i64) -> Option<i64> {
    seconds.checked_mul(1000)
}

fn of_text(text: &str) -> Option<i64> {
    let text = text.replacen(['T', 't'], " ", 1).replace(['Z', 'z'], "+00");
    DateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f%#z")
        .map(|time| time.with_timezone(&Utc))
        .or_else(|_| {
            NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f").map(|it| it.and_utc())
        })
        .ok()
        .map(|time| time.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$2b$06$I16FQY1KNGYXe6hiXeta3.b70vw6ID19nX9sNvcezbFI75LKIisfS";

    fn read(preset: Preset, json: &str) -> Result<NewUser, String> {
        let json = json.replace("HASH", HASH);
        user(&serde_json::from_str(&json).unwrap(), preset, 5).map_err(|error| error.to_string())
    }

    #[test]
    fn a_moment_is_read_as_files_have_it() {
        for text in [
            "\"2024-05-01T12:00:00Z\"",
            "\"2024-05-01T14:00:00.000+02:00\"",
            "\"2024-05-01 12:00:00+00\"",
            "\"2024-05-01 12:00:00\"",
            "\"1714564800\"",
            "1714564800",
        ] {
            let json =
                format!(r#"{{"email":"a@b.com","password_hash":"HASH","created_at":{text}}}"#);
            let created_at = read(Preset::Countersign, &json).unwrap().created_at;
            assert_eq!(created_at, 1_714_564_800_000, "{text}");
        }
        for text in ["\"\"", "\"yesterday\"", "1714564800000", "-1", "1.5", "true"] {
            let json =
                format!(r#"{{"email":"a@b.com","password_hash":"HASH","created_at":{text}}}"#);
            let error = read(Preset::Countersign, &json).unwrap_err();
            assert!(error.starts_with("created_at is neither"), "{text}: {error}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_value() {
        for (json, message) in [
            (r#"{"password_hash":"HASH"}"#, "email is missing"),
            (r#"{"email":"x","password_hash":"HASH"}"#, "email is not an e-mail address"),
            (r#"{"email":"a@b.com"}"#, "password_hash is missing"),
            (
                r#"{"email":"a@b.com","password_hash":"HASH","is_amdin":1}"#,
                "there is no column is_amdin",
            ),
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
    fn presets_read_the_columns_of_others_and_pass_over_the_rest() {
        let json =
            r#"{"id":7,"email":"a@b.com","password":"HASH","is_superuser":"t","is_active":0}"#;
        let user = read(Preset::Django, json).unwrap();
        assert_eq!((user.is_admin, user.disabled, user.created_at), (true, true, 5));
        for (column, disabled) in [
            (r#""banned_until":"1970-01-01 00:00:01+00""#, true),
            (r#""banned_until":0"#, false),
            (r#""banned_until":null"#, false),
            (r#""deleted_at":"2024-05-01 12:00:00+00""#, true),
        ] {
            let json = format!(r#"{{"email":"a@b.com","encrypted_password":"HASH",{column}}}"#);
            assert_eq!(read(Preset::Supabase, &json).unwrap().disabled, disabled, "{column}");
        }
    }
}

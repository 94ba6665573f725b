//! The configuration file: TOML whose keys are the flags of `serve` without their dashes.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::environment::Setting;
use super::error::ConfigError;
use super::place::Place;
use super::service_option::{OptionKind, ServiceOption};
use super::similar::nearest;
use crate::files;

/// The largest configuration file, in bytes.
const MAX_SIZE: u64 = 256 * 1024;

/// Reads the settings in the file, and the errors of its entries: unknown keys, and values that no
/// option has.
///
/// # Errors
///
/// [`ConfigError::UnreadableConfigFile`], and [`ConfigError::InvalidToml`] for each error of the syntax.
pub(super) fn read(path: &Path) -> Result<(Vec<Setting>, Vec<ConfigError>), Vec<ConfigError>> {
    let unreadable =
        |source| vec![ConfigError::UnreadableConfigFile { path: path.to_owned(), source }];
    let bytes = files::read_regular(path, MAX_SIZE).map_err(unreadable)?;
    let text = str::from_utf8(&bytes).map_err(|error| {
        let line = line_at(&bytes, error.valid_up_to());
        vec![invalid_toml(path, line, "it is not UTF-8 text")]
    })?;
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Err(syntax_errors(path, &bytes, &errors));
    }
    let path: Arc<Path> = path.into();
    let options = ServiceOption::all();
    let (mut settings, mut errors) = (Vec::new(), Vec::new());
    for (key, value) in table.get_ref() {
        let place = Place {
            path: Arc::clone(&path),
            line: line_at(&bytes, key.span().start),
            key: key.get_ref().escape_debug().to_string(),
        };
        let option = options.iter().find(|option| option.key == **key.get_ref());
        match (option, value.get_ref()) {
            (_, DeValue::Table(table)) => errors.push(of_table(place, table, &options)),
            (None, _) => {
                let suggestion = similar_key(key.get_ref(), &options);
                errors.push(ConfigError::UnknownKey { place, suggestion });
            }
            (Some(option), value_of) => match setting(option, value_of, value.span(), text) {
                Ok(value) => settings.push(Setting::of_file(&option.variable, value, place)),
                Err(reason) => errors.push(ConfigError::InvalidEntry { place, reason }),
            },
        }
    }
    Ok((settings, errors))
}

/// The value, as it would be in the variable of the option.
fn setting(
    option: &ServiceOption,
    value: &DeValue<'_>,
    span: Range<usize>,
    text: &str,
) -> Result<String, String> {
    match (value, option.kind) {
        (DeValue::Array(elements), OptionKind::List) => {
            let elements = elements.iter().map(|element| match element.get_ref() {
                DeValue::Array(_) | DeValue::Table(_) => {
                    Err("expected a list of strings".to_owned())
                }
                DeValue::String(element) if element.contains(',') => {
                    Err("an element of the list has a comma: write it as two".to_owned())
                }
                value => Ok(scalar(value, element.span(), text)),
            });
            Ok(elements.collect::<Result<Vec<_>, _>>()?.join(","))
        }
        (DeValue::Array(_), _) => Err("expected a single value, not a list".to_owned()),
        (DeValue::Table(_), _) => Err("expected a value, not a table".to_owned()),
        (value, _) => Ok(scalar(value, span, text)),
    }
}

/// A value as text. What is neither a string nor an integer stays as it is written.
fn scalar(value: &DeValue<'_>, span: Range<usize>, text: &str) -> String {
    match value {
        DeValue::String(value) => value.clone().into_owned(),
        DeValue::Integer(integer) => {
            match i128::from_str_radix(integer.as_str(), integer.radix()) {
                Ok(integer) => integer.to_string(),
                Err(_) => integer.as_str().to_owned(),
            }
        }
        _ => text.get(span).unwrap_or_default().to_owned(),
    }
}

/// The error of a table such as `[smtp]`.
fn of_table(place: Place, table: &DeTable<'_>, options: &[ServiceOption]) -> ConfigError {
    let inner = table.keys().next().map(|key| format!("{}-{}", place.key, key.get_ref()));
    let meant = inner.and_then(|inner| similar_key(&inner, options));
    let hint = match meant {
        Some(key) => format!("; did you mean {key} = …, above all tables?"),
        None => ", such as database-timeout = \"2s\"".to_owned(),
    };
    let reason = format!("unexpected table: the file has only keys with the names of flags{hint}");
    ConfigError::InvalidEntry { place, reason }
}

/// The key that is most similar to an unknown one, which may be a flag, a variable or its name.
fn similar_key(unknown: &str, options: &[ServiceOption]) -> Option<String> {
    let name = unknown.trim_start_matches('-').to_lowercase().replace('_', "-");
    let name = name.strip_prefix("countersign-").unwrap_or(&name);
    let of_variable = |option: &ServiceOption| {
        option.variable.trim_start_matches("COUNTERSIGN_").to_lowercase().replace('_', "-")
    };
    let exact = options.iter().find(|option| option.key == name || of_variable(option) == name);
    let keys = options.iter().map(|option| &*option.key);
    exact.map(|option| &*option.key).or_else(|| nearest(name, keys)).map(str::to_owned)
}

/// The first error of each line; further ones follow from it.
fn syntax_errors(path: &Path, bytes: &[u8], errors: &[toml::de::Error]) -> Vec<ConfigError> {
    let line = |error: &toml::de::Error| line_at(bytes, error.span().map_or(0, |span| span.start));
    let mut errors: Vec<_> = errors.iter().map(|error| (line(error), error.message())).collect();
    errors.sort_by_key(|(line, _)| *line);
    errors.dedup_by_key(|(line, _)| *line);
    errors.into_iter().map(|(line, reason)| invalid_toml(path, line, reason)).collect()
}

fn invalid_toml(path: &Path, line: usize, reason: &str) -> ConfigError {
    ConfigError::InvalidToml { path: path.to_owned(), line, reason: reason.to_owned() }
}

/// The line of a byte, from 1.
fn line_at(bytes: &[u8], offset: usize) -> usize {
    let before = bytes.get(..offset).unwrap_or(bytes);
    before.split(|byte| *byte == b'\n').count()
}

//! The texts of a language, from TOML.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The texts of a language. Each is a template.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Texts {
    /// The first line of each mail.
    pub(super) greeting: String,
    /// The last line of each mail.
    pub(super) closing: String,
    /// The line above the address of a link, for readers whose program shows no button.
    pub(super) link: String,
    /// The description of a client: `address` and `user_agent`.
    pub(super) client: String,
    /// Durations: `count` is their number.
    pub(super) hours: String,
    pub(super) days: String,
    /// The texts of each mail, by the name of its kind.
    #[serde(flatten)]
    pub(super) mails: BTreeMap<String, MailTexts>,
}

/// The texts of a mail.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MailTexts {
    /// The subject.
    pub(super) subject: String,
    /// The paragraphs, separated by empty lines.
    pub(super) text: String,
    /// The label of the button that is the link, if there is one.
    pub(super) button: Option<String>,
}

/// Parses the texts of a language: those of `overriding`, and of `built_in` where they are missing.
pub(super) fn parse(built_in: &str, overriding: Option<&str>) -> Result<Texts, toml::de::Error> {
    let mut table: toml::Table = toml::from_str(built_in)?;
    if let Some(overriding) = overriding {
        merge(&mut table, toml::from_str(overriding)?);
    }
    table.try_into()
}

fn merge(table: &mut toml::Table, overriding: toml::Table) {
    for (key, value) in overriding {
        match (table.get_mut(&key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(value)) => merge(inner, value),
            (_, value) => drop(table.insert(key, value)),
        }
    }
}

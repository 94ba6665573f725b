//! The texts of a language.

use std::collections::BTreeMap;

use serde::Serialize;

use super::language::Language;

/// The texts of the pages in one language, by name.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Texts(BTreeMap<String, String>);

impl Texts {
    /// The built-in texts.
    ///
    /// # Errors
    ///
    /// None; the tests parse them.
    pub(super) fn built_in(language: Language) -> Result<Self, toml::de::Error> {
        Self::parse(match language {
            Language::English => include_str!("texts/en.toml"),
            Language::German => include_str!("texts/de.toml"),
        })
    }

    /// Parses TOML of names and texts.
    ///
    /// # Errors
    ///
    /// The error of the TOML.
    pub(super) fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text).map(Self)
    }

    /// Replaces the texts that `overrides` has.
    ///
    /// # Errors
    ///
    /// The name of one that no page has.
    pub(super) fn replace(&mut self, overrides: Self) -> Result<(), String> {
        for (name, text) in overrides.0 {
            match self.0.get_mut(&name) {
                Some(replaced) => *replaced = text,
                None => return Err(name),
            }
        }
        Ok(())
    }

    /// A text; `None` where it is missing.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A text; its name where it is missing.
    #[must_use]
    pub fn get<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.get(name).map_or(name, String::as_str)
    }

    #[cfg(test)]
    pub(super) fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

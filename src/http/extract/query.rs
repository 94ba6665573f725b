//! The parameters of a query, each of which is known.

use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::members::rejected;
use crate::http::error::HttpError;

/// The parameters of the query of a URL. A handler takes those that it knows; [`Query::finish`] rejects what
/// is left, which may be a misspelt filter.
pub(in crate::http) struct Query(Vec<(String, String)>);

impl Query {
    /// Takes a parameter, which must not be repeated.
    pub(in crate::http) fn text(&mut self, name: &str) -> Result<Option<String>, HttpError> {
        let Some(at) = self.0.iter().position(|(parameter, _)| parameter == name) else {
            return Ok(None);
        };
        let (_, value) = self.0.swap_remove(at);
        if self.0.iter().any(|(parameter, _)| parameter == name) {
            return Err(rejected(name, "is given more than once"));
        }
        if value.contains('\0') {
            return Err(rejected(name, "contains a NUL character"));
        }
        Ok(Some(value))
    }

    /// Takes a parameter of another type than text; `expected` is what it must be.
    pub(in crate::http) fn parsed<T: FromStr>(
        &mut self,
        name: &str,
        expected: &str,
    ) -> Result<Option<T>, HttpError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| rejected(name, &format!("must be {expected}")))
    }

    /// Rejects parameters that were not taken.
    pub(in crate::http) fn finish(self) -> Result<(), HttpError> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => {
                let name: String = name.chars().take(64).collect();
                Err(HttpError::BadRequest(format!("Unknown parameter {name:?}").into()))
            }
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, HttpError> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes());
        Ok(Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()))
    }
}

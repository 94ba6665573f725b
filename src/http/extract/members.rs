//! The members of a JSON object, each of which is known.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequest, Request};
use serde::Deserialize;
use serde::de::Deserializer;
use serde_json::Value;

use super::body;
use super::content::{Content, MediaType};
use super::object::members;
use crate::config::HttpOptions;
use crate::domain::{Email, Metadata};
use crate::http::error::HttpError;
use crate::password::Password;

/// The members of a body of `application/json`. A handler takes those that it knows; [`Members::finish`]
/// rejects what is left.
pub(in crate::http) struct Members(Vec<(String, Value)>);

impl Members {
    /// Takes the value of a member, which must not be repeated.
    pub(in crate::http) fn value(&mut self, name: &str) -> Result<Option<Value>, HttpError> {
        let Some(at) = self.0.iter().position(|(member, _)| member == name) else {
            return Ok(None);
        };
        let (_, value) = self.0.swap_remove(at);
        if self.0.iter().any(|(member, _)| member == name) {
            return Err(rejected(name, "is given more than once"));
        }
        Ok(Some(value))
    }

    /// Takes a Boolean.
    pub(in crate::http) fn boolean(&mut self, name: &str) -> Result<Option<bool>, HttpError> {
        match self.value(name)? {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(value)),
            Some(_) => Err(rejected(name, "must be true or false")),
        }
    }

    fn text(&mut self, name: &str) -> Result<Option<String>, HttpError> {
        match self.value(name)? {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(rejected(name, "must be a string")),
        }
    }

    /// Takes an e-mail address.
    pub(in crate::http) fn email(&mut self, name: &str) -> Result<Option<Email>, HttpError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let email = Email::parse(&text);
        email.map(Some).map_err(|error| rejected(name, &error.to_string()))
    }

    /// Takes a password.
    pub(in crate::http) fn password(&mut self, name: &str) -> Result<Option<Password>, HttpError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let password = Password::new(text);
        password.map(Some).map_err(|error| rejected(name, &error.to_string()))
    }

    /// Takes metadata.
    pub(in crate::http) fn metadata(&mut self, name: &str) -> Result<Option<Metadata>, HttpError> {
        match self.value(name)? {
            None => Ok(None),
            Some(Value::Object(members)) => {
                let metadata = Metadata::new(members);
                metadata.map(Some).map_err(|error| rejected(name, &error.to_string()))
            }
            Some(_) => Err(rejected(name, "must be an object")),
        }
    }

    /// Rejects members that were not taken.
    pub(in crate::http) fn finish(self) -> Result<(), HttpError> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => {
                let name: String = name.chars().take(64).collect();
                Err(HttpError::BadRequest(format!("Unknown member {name:?}").into()))
            }
        }
    }
}

/// The error of a required member that is missing.
pub(in crate::http) fn missing(name: &str) -> HttpError {
    rejected(name, "is missing")
}

/// The error of a member.
pub(in crate::http) fn rejected(name: &str, reason: &str) -> HttpError {
    HttpError::BadRequest(format!("{name} {reason}").into())
}

impl<S> FromRequest<S> for Members
where
    Arc<HttpOptions>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &S) -> Result<Self, HttpError> {
        let options = Arc::<HttpOptions>::from_ref(state);
        let (head, body) = request.into_parts();
        let content = Content::of(&head.headers)?;
        if !matches!(content.media_type, MediaType::Json) {
            return Err(HttpError::JsonRequired);
        }
        let body = body::read(body, &options).await?;
        let text = str::from_utf8(&body)
            .map_err(|_| HttpError::BadRequest("The body is not valid UTF-8".into()))?;
        content.charset.check(text)?;
        serde_json::from_str(text).map_err(|error| {
            // The error itself may repeat a value, such as a password.
            let message = if error.is_data() {
                "The body must be a JSON object".into()
            } else {
                let (line, column) = (error.line(), error.column());
                format!("The body is not valid JSON: line {line}, column {column}").into()
            };
            HttpError::BadRequest(message)
        })
    }
}

/// From an object alone, with repeated members.
impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members(deserializer).map(Members)
    }
}

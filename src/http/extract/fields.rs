//! The fields of a request body: a form or a JSON object.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::{Bytes, HttpBody};
use axum::extract::{FromRef, FromRequest, Request};
use multer::Multipart;
use percent_encoding::percent_decode;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};

use super::body;
use super::content::{Charset, Content, MediaType};
use super::object::members;
use crate::config::HttpOptions;
use crate::http::error::HttpError;
use crate::password::{Password, PasswordError};

/// Maximum number of fields.
const MAX_FIELDS: usize = 64;

/// The fields of a body of `application/x-www-form-urlencoded`, `multipart/form-data` or
/// `application/json`, by name. Unknown fields are ignored.
pub(in crate::http) struct Fields(Vec<(String, Value)>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    /// A JSON value that is no string, or an uploaded file.
    Other(IgnoredAny),
}

impl Fields {
    /// Takes the text of the required field `name`, which must not be empty or repeated.
    pub(in crate::http) fn text(&mut self, name: &'static str) -> Result<String, HttpError> {
        match self.text_or_empty(name)? {
            text if text.is_empty() => Err(rejected(name, "is empty")),
            text => Ok(text),
        }
    }

    /// Takes the text of the required field `name`, which must not be repeated.
    pub(in crate::http) fn text_or_empty(
        &mut self,
        name: &'static str,
    ) -> Result<String, HttpError> {
        self.optional_text(name)?.ok_or_else(|| rejected(name, "is missing"))
    }

    /// Takes the text of the optional field `name`, which must not be repeated.
    pub(in crate::http) fn optional_text(
        &mut self,
        name: &str,
    ) -> Result<Option<String>, HttpError> {
        let mut values = self.0.iter_mut().filter(|(field, _)| field == name);
        let (value, more) = (values.next(), values.next());
        if more.is_some() {
            return Err(rejected(name, "is given more than once"));
        }
        match value {
            None => Ok(None),
            Some((_, Value::Other(_))) => Err(rejected(name, "must be a string")),
            Some((_, Value::Text(text))) if text.contains('\0') => {
                Err(rejected(name, "contains a NUL character"))
            }
            Some((_, Value::Text(text))) => Ok(Some(std::mem::take(text))),
        }
    }

    /// Takes the password in the required field `name`.
    pub(in crate::http) fn password(&mut self, name: &'static str) -> Result<Password, HttpError> {
        Password::new(self.text(name)?)
            .map_err(|fault| HttpError::BadRequest(format!("{name} {fault}").into()))
    }

    /// Takes the password in the required field `name`; `None` where it is empty.
    pub(in crate::http) fn password_or_empty(
        &mut self,
        name: &'static str,
    ) -> Result<Option<Password>, HttpError> {
        match Password::new(self.text_or_empty(name)?) {
            Ok(password) => Ok(Some(password)),
            Err(PasswordError::Empty) => Ok(None),
            Err(error) => Err(rejected(name, &error.to_string())),
        }
    }

    /// Reads a form; other media types are rejected.
    pub(in crate::http) async fn of_form<S>(request: Request, state: &S) -> Result<Self, HttpError>
    where
        Arc<HttpOptions>: FromRef<S>,
    {
        Self::read(request, state, |media_type| matches!(media_type, MediaType::Form)).await
    }

    /// Reads a body of an accepted media type. An empty body has no fields, whatever its headers: some
    /// proxies drop the body of a `DELETE`, and some clients declare one that they do not send.
    async fn read<S>(
        request: Request,
        state: &S,
        is_accepted: impl FnOnce(&MediaType) -> bool,
    ) -> Result<Self, HttpError>
    where
        Arc<HttpOptions>: FromRef<S>,
    {
        let options = Arc::<HttpOptions>::from_ref(state);
        let (head, body) = request.into_parts();
        let mut content = Content::of(&head.headers).and_then(|content| {
            let is_accepted = is_accepted(&content.media_type);
            is_accepted.then_some(content).ok_or(HttpError::UnsupportedMediaType)
        });
        // A body that is known not to be empty is rejected before it is read.
        if body.size_hint().lower() > 0 {
            content = Ok(content?);
        }
        let body = body::read(body, &options).await?;
        if body.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let Content { media_type, charset } = content?;
        let fields = match media_type {
            MediaType::Json => Self::from_json(&body, &charset),
            MediaType::Form => Self::from_form(&body, &charset),
            MediaType::Multipart { boundary } => Self::from_multipart(body, boundary).await,
        }?;
        // They are kept while the request is handled, and take more memory than the body.
        if fields.0.len() > MAX_FIELDS {
            let message = format!("The body has more than {MAX_FIELDS} fields");
            return Err(HttpError::BadRequest(message.into()));
        }
        Ok(fields)
    }

    fn from_json(body: &[u8], charset: &Charset) -> Result<Self, HttpError> {
        let text = without_byte_order_mark(str::from_utf8(body).map_err(|_| not_utf8())?);
        charset.check(text)?;
        serde_json::from_str(text).map_err(|error| {
            // The rest of the error names types of this program.
            let message = if error.is_data() {
                "The body must be a JSON object".into()
            } else {
                let (line, column) = (error.line(), error.column());
                format!("The body is not valid JSON: line {line}, column {column}").into()
            };
            HttpError::BadRequest(message)
        })
    }

    fn from_form(body: &[u8], charset: &Charset) -> Result<Self, HttpError> {
        // The parser below would replace what is not UTF-8. `=` and `&` are ASCII, so the body is
        // UTF-8 exactly when each of its parts is.
        charset.check(&percent_decode(body).decode_utf8().map_err(|_| not_utf8())?)?;
        let body = without_byte_order_mark(str::from_utf8(body).map_err(|_| not_utf8())?);
        // `curl -d '{…}'` sends JSON as a form unless it is given a Content-Type.
        if body.trim_ascii_start().starts_with('{') {
            let message = "The body looks like JSON, but its Content-Type is that of a form";
            return Err(HttpError::BadRequest(message.into()));
        }
        let owned = |(name, value): (Cow<'_, str>, Cow<'_, str>)| {
            (name.into_owned(), Value::Text(value.into_owned()))
        };
        Ok(Self(form_urlencoded::parse(body.as_bytes()).map(owned).collect()))
    }

    async fn from_multipart(body: Bytes, boundary: String) -> Result<Self, HttpError> {
        let malformed =
            |_| HttpError::BadRequest("The body is not valid multipart/form-data".into());
        let whole = futures_util::stream::once(async { Ok::<_, multer::Error>(body) });
        let mut parts = Multipart::new(whole, boundary);
        let mut fields = Vec::new();
        while let Some(part) = parts.next_field().await.map_err(malformed)? {
            let name = part.name().unwrap_or_default().to_owned();
            let is_file = part.file_name().is_some();
            let charset = Charset::of_part(part.headers());
            let bytes = part.bytes().await.map_err(malformed)?;
            let value = if is_file {
                Value::Other(IgnoredAny)
            } else {
                let charset = charset?;
                let text = String::from_utf8(bytes.into()).map_err(|_| not_utf8())?;
                charset.check(&text)?;
                Value::Text(text)
            };
            fields.push((name, value));
        }
        Ok(Self(fields))
    }
}

impl<S> FromRequest<S> for Fields
where
    Arc<HttpOptions>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &S) -> Result<Self, HttpError> {
        Self::read(request, state, |_| true).await
    }
}

/// Parsers may ignore the mark (RFC 8259 section 8.1), and some Windows programs write it.
fn without_byte_order_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn rejected(name: &str, reason: &str) -> HttpError {
    HttpError::BadRequest(format!("{name} {reason}").into())
}

fn not_utf8() -> HttpError {
    HttpError::BadRequest("The body is not valid UTF-8".into())
}

/// From an object alone. Repeated members remain, so that [`Fields::text`] can reject them.
impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members(deserializer).map(Fields)
    }
}

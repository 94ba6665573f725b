//! The fields of a request body: a form or a JSON object.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRef, FromRequest, Request};
use axum::http::{HeaderMap, header};
use multer::Multipart;
use percent_encoding::percent_decode;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::body;
use super::error::HttpError;
use crate::config::HttpOptions;
use crate::password::Password;

/// The fields of a body, read from `application/x-www-form-urlencoded`, `multipart/form-data` or
/// `application/json`, and asked for by name. Fields that nobody asks for are passed over.
pub(super) struct Fields(Vec<(String, Value)>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    /// A JSON value that is no string, or an uploaded file.
    Other(IgnoredAny),
}

enum MediaType {
    Form,
    Multipart { boundary: String },
    Json,
}

impl Fields {
    /// Takes out the text of the field `name`, which must be there once and not be empty.
    pub(super) fn text(&mut self, name: &'static str) -> Result<String, HttpError> {
        let refused = |fault: &str| Err(HttpError::BadRequest(format!("{name} {fault}").into()));
        match self.optional_text(name)? {
            None => refused("is missing"),
            Some(text) if text.is_empty() => refused("is empty"),
            Some(text) => Ok(text),
        }
    }

    /// Takes out the text of the field `name`, which must not be there more than once.
    pub(super) fn optional_text(&mut self, name: &str) -> Result<Option<String>, HttpError> {
        let refused = |fault: &str| Err(HttpError::BadRequest(format!("{name} {fault}").into()));
        let mut values = self.0.iter_mut().filter(|(field, _)| field == name);
        let (value, more) = (values.next(), values.next());
        if more.is_some() {
            return refused("is given more than once");
        }
        match value {
            None => Ok(None),
            Some((_, Value::Other(_))) => refused("must be a string"),
            Some((_, Value::Text(text))) if text.contains('\0') => {
                refused("contains a NUL character")
            }
            Some((_, Value::Text(text))) => Ok(Some(std::mem::take(text))),
        }
    }

    /// Takes out the password in the field `name`.
    pub(super) fn password(&mut self, name: &'static str) -> Result<Password, HttpError> {
        Password::new(self.text(name)?)
            .map_err(|fault| HttpError::BadRequest(format!("{name} {fault}").into()))
    }

    /// Reads a form, and nothing else.
    pub(super) async fn of_form<S>(request: Request, state: &S) -> Result<Self, HttpError>
    where
        Arc<HttpOptions>: FromRef<S>,
    {
        let MediaType::Form = media_type(request.headers())? else {
            return Err(HttpError::UnsupportedMediaType);
        };
        let options = Arc::<HttpOptions>::from_ref(state);
        Self::from_form(&body::read(request.into_body(), &options).await?)
    }

    fn from_json(body: &[u8]) -> Result<Self, HttpError> {
        serde_json::from_slice(body).map_err(|error| {
            // What serde_json says beyond this is about its types, not about the client's text.
            let message = if error.is_data() {
                "The body must be a JSON object".into()
            } else {
                let (line, column) = (error.line(), error.column());
                format!("The body is not valid JSON: line {line}, column {column}").into()
            };
            HttpError::BadRequest(message)
        })
    }

    fn from_form(body: &[u8]) -> Result<Self, HttpError> {
        // The parser below would replace what is not UTF-8. `=` and `&` are ASCII, so the body is
        // UTF-8 exactly when each of its parts is.
        percent_decode(body).decode_utf8().map_err(|_| not_utf8())?;
        // What `curl -d '{…}'` sends: without a header of its own it says that it is a form.
        if body.trim_ascii_start().starts_with(b"{") {
            let message = "The body looks like JSON, but Content-Type says that it is a form";
            return Err(HttpError::BadRequest(message.into()));
        }
        let owned = |(name, value): (Cow<'_, str>, Cow<'_, str>)| {
            (name.into_owned(), Value::Text(value.into_owned()))
        };
        Ok(Self(form_urlencoded::parse(body).map(owned).collect()))
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
            let bytes = part.bytes().await.map_err(malformed)?;
            let value = if is_file {
                Value::Other(IgnoredAny)
            } else {
                Value::Text(String::from_utf8(bytes.into()).map_err(|_| not_utf8())?)
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
        let options = Arc::<HttpOptions>::from_ref(state);
        let media_type = media_type(request.headers())?;
        let body = body::read(request.into_body(), &options).await?;
        match media_type {
            MediaType::Json => Self::from_json(&body),
            MediaType::Form => Self::from_form(&body),
            MediaType::Multipart { boundary } => Self::from_multipart(body, boundary).await,
        }
    }
}

/// The fields of a body, or none where the body is empty, whatever its `Content-Type`.
pub(super) struct OptionalFields(pub(super) Fields);

impl<S> FromRequest<S> for OptionalFields
where
    Arc<HttpOptions>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &S) -> Result<Self, HttpError> {
        let options = Arc::<HttpOptions>::from_ref(state);
        let (head, body) = request.into_parts();
        // Also one of no declared length may turn out to be empty.
        let body = body::read(body, &options).await?;
        if body.is_empty() {
            return Ok(Self(Fields(Vec::new())));
        }
        Fields::from_request(Request::from_parts(head, body.into()), state).await.map(Self)
    }
}

/// The media type of a body, where it is one that is read here: compared whole and without case,
/// its parameters aside.
fn media_type(headers: &HeaderMap) -> Result<MediaType, HttpError> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Ok(MediaType::Json)
    } else if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Ok(MediaType::Form)
    } else if essence.eq_ignore_ascii_case("multipart/form-data") {
        let message = "Content-Type multipart/form-data needs a boundary";
        let boundary = multer::parse_boundary(content_type);
        let boundary = boundary.map_err(|_| HttpError::BadRequest(message.into()))?;
        Ok(MediaType::Multipart { boundary })
    } else {
        Err(HttpError::UnsupportedMediaType)
    }
}

fn not_utf8() -> HttpError {
    HttpError::BadRequest("The body is not valid UTF-8".into())
}

/// From an object alone; members that come twice are kept, for [`Fields::text`] to refuse.
impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;

        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(FieldsVisitor)
    }
}

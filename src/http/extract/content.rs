//! Media type, character encoding and content coding of a request body.

use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderName};
use encoding_rs::{Encoding, UTF_8};

use crate::http::error::HttpError;

/// Of a part of a form (RFC 7578 section 4.7). Some libraries still send it.
const CONTENT_TRANSFER_ENCODING: HeaderName = HeaderName::from_static("content-transfer-encoding");

/// Codings that leave a body unencoded, or that hyper decodes.
const IDENTITY: [&str; 6] = ["", "identity", "chunked", "7bit", "8bit", "binary"];

/// Media type and character encoding of a request body.
pub(super) struct Content {
    pub(super) media_type: MediaType,
    pub(super) charset: Charset,
}

/// The supported media types.
pub(super) enum MediaType {
    Form,
    Multipart { boundary: String },
    Json,
}

/// The character encoding of a text; UTF-8 is required.
pub(super) enum Charset {
    Utf8,
    /// Another ASCII-compatible encoding, by its name: only its ASCII text is accepted.
    Other(String),
}

impl Content {
    /// Reads the headers of a request with a body.
    ///
    /// # Errors
    ///
    /// 415 for an unsupported media type, character encoding or coding, 400 for contradicting headers.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, HttpError> {
        check_coding(headers, &CONTENT_ENCODING)?;
        check_coding(headers, &TRANSFER_ENCODING)?;
        let content_type = content_type(headers)?;
        Ok(Self { media_type: media_type(content_type)?, charset: Charset::of(content_type)? })
    }
}

impl Charset {
    /// The character encoding of a part of a multipart form, by its own headers.
    pub(super) fn of_part(headers: &HeaderMap) -> Result<Self, HttpError> {
        check_coding(headers, &CONTENT_ENCODING)?;
        check_coding(headers, &CONTENT_TRANSFER_ENCODING)?;
        Self::of(content_type(headers)?)
    }

    fn of(content_type: &str) -> Result<Self, HttpError> {
        let parameters = content_type.split(';').skip(1).filter_map(|pair| pair.split_once('='));
        let mut charsets = parameters
            .filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
            .map(|(_, value)| value.trim().trim_matches(['"', '\'']));
        let Some(name) = charsets.next().filter(|name| !name.is_empty()) else {
            return Ok(Self::Utf8);
        };
        match Encoding::for_label(name.as_bytes()) {
            Some(encoding) if encoding == UTF_8 => Ok(Self::Utf8),
            Some(encoding) if encoding.is_ascii_compatible() => Ok(Self::Other(name.to_owned())),
            _ => Err(HttpError::UnsupportedCharset(name.to_owned())),
        }
    }

    /// Rejects a text that this encoding would decode differently.
    pub(super) fn check(&self, text: &str) -> Result<(), HttpError> {
        match self {
            Self::Other(name) if !text.is_ascii() => {
                Err(HttpError::UnsupportedCharset(name.clone()))
            }
            _ => Ok(()),
        }
    }
}

/// The one `Content-Type`; empty if it is absent or not ASCII. Contradicting ones are rejected.
fn content_type(headers: &HeaderMap) -> Result<&str, HttpError> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let first = values.next();
    if values.any(|value| Some(value) != first) {
        return Err(HttpError::BadRequest("There are several Content-Type headers".into()));
    }
    Ok(first.and_then(|value| value.to_str().ok()).unwrap_or_default())
}

/// Compares the whole media type, case-insensitively and without its parameters.
fn media_type(content_type: &str) -> Result<MediaType, HttpError> {
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

/// Rejects an encoded body.
fn check_coding(headers: &HeaderMap, field: &HeaderName) -> Result<(), HttpError> {
    let lists = headers.get_all(field).iter();
    let mut codings = lists.flat_map(|list| list.as_bytes().split(|byte| *byte == b','));
    let is_another = |coding: &&[u8]| {
        !IDENTITY.iter().any(|name| coding.trim_ascii().eq_ignore_ascii_case(name.as_bytes()))
    };
    match codings.find(is_another) {
        None => Ok(()),
        Some(coding) => {
            let coding = String::from_utf8_lossy(coding.trim_ascii()).into_owned();
            Err(HttpError::UnsupportedCoding(coding))
        }
    }
}

//! Responses in JSON, formatted as the compatibility contract has them.

use std::io;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use tracing::error;

/// A JSON response with a space after each colon and comma: `{"token": "…"}`.
///
/// The format of the original service's `json.dumps`: programs may compare the text.
pub(super) struct Json<T>(pub(super) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let mut body = Vec::with_capacity(128);
        match self.0.serialize(&mut Serializer::with_formatter(&mut body, Spaced)) {
            Ok(()) => {
                let mut response = Response::new(body.into());
                let json = HeaderValue::from_static("application/json");
                response.headers_mut().insert(header::CONTENT_TYPE, json);
                response
            }
            Err(error) => {
                error!(%error, "cannot serialize a response");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { to.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { to.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn format_is_that_of_pythons_json_dumps() {
        let response = Json(json!({"a": [1, 2, {}], "b": "x, y: z"})).into_response();
        let body = to_bytes(response.into_body(), 100).await.unwrap();
        assert_eq!(body, r#"{"a": [1, 2, {}], "b": "x, y: z"}"#);
    }
}

//! Responses that several operations have: components of the OpenAPI document.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::IntoResponses;
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::{Ref, RefOr};

/// Defines responses: the name of the component, its status, its description, the schema, an example, and a
/// header with a description.
macro_rules! shared {
    ($($name:ident: $status:literal, $description:literal, $schema:literal, $example:tt $(, $header:literal: $about:literal)?;)+) => {
        $(
            /// A response, for the attribute of a handler.
            #[allow(dead_code, reason = "the rules name some of them by their text")]
            pub(in crate::http) enum $name {}

            impl IntoResponses for $name {
                fn responses() -> BTreeMap<String, RefOr<Response>> {
                    let component = Ref::from_response_name(stringify!($name));
                    BTreeMap::from([($status.to_owned(), component.into())])
                }
            }
        )+

        /// All of them: name, status, response.
        pub(super) fn components() -> Vec<(&'static str, &'static str, Response)> {
            vec![$((stringify!($name), $status, response($description, $schema, &json!($example), &[$(($header, $about))?])),)+]
        }
    };
}

shared! {
    InvalidRequest: "400", "The request is invalid: a missing, empty, repeated or malformed field", "Error",
        {"message": "email is missing"};
    InvalidToken: "400", "The request or the token is invalid", "Error",
        {"message": "Token is invalid"},
        "WWW-Authenticate": "`Bearer error=\"invalid_token\"`, if it is the token";
    InvalidLink: "400", "The token is invalid, was used already or has expired, or a field is invalid", "Error",
        {"message": "The link is invalid, was used already or has expired; request a new one"};
    AuthRequired: "401", "There is no token", "Error",
        {"message": "Auth required"}, "WWW-Authenticate": "`Bearer`";
    TokenRejected: "401", "There is no token, or it is rejected", "Error",
        {"message": "Token is invalid"},
        "WWW-Authenticate": "`Bearer`, or `Bearer error=\"invalid_token\"`";
    Unauthenticated: "401", "There are no credentials, or they are rejected", "Error",
        {"message": "Auth required"}, "WWW-Authenticate": "`Bearer …` or `Basic …`";
    NotAdministrator: "403", "The caller may not administrate", "Error",
        {"message": "Administrator rights are required"};
    NotFound: "404", "It does not exist", "Error", {"message": "Not found"};
    BodyTimeout: "408", "The body did not arrive in time", "Error",
        {"message": "The body did not arrive within 15s"}, "Connection": "`close`";
    BodyTooLarge: "413", "The body is too large", "Error",
        {"message": "The body is larger than 65536 bytes"};
    UnsupportedMediaType: "415", "Media type, character encoding or coding of the body is not supported", "Error",
        {"message": "The body must be UTF-8, not latin1"};
    TooManyRequests: "429", "Too many requests or failed attempts", "Error",
        {"message": "Too many requests, try again later"}, "Retry-After": "Seconds";
    InternalError: "500", "Internal error, whose cause is in the log alone", "Error",
        {"message": "Internal error"};
    MailOff: "501", "The service sends no mails", "Error",
        {"message": "This service sends no mails"};
    Unavailable: "503", "The database is unavailable, or too many requests are waiting", "Error",
        {"message": "Temporarily unavailable, try again later"}, "Retry-After": "Seconds";
    OAuthInvalidRequest: "400", "The request is rejected, with an error code of the standard", "OAuthError",
        {"error": "invalid_request", "error_description": "token is missing"};
    OAuthInvalidClient: "401", "The OAuth client is not authenticated", "OAuthError",
        {"error": "invalid_client", "error_description": "The client must authenticate by HTTP Basic"},
        "WWW-Authenticate": "`Basic realm=\"countersign\"`";
    OAuthTooManyRequests: "429", "Too many requests", "OAuthError",
        {"error": "temporarily_unavailable", "error_description": "Too many requests, try again later"},
        "Retry-After": "Seconds";
    OAuthUnavailable: "503", "The database is unavailable", "OAuthError or Error",
        {"error": "temporarily_unavailable", "error_description": "Try again later"},
        "Retry-After": "Seconds";
}

fn response(
    description: &str,
    schema: &str,
    example: &Value,
    headers: &[(&str, &str)],
) -> Response {
    let reference = |name| json!({"$ref": format!("#/components/schemas/{name}")});
    let schema = match schema.split_once(" or ") {
        Some((one, other)) => json!({"oneOf": [reference(one), reference(other)]}),
        None => reference(schema),
    };
    let header = |(name, about): &(&str, &str)| {
        let kind = if *about == "Seconds" { "integer" } else { "string" };
        ((*name).to_owned(), json!({"description": about, "schema": {"type": kind}}))
    };
    let headers: serde_json::Map<_, _> = headers.iter().map(header).collect();
    let mut response = json!({
        "description": description,
        "content": {"application/json": {"schema": schema, "example": example}},
    });
    if !headers.is_empty() {
        response["headers"] = headers.into();
    }
    serde_json::from_value(response).unwrap()
}

/// The schema of a text that is one of these.
pub(in crate::http) fn one_of_texts(texts: &[&'static str]) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(texts.to_vec())).build()
}

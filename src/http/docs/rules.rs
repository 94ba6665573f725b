//! What follows from the security, the body and the tag of an operation, and so is not in its attribute.

use utoipa::PartialSchema;
use utoipa::openapi::path::{HttpMethod, Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Required};

use super::responses::components;
use crate::http::oauth::METADATA;

/// The tag of the routes that the standards of OAuth 2.0 rule.
const OAUTH: &str = "OAuth 2.0";
/// The tag of the administration API.
const ADMINISTRATION: &str = "Administration";

/// The media types of a body with fields.
const MEDIA_TYPES: [&str; 3] =
    ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"];

/// Adds what follows from the rest of each operation, and the routes that share a handler with another one.
pub(super) fn apply(document: &mut OpenApi) {
    share_handlers(document);
    for item in document.paths.paths.values_mut() {
        let PathItem { get, post, patch, delete, .. } = item;
        for operation in [get, post, patch, delete].into_iter().flatten() {
            complete(operation);
        }
    }
    let names = document.components.get_or_insert_default();
    for (name, _, response) in components() {
        names.responses.insert(name.to_owned(), response.into());
    }
}

/// The routes that have the handler of another one.
fn share_handlers(document: &mut OpenApi) {
    let paths = &mut document.paths.paths;
    if let Some(mut operation) = paths.get("/account").and_then(|item| item.delete.clone()) {
        operation.operation_id = Some("delete_account_by_post".into());
        paths.insert("/account/delete".into(), PathItem::new(HttpMethod::Post, operation));
    }
    if let Some(mut operation) = paths.get(METADATA).and_then(|item| item.get.clone()) {
        let path = ParameterBuilder::new()
            .name("path")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some("Path of the issuer, which may contain slashes"))
            .schema(Some(String::schema()))
            .build();
        operation.operation_id = Some("server_metadata_of_path".into());
        operation.parameters = Some(vec![path.into()]);
        paths.insert(format!("{METADATA}/{{path}}"), PathItem::new(HttpMethod::Get, operation));
    }
    if let Some(userinfo) = paths.get_mut("/userinfo").and_then(|item| item.post.as_mut()) {
        userinfo.operation_id = Some("userinfo_by_post".into());
    }
}

/// Adds the responses and media types of an operation.
fn complete(operation: &mut Operation) {
    let has_tag = |tag| operation.tags.iter().flatten().any(|it| it == tag);
    let (is_oauth, is_administration) = (has_tag(OAUTH), has_tag(ADMINISTRATION));
    let has_body = operation.request_body.is_some();
    let secured = security(operation);
    if let Some(RefOr::T(body)) = &mut operation.request_body
        && !is_oauth
        && !is_administration
    {
        accept_forms(body);
    }
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        for content in body.content.values_mut() {
            if let RefOr::T(Content { schema: Some(schema), .. }) = content {
                remove_null(schema);
            }
        }
    }
    let mut shared = vec!["InternalError"];
    if has_body {
        shared.extend(["BodyTimeout", "BodyTooLarge", "UnsupportedMediaType"]);
    }
    if has_body || !secured.is_empty() {
        shared.push(if is_oauth && has_body { "OAuthUnavailable" } else { "Unavailable" });
    }
    if is_oauth && has_body {
        shared.extend(["OAuthInvalidRequest", "OAuthInvalidClient", "OAuthTooManyRequests"]);
    } else if is_administration {
        shared.extend(["InvalidRequest", "Unauthenticated", "NotAdministrator", "TooManyRequests"]);
    } else if secured.iter().any(|it| it == "bare_token") {
        shared.extend(["InvalidToken", "AuthRequired"]);
    } else if secured.iter().any(|it| it == "bearer") {
        shared.extend(["InvalidRequest", "TokenRejected"]);
    } else {
        shared.push("InvalidRequest");
    }
    for (name, status, _) in components() {
        if shared.contains(&name) {
            let reference = RefOr::Ref(Ref::from_response_name(name));
            operation.responses.responses.entry(status.to_owned()).or_insert(reference);
        }
    }
}

/// The names of the security schemes, one of which is required.
fn security(operation: &Operation) -> Vec<String> {
    let requirements = serde_json::to_value(&operation.security).unwrap();
    let requirements = requirements.as_array().cloned().unwrap_or_default();
    requirements.iter().filter_map(|it| it.as_object()?.keys().next().cloned()).collect()
}

/// A body in JSON may also be a form.
fn accept_forms(body: &mut RequestBody) {
    if let Some(content) = body.content.get(MEDIA_TYPES[0]).cloned() {
        body.content.extend(MEDIA_TYPES.map(|name| (name.to_owned(), content.clone())));
    }
}

/// A body may be absent, and is not `null`.
fn remove_null(schema: &mut RefOr<Schema>) {
    if let RefOr::T(Schema::OneOf(alternatives)) = schema
        && let Some(reference) = alternatives.items.iter().find(|it| matches!(it, RefOr::Ref(_)))
    {
        *schema = reference.clone();
    }
}

//! The OpenAPI document from the attributes of the handlers.

use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::document::OPENAPI;
use super::rules;
use crate::http::{account, admin, gateway, oauth, ops, pages};

/// The head of the document.
#[derive(OpenApi)]
#[openapi(
    info(title = "countersign", description = DESCRIPTION),
    tags(
        (name = "Login", description = "From an e-mail address and a password to an access token, and to its user"),
        (name = "Sessions", description = "The sessions of the caller"),
        (name = "Account", description = "The account of the caller: password, e-mail address, deletion"),
        (name = "OAuth 2.0", description = "Endpoints of the standards, for other services and gateways"),
        (name = "Gateways", description = "Forward authentication"),
        (name = "Administration", description = "Users, sessions, audit events and mails, for administrators"),
        (name = "Probes", description = "For load balancers and supervisors"),
        (name = "Documentation", description = "This document"),
    ),
    paths(super::document::document),
    modifiers(&SecuritySchemes),
)]
enum Head {}

const DESCRIPTION: &str = "\
An auth microservice: e-mail address and password in, signed JWT out.

Errors are JSON with a `message`, those of the OAuth 2.0 endpoints with an `error` of the standard. On each route, a \
request without exactly one valid `Host` is a `400` with a `message`, another method a `405` with `Allow`, and too \
large a head a bare `431`. Pages in HTML, under `/ui/` and at `/docs`, are not part of this document.";

struct SecuritySchemes;

impl Modify for SecuritySchemes {
    fn modify(&self, document: &mut Document) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("The access token of a login"));
        let bare = ApiKeyValue::with_description(
            "Authorization",
            "The access token without a scheme, by the compatibility contract",
        );
        let client = HttpBuilder::new()
            .scheme(HttpAuthScheme::Basic)
            .description(Some("ID and secret of an OAuth client, each of them form-urlencoded"));
        let session = ApiKeyValue::with_description(
            "__Host-countersign_session",
            "The session of a browser that has signed in on a page; without TLS, and for `--cookie-domain`, the \
             prefix of the name is another one",
        );
        let components = document.components.get_or_insert_default();
        for (name, scheme) in [
            ("bearer", SecurityScheme::Http(bearer.build())),
            ("bare_token", SecurityScheme::ApiKey(ApiKey::Header(bare))),
            ("oauth_client", SecurityScheme::Http(client.build())),
            ("session_cookie", SecurityScheme::ApiKey(ApiKey::Cookie(session))),
        ] {
            components.add_security_scheme(name, scheme);
        }
    }
}

/// The document.
fn generate() -> Document {
    let mut document = Head::openapi();
    for wing in [
        account::Operations::openapi(),
        gateway::Operations::openapi(),
        oauth::Operations::openapi(),
        admin::Operations::openapi(),
        ops::Operations::openapi(),
        pages::Operations::openapi(),
    ] {
        document.merge(wing);
    }
    rules::apply(&mut document);
    document
}

/// `INSTA_UPDATE=always` writes the file, as it does for snapshots.
#[test]
fn document_is_that_of_the_handlers() {
    let generated = generate().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "always") {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
        std::fs::write(path, generated).unwrap();
    } else {
        assert!(
            OPENAPI == generated,
            "docs/openapi.json is not that of the handlers: run INSTA_UPDATE=always cargo test --lib docs, \
             and review the difference"
        );
    }
}

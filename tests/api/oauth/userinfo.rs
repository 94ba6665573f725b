//! `GET /userinfo` and `POST /userinfo` (OIDC Core 1.0 section 5.3, RFC 6750)

use reqwest::Method;

use super::{OTHER_METHOD, Row, app, check, row};

const USER: &str =
    r#"{"sub": "1", "email": "user@email.com", "email_verified": true, "is_admin": false}"#;
const AUTH_REQUIRED: &str = r#"{"message": "Auth required"}"#;

/// `GET /userinfo` with this header.
fn with(rule: &'static str, what: &'static str, authorization: &'static str) -> Row {
    row(rule, what).send(Method::GET, "/userinfo").with(authorization)
}

/// Expects a challenge without an error: the client has shown no token.
fn unauthenticated(row: Row) -> Row {
    row.gives(401, AUTH_REQUIRED).having("www-authenticate: Bearer")
}

fn invalid_token(row: Row) -> Row {
    let row = row.gives(401, r#"{"message": "Token is invalid"}"#);
    row.having(r#"www-authenticate: Bearer error="invalid_token""#)
}

fn invalid_request(row: Row) -> Row {
    let row = row.gives(400, r#"{"message": "…"}"#);
    row.having(r#"www-authenticate: Bearer error="invalid_request""#)
}

#[tokio::test]
async fn userinfo_conforms_to_oidc_core_and_rfc6750() {
    let required = "RFC 6750 section 3.1";
    let rows = [
        with("OIDC Core 1.0 section 5.3.2", "GET", "authorization: Bearer {access}")
            .gives(200, USER)
            .having("content-type: application/json")
            .having("cache-control: no-store")
            .having("www-authenticate:"),
        row("OIDC Core 1.0 section 5.3.1", "POST")
            .post("/userinfo", "")
            .with("authorization: Bearer {access}")
            .gives(200, USER),
        row("OIDC Core 1.0 section 5.3.1", "POST without a body")
            .send(Method::POST, "/userinfo")
            .with("authorization: Bearer {access}")
            .gives(200, USER),
        with("RFC 9110 section 11.1", "a scheme in any case", "authorization: bEARER {access}")
            .gives(200, USER),
        with(
            "RFC 6750 section 2.1",
            "the token of another program",
            "authorization: Bearer {foreign}",
        )
        .gives(200, USER),
        unauthenticated(row(required, "no token").send(Method::GET, "/userinfo")),
        unauthenticated(row(required, "no token, by POST").send(Method::POST, "/userinfo")),
        unauthenticated(with(required, "an empty header", "authorization: ")),
        unauthenticated(with(required, "a scheme alone", "authorization: Bearer")),
        unauthenticated(with(required, "another scheme", "authorization: {gateway}")),
        unauthenticated(with("RFC 6750 section 2.1", "a bare token", "authorization: {access}")),
        unauthenticated(
            row("RFC 6750 section 2.3", "a token in the URL is not read")
                .send(Method::GET, "/userinfo?access_token={access}"),
        ),
        unauthenticated(
            row("RFC 6750 section 2.2", "nor is one in the body")
                .post("/userinfo", "access_token={access}"),
        ),
        invalid_token(with(required, "an expired token", "authorization: Bearer {expired}"))
            .having("cache-control: no-store"),
        invalid_token(with(required, "a forged token", "authorization: Bearer {forged}")),
        invalid_token(with(required, "a revoked token", "authorization: Bearer {ended}")),
        invalid_token(with(required, "a refresh token", "authorization: Bearer {refresh}")),
        invalid_token(with(required, "nonsense", "authorization: Bearer x")),
        invalid_request(with(required, "two tokens", "authorization: Bearer {access} {access}")),
        invalid_request(with(required, "not ASCII", "authorization: Bearer é")),
        invalid_request(
            with(required, "two headers", "authorization: Bearer {access}")
                .with("authorization: Bearer {access}"),
        ),
        row("OIDC Core 1.0 section 5.3.1", "no other method")
            .send(Method::PUT, "/userinfo")
            .with("authorization: Bearer {access}")
            .gives(405, OTHER_METHOD)
            .having("allow: GET,HEAD,POST"),
    ];
    check(&app().await, &rows).await;
}

/// The responses of the compatibility contract are those of the other routes, and stay there.
#[tokio::test]
async fn routes_of_the_compatibility_contract_ignore_rfc6750() {
    let rows = [
        row("contract", "a bad token is a 400")
            .send(Method::GET, "/get-user")
            .with("authorization: Bearer {forged}")
            .gives(400, r#"{"message": "Token is invalid"}"#),
        row("contract", "a bare token is one")
            .send(Method::GET, "/get-user")
            .with("authorization: {access}")
            .gives(200, r#"{"user": "User id=1: <user@email.com, is_admin=False>"}"#),
    ];
    check(&app().await, &rows).await;
}

//! `POST /token` (RFC 6749)

use reqwest::Method;

use super::{OTHER_METHOD, Row, app, check, row};

const INVALID_REQUEST: &str = r#"{"error": "invalid_request", "error_description": "…"}"#;
const INVALID_GRANT: &str = r#"{"error": "invalid_grant", "error_description": "…"}"#;
const UNSUPPORTED: &str = r#"{"error": "unsupported_grant_type", "error_description": "…"}"#;
const TOKENS: &str = r#"{"access_token": "…", "token_type": "Bearer", "expires_in": 20, "refresh_token": "{sid}.1.…"}"#;
const REFRESH: &str = "grant_type=refresh_token&refresh_token={refresh}";

/// A right request, and what it gives.
fn granted(row: Row) -> Row {
    row.post("/token", REFRESH).gives(200, TOKENS)
}

#[tokio::test]
async fn token_endpoint_conforms_to_rfc6749() {
    let rows = [
        granted(row("RFC 6749 section 5.1", "a refresh token gives the next two"))
            .having("content-type: application/json")
            .having("cache-control: no-store")
            .having("pragma: no-cache")
            .having("www-authenticate:"),
        row("RFC 6749 section 3.2", "parameters that are not known are passed over")
            .post("/token", "x=1&grant_type=refresh_token&x=2&refresh_token={refresh}")
            .gives(200, TOKENS),
        row("RFC 6749 section 3.2", "a parameter without a value counts as absent")
            .post("/token", "grant_type=refresh_token&refresh_token={refresh}&scope=")
            .gives(200, TOKENS),
        row("RFC 6749 section 3.2", "… also one that has to be there")
            .post("/token", "grant_type=refresh_token&refresh_token=")
            .refused(INVALID_REQUEST),
        row("RFC 6749 section 3.2", "grant_type twice")
            .post("/token", "grant_type=refresh_token&refresh_token={refresh}&grant_type=x")
            .refused(INVALID_REQUEST),
        row("RFC 6749 section 3.2", "refresh_token twice")
            .post("/token", "grant_type=refresh_token&refresh_token={refresh}&refresh_token=x")
            .refused(INVALID_REQUEST),
        row("RFC 6749 section 3.2", "client_id twice")
            .post(
                "/token",
                "grant_type=refresh_token&refresh_token={refresh}&client_id=a&client_id=b",
            )
            .refused(INVALID_REQUEST),
        row("RFC 6749 section 3.2", "GET is no way to ask for tokens")
            .send(Method::GET, "/token?grant_type=refresh_token&refresh_token={refresh}")
            .gives(405, OTHER_METHOD)
            .having("allow: POST"),
        row("RFC 6749 section 2.3.1", "parameters in the URL are not read")
            .post("/token?grant_type=refresh_token&refresh_token={refresh}", "")
            .refused(INVALID_REQUEST),
        row("RFC 6749 section 5.2", "no grant_type")
            .post("/token", "refresh_token={refresh}")
            .refused(INVALID_REQUEST),
        row("RFC 6749 section 5.2", "no refresh_token")
            .post("/token", "grant_type=refresh_token")
            .refused(INVALID_REQUEST),
        row("RFC 6749 section 5.2", "passwords are no grant here")
            .post("/token", "grant_type=password&username=user@email.com&password=password")
            .refused(UNSUPPORTED),
        row("RFC 6749 section 5.2", "nor is an unknown token")
            .post("/token", "grant_type=urn:example:x&refresh_token={refresh}")
            .refused(UNSUPPORTED),
        row("RFC 6749 section 5.2", "a grant type is compared with its case")
            .post("/token", "grant_type=Refresh_Token&refresh_token={refresh}")
            .refused(UNSUPPORTED),
        row("RFC 6749 section 5.2", "a token that is none")
            .post("/token", "grant_type=refresh_token&refresh_token=x")
            .refused(INVALID_GRANT),
        row("RFC 6749 section 5.2", "an access token")
            .post("/token", "grant_type=refresh_token&refresh_token={access}")
            .refused(INVALID_GRANT),
        row("RFC 6749 section 5.2", "a token whose session is over")
            .post("/token", "grant_type=refresh_token&refresh_token={ended-refresh}")
            .refused(INVALID_GRANT),
        row("RFC 6749 section 3.3", "a scope is ignored: no token has one")
            .post("/token", "grant_type=refresh_token&refresh_token={refresh}&scope=openid+a%3Ab")
            .gives(200, TOKENS),
        row("RFC 6749 section 3.2", "scope twice")
            .post("/token", "grant_type=refresh_token&refresh_token={refresh}&scope=a&scope=b")
            .refused(INVALID_REQUEST),
        row("RFC 6749 appendix B", "a form alone is read: not JSON")
            .send(Method::POST, "/token")
            .with("content-type: application/json")
            .body(r#"{"grant_type":"refresh_token","refresh_token":"{refresh}"}"#)
            .refused(INVALID_REQUEST),
        row("RFC 6749 appendix B", "… nor a body that does not say what it is")
            .send(Method::POST, "/token")
            .body(REFRESH)
            .refused(INVALID_REQUEST),
        row("RFC 6749 appendix B", "the media type has parameters and any case")
            .send(Method::POST, "/token")
            .with("content-type: Application/X-WWW-Form-Urlencoded; charset=UTF-8")
            .body(REFRESH)
            .gives(200, TOKENS),
        row("RFC 6749 appendix B", "a value that is not UTF-8")
            .post("/token", "grant_type=refresh_token&refresh_token=%FF")
            .refused(INVALID_REQUEST),
    ];
    check(&app().await, &rows).await;
}

#[tokio::test]
async fn client_authentication_at_the_token_endpoint_conforms_to_rfc6749() {
    let secret =
        "grant_type=refresh_token&refresh_token={refresh}&client_id=gateway&client_secret=abc";
    let rows = [
        row("RFC 6749 section 3.2.1", "a public client may say what it is called")
            .post("/token", "grant_type=refresh_token&refresh_token={refresh}&client_id=app")
            .gives(200, TOKENS),
        granted(row("RFC 6749 section 2.3.1", "a client may authenticate by Basic"))
            .with("authorization: {gateway}"),
        granted(row("RFC 6749 section 2.3.1", "… with its id and secret form-urlencoded"))
            .with("authorization: {encoded}"),
        granted(row("RFC 6749 section 3.2.1", "an empty header is no try to prove anything"))
            .with("authorization: "),
        row("RFC 6749 section 5.2", "a wrong secret")
            .post("/token", REFRESH)
            .with("authorization: {wrong-secret}")
            .unauthorized()
            .having("pragma: no-cache"),
        row("RFC 6749 section 5.2", "an unknown client")
            .post("/token", REFRESH)
            .with("authorization: {unknown-client}")
            .unauthorized(),
        granted(row("RFC 6749 section 3.2.1", "nor is the caller's own token"))
            .with("authorization: Bearer {access}"),
        row("RFC 6749 section 5.2", "a scheme that proves nothing here")
            .post("/token", REFRESH)
            .with("authorization: Digest {access}")
            .unauthorized(),
        row("RFC 6749 section 5.2", "Basic without credentials")
            .post("/token", REFRESH)
            .with("authorization: Basic")
            .unauthorized(),
        row("RFC 6749 section 5.2", "a secret in the body, which is not supported")
            .post("/token", secret)
            .unauthorized(),
        row("RFC 7521 section 4.2", "… nor is an assertion")
            .post("/token", "grant_type=refresh_token&refresh_token={refresh}&client_assertion=x")
            .unauthorized(),
        row("RFC 6749 section 2.3", "two ways at once")
            .post("/token", secret)
            .with("authorization: {gateway}")
            .refused(INVALID_REQUEST),
        row("RFC 6749 section 5.2", "several credentials")
            .post("/token", REFRESH)
            .with("authorization: {gateway}")
            .with("authorization: {gateway}")
            .refused(INVALID_REQUEST),
        row("RFC 6749 section 5.2", "who the client is comes before what it asks for")
            .post("/token", "grant_type=x")
            .with("authorization: {wrong-secret}")
            .unauthorized(),
    ];
    check(&app().await, &rows).await;
}

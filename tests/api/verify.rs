//! `/verify`: forward authentication.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign::domain::{PublicUrl, UserId};
use countersign::pages::RedirectOrigins;
use countersign::store::UserChange;
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder};
use rstest::rstest;
use serde_json::Value;

use crate::pages::{Browser, COOKIE};
use crate::support::{AUTH_REQUIRED, START, TestApp, TestResponse};

const INVALID_TOKEN: (u16, &str, &str) =
    (401, r#"{"message": "Token is invalid"}"#, r#"Bearer error="invalid_token""#);
const SITE: &str = "https://wiki.example.com";
const SIGN_IN: &str = "https://login.example.com/ui/sign-in";
/// Of the demo's user.
const IDENTITY: [(&str, &str); 5] = [
    ("remote-user", "user@email.com"),
    ("remote-email", "user@email.com"),
    ("x-auth-user-id", "1"),
    ("x-auth-admin", "false"),
    ("x-auth-email-verified", "true"),
];

/// A service whose peers are trusted, with a site behind a gateway.
async fn app() -> TestApp {
    TestApp::start_with(|config| {
        config.public_url = Some(PublicUrl::parse("https://login.example.com").unwrap());
        config.pages.redirect_origins = RedirectOrigins::new(vec![SITE.to_owned()]);
        config.http.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        config.http.assertion_audiences = vec!["wiki".to_owned()];
    })
    .await
}

/// A request as a gateway makes it for a browser that opens a page.
fn opened(request: RequestBuilder, path: &str) -> RequestBuilder {
    request
        .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        .header("x-forwarded-method", "GET")
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-host", "wiki.example.com")
        .header("x-forwarded-uri", path)
}

/// The response to a request in which these headers are replaced, without following a redirect.
async fn sent(request: RequestBuilder, replaced: &[(&'static str, &str)]) -> TestResponse {
    let mut request = request.build().unwrap();
    for (name, value) in replaced {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let client = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    TestResponse::read(client.execute(request).await.unwrap()).await
}

fn assert_identity(response: &TestResponse) {
    assert_eq!((response.status, &*response.body), (200, ""));
    for (name, value) in IDENTITY {
        assert_eq!(response.header(name), value, "{name}");
    }
    assert_eq!(response.header("cache-control"), "no-store");
}

#[tokio::test]
async fn access_token_is_a_user_in_headers_with_every_method() {
    let app = app().await;
    let token = app.token().await;
    let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];
    for method in methods.map(|method| Method::from_bytes(method.as_bytes()).unwrap()) {
        for authorization in [format!("Bearer {token}"), token.clone()] {
            let request = app.client.request(method.clone(), app.url("/verify"));
            let request = request.header("authorization", authorization).body("a body");
            assert_identity(&TestResponse::of(request).await);
        }
        let request = app.client.request(method.clone(), app.url("/verify"));
        let response = TestResponse::of(request).await;
        assert_eq!((response.status, response.header("www-authenticate")), (401, "Bearer"));
    }
}

#[rstest]
#[case::forged("Bearer a.b.c")]
#[case::two_words("Bearer a b")]
#[case::nonsense("nonsense")]
#[tokio::test]
async fn invalid_token_is_a_401(#[case] authorization: &str) {
    let app = app().await;
    let request = app.get("/verify").header("authorization", authorization);
    assert_eq!(TestResponse::of(request).await.contract(), INVALID_TOKEN);
}

#[tokio::test]
async fn token_of_an_ended_session_or_a_disabled_user_is_a_401() {
    let app = app().await;
    let token = app.token().await;
    let verify = || TestResponse::of(app.get("/verify").bearer_auth(&token));
    assert_identity(&verify().await);
    TestResponse::of(app.post("/logout").bearer_auth(&token)).await;
    assert_eq!(verify().await.contract(), INVALID_TOKEN);
    let token = app.token().await;
    app.set_disabled(UserId(1), true).await;
    let response = TestResponse::of(app.get("/verify").bearer_auth(token)).await;
    assert_eq!(response.contract(), INVALID_TOKEN);
}

#[tokio::test]
async fn cookie_of_a_browser_session_is_its_user_until_it_ends() {
    let app = app().await;
    let mut browser = Browser::signed_in(&app).await;
    assert_identity(&browser.get("/verify").await);
    let cookie = browser.cookies[COOKIE].clone();
    browser.post("/ui/sign-out", &[]).await;
    browser.cookies.insert(COOKIE.to_owned(), cookie);
    assert_eq!(browser.get("/verify").await.contract(), AUTH_REQUIRED);
    browser.cookies.insert(COOKIE.to_owned(), "nonsense".to_owned());
    assert_eq!(browser.get("/verify").await.contract(), AUTH_REQUIRED);
}

#[tokio::test]
async fn token_takes_precedence_over_the_cookie_and_other_schemes_do_not() {
    let app = app().await;
    let browser = Browser::signed_in(&app).await;
    let cookie = format!("{COOKIE}={}", browser.cookies[COOKIE]);
    let with = |authorization: &str| {
        let request = app.get("/verify").header("cookie", &cookie);
        TestResponse::of(request.header("authorization", authorization))
    };
    assert_identity(&with(&format!("Bearer {}", app.token().await)).await);
    assert_eq!(with("Bearer a.b.c").await.contract(), INVALID_TOKEN);
    // Those of the upstream.
    assert_identity(&with("Basic dXNlcjpwYXNz").await);
    let request = app.get("/verify").header("authorization", "Basic dXNlcjpwYXNz");
    assert_eq!(TestResponse::of(request).await.contract(), AUTH_REQUIRED);
    let twice = app.get("/verify").header("cookie", &cookie);
    let twice = twice.header("authorization", "Basic a").header("authorization", "Basic a");
    assert_eq!(TestResponse::of(twice).await.contract(), INVALID_TOKEN);
}

#[tokio::test]
async fn cookie_counts_for_nothing_without_pages() {
    let app = app().await;
    let browser = Browser::signed_in(&app).await;
    let cookie = format!("{COOKIE}={}", browser.cookies[COOKIE]);
    let without = TestApp::start_with(|config| config.pages.enabled = false).await;
    let request = without.get("/verify").header("cookie", cookie);
    assert_eq!(TestResponse::of(request).await.contract(), AUTH_REQUIRED);
}

#[tokio::test]
async fn requirement_that_a_user_does_not_meet_is_a_403() {
    let app = app().await;
    let token = app.token().await;
    let get = |path: &str| TestResponse::of(app.get(path).bearer_auth(&token));
    let admin = "/verify?require=admin";
    let response = get(admin).await;
    assert_eq!(response.status, 403);
    assert_eq!(response.body, r#"{"message": "Administrator rights are required"}"#);
    assert_eq!(response.header("remote-user"), "");
    assert_eq!(get("/verify?require=verified-email").await.status, 200);
    // An anonymous request could get further.
    assert_eq!(TestResponse::of(app.get(admin)).await.contract(), AUTH_REQUIRED);
    app.change(UserId(1), UserChange { is_admin: Some(true), ..UserChange::default() }).await;
    let response = get(admin).await;
    assert_eq!((response.status, response.header("x-auth-admin")), (200, "true"));
    // A registration does not prove an address.
    let form = [("email", "ada@example.com"), ("password", "correct horse battery")];
    let registered = TestResponse::of(app.post("/register").form(&form)).await.json();
    let token = registered["token"].as_str().unwrap();
    let response = TestResponse::of(app.get("/verify").bearer_auth(token)).await;
    assert_eq!(response.header("x-auth-email-verified"), "false");
    let request = app.get("/verify?require=verified-email").bearer_auth(token);
    assert_eq!(TestResponse::of(request).await.status, 403);
}

#[rstest]
#[case("requires=admin")]
#[case("require=administrator")]
#[case("assertion=shop")]
#[tokio::test]
async fn parameter_with_a_typing_error_admits_no_one(#[case] query: &str) {
    let app = app().await;
    let request = app.get(&format!("/verify?{query}")).bearer_auth(app.token().await);
    let response = TestResponse::of(request).await;
    assert_eq!((response.status, response.header("remote-user")), (400, ""), "{}", response.body);
}

#[tokio::test]
async fn address_that_is_not_ascii_is_percent_encoded() {
    let app = app().await;
    let form = [("email", "Ren\u{e9}%@example.com"), ("password", "correct horse battery")];
    let registered = TestResponse::of(app.post("/register").form(&form)).await.json();
    let token = registered["token"].as_str().unwrap();
    let response = TestResponse::of(app.get("/verify").bearer_auth(token)).await;
    assert_eq!(response.header("remote-user"), "ren%C3%A9%25@example.com");
}

#[rstest]
#[case::path("/a?b=c&d=e", "?next=https%3A%2F%2Fwiki.example.com%2Fa%3Fb%3Dc%26d%3De")]
#[case::long(&format!("/{}", "a".repeat(2100)), "?next=https%3A%2F%2Fwiki.example.com%2F")]
#[tokio::test]
async fn browser_without_a_session_is_sent_to_the_sign_in_page_and_back(
    #[case] path: &str,
    #[case] query: &str,
) {
    let app = app().await;
    let response = sent(opened(app.get("/verify"), path), &[]).await;
    assert_eq!(response.status, 303);
    assert_eq!(response.header("location"), format!("{SIGN_IN}{query}"));
    // As Envoy makes the request.
    let envoy = app.get(&format!("/verify?original={path}"));
    let envoy = envoy.header("host", "wiki.example.com").header("x-forwarded-proto", "https");
    let response = sent(envoy.header("accept", "text/html"), &[]).await;
    assert_eq!(response.header("location"), format!("{SIGN_IN}{query}"));
}

#[rstest]
#[case::script(&[("accept", "application/json")])]
#[case::any(&[("accept", "*/*")])]
#[case::form(&[("x-forwarded-method", "POST")])]
#[case::fetch(&[("sec-fetch-mode", "cors")])]
#[case::token(&[("authorization", "Bearer a.b.c")])]
#[case::no_path(&[("x-forwarded-uri", "evil.example")])]
#[tokio::test]
async fn any_other_request_without_a_session_is_a_401(#[case] replaced: &[(&'static str, &str)]) {
    let app = app().await;
    assert_eq!(sent(opened(app.get("/verify"), "/"), replaced).await.status, 401);
}

#[tokio::test]
async fn page_of_another_origin_or_of_an_untrusted_peer_is_not_returned_to() {
    let app = app().await;
    for host in [
        "evil.example",
        "wiki.example.com.evil.example",
        "wiki.example.com@evil.example",
        "wiki.example.com:8443",
    ] {
        let replaced = [("x-forwarded-host", host)];
        let response = sent(opened(app.get("/verify"), "/"), &replaced).await;
        assert_eq!((response.status, response.header("location")), (303, SIGN_IN), "{host}");
    }
    // Two of a header are of two authors.
    let twice = opened(app.get("/verify"), "/").header("x-forwarded-host", "evil.example");
    assert_eq!(sent(twice, &[]).await.status, 401);
    let untrusting = TestApp::start_with(|config| {
        config.public_url = Some(PublicUrl::parse("https://login.example.com").unwrap());
        config.pages.redirect_origins = RedirectOrigins::new(vec![SITE.to_owned()]);
    })
    .await;
    let response = sent(opened(untrusting.get("/verify"), "/"), &[]).await;
    assert_eq!(response.contract(), AUTH_REQUIRED);
}

#[tokio::test]
async fn page_of_the_origin_of_the_service_needs_no_configuration() {
    let app = app().await;
    let replaced = [("x-forwarded-host", "LOGIN.example.com"), ("sec-fetch-mode", "navigate")];
    let response = sent(opened(app.get("/verify"), "/a?b=c"), &replaced).await;
    assert_eq!(response.header("location"), format!("{SIGN_IN}?next=%2Fa%3Fb%3Dc"));
}

/// The gateway would take the response for that of `/verify`, and pass the request on without a user.
#[tokio::test]
async fn preflight_request_is_no_authentication() {
    let app = TestApp::start_with(|config| config.http.cors_origins = vec!["*".parse().unwrap()]);
    let app = app.await;
    let request = app.client.request(Method::OPTIONS, app.url("/verify"));
    let request = request.header("origin", "https://evil.example");
    let response = TestResponse::of(request.header("access-control-request-method", "POST")).await;
    assert_eq!(response.contract(), AUTH_REQUIRED);
}

#[rstest]
#[case::form("x-forwarded-method", "POST")]
#[case::web_socket("sec-websocket-version", "13")]
#[tokio::test]
async fn page_of_another_origin_makes_no_change_with_the_cookie(
    #[case] name: &str,
    #[case] value: &str,
) {
    let app = app().await;
    let browser = Browser::signed_in(&app).await;
    let cookie = format!("{COOKIE}={}", browser.cookies[COOKIE]);
    let from = |site: &str, origin: &str| {
        let request = app.get("/verify").header(name, value).header("origin", origin.to_owned());
        request.header("sec-fetch-site", site).header("x-forwarded-host", "wiki.example.com")
    };
    let with_cookie = |request: RequestBuilder| TestResponse::of(request.header("cookie", &cookie));
    let foreign = with_cookie(from("same-site", "https://evil.example.com")).await;
    assert_eq!(foreign.status, 403);
    assert_eq!(foreign.body, r#"{"message": "The request comes from another origin"}"#);
    assert_identity(&with_cookie(from("same-origin", SITE)).await);
    assert_identity(&with_cookie(from("same-site", SITE)).await);
    // A page cannot read a token that it does not have.
    let request = from("same-site", "https://evil.example.com").bearer_auth(app.token().await);
    assert_identity(&TestResponse::of(request).await);
}

fn claims(token: &str, part: usize) -> Value {
    let part = token.split('.').nth(part).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn assertion_is_signed_where_it_is_asked_for_and_is_no_access_token() {
    let app = app().await;
    let token = app.token().await;
    let plain = TestResponse::of(app.get("/verify").bearer_auth(&token)).await;
    assert_eq!(plain.header("x-auth-assertion"), "");
    let response = TestResponse::of(app.get("/verify?assertion=wiki").bearer_auth(&token)).await;
    assert_identity(&response);
    let assertion = response.header("x-auth-assertion");
    let (header, claims) = (claims(assertion, 0), claims(assertion, 1));
    assert_eq!(header["typ"], "countersign-assertion+jwt");
    assert_eq!((&claims["sub"], &claims["aud"]), (&"1".into(), &"wiki".into()));
    // The token of the demo lives for 20 seconds.
    assert_eq!(claims["exp"].as_i64().unwrap(), START + 20);
    assert_eq!(app.get_user(assertion).await.status, 400);
    let request = app.get("/verify").bearer_auth(assertion);
    assert_eq!(TestResponse::of(request).await.contract(), INVALID_TOKEN);
    // That of a browser session lives for a minute.
    let mut browser = Browser::signed_in(&app).await;
    let response = browser.get("/verify?assertion=wiki").await;
    let claims = self::claims(response.header("x-auth-assertion"), 1);
    assert_eq!(claims["exp"].as_i64().unwrap(), START + 60);
}

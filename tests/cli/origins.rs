//! `--cors-origins`, as a browser meets it.

use reqwest::Method;
use reqwest::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderName, ORIGIN,
};

use super::support::{Service, client, countersign};

const PAGE: &str = "https://app.example.com";

/// Every route with its method.
const ROUTES: [(&str, &str); 14] = [
    ("POST", "/login"),
    ("POST", "/register"),
    ("GET", "/get-user"),
    ("POST", "/change-password"),
    ("POST", "/logout"),
    ("GET", "/sessions"),
    ("DELETE", "/sessions/00000000-0000-4000-8000-000000000000"),
    ("POST", "/token"),
    ("POST", "/revoke"),
    ("POST", "/introspect"),
    ("GET", "/userinfo"),
    ("POST", "/userinfo"),
    ("DELETE", "/account"),
    ("GET", "/.well-known/jwks.json"),
];

fn serve(origins: &str) -> Service {
    Service::start(&mut countersign(&["serve", "--cors-origins", origins]))
}

async fn preflight(service: &Service, method: &str, path: &str, origin: &str) -> HeaderMap {
    let request = client()
        .request(Method::OPTIONS, service.url(path))
        .header(ORIGIN, origin)
        .header(ACCESS_CONTROL_REQUEST_METHOD, method)
        // As browsers write them.
        .header(ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type,x-request-id");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200, "{method} {path}");
    response.headers().clone()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn preflight_of_every_route_allows_its_method_and_headers() {
    // Not as a browser writes it.
    let service = serve("https://other.example, https://App.Example.com:443/");
    for (method, path) in ROUTES {
        let headers = preflight(&service, method, path, PAGE).await;
        assert_eq!(text(&headers, &ACCESS_CONTROL_ALLOW_ORIGIN), PAGE, "{method} {path}");
        let methods = text(&headers, &ACCESS_CONTROL_ALLOW_METHODS);
        assert!(methods.split(',').any(|it| it.trim() == method), "{method} {path}: {methods}");
        let allowed = text(&headers, &ACCESS_CONTROL_ALLOW_HEADERS).to_lowercase();
        for name in ["authorization", "content-type", "x-request-id"] {
            assert!(allowed.split(',').any(|it| it.trim() == name), "{method} {path}: {allowed}");
        }
        assert_eq!(text(&headers, &ACCESS_CONTROL_MAX_AGE), "7200", "{method} {path}");
        assert!(text(&headers, &HeaderName::from_static("vary")).to_lowercase().contains("origin"));
    }
    for stranger in
        ["https://evil.example", "http://app.example.com", "null", "https://app.example.com:8443"]
    {
        let headers = preflight(&service, "POST", "/login", stranger).await;
        assert_eq!(text(&headers, &ACCESS_CONTROL_ALLOW_ORIGIN), "", "{stranger}");
    }
}

#[tokio::test]
async fn response_is_readable_by_allowed_origins_only() {
    let service = serve(PAGE);
    for (origin, allowed) in [(PAGE, PAGE), ("https://evil.example", "")] {
        let request = client().get(service.url("/get-user")).header(ORIGIN, origin);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert_eq!(text(response.headers(), &ACCESS_CONTROL_ALLOW_ORIGIN), allowed);
        let exposed = text(response.headers(), &ACCESS_CONTROL_EXPOSE_HEADERS).to_lowercase();
        for name in ["www-authenticate", "retry-after", "x-request-id"] {
            assert!(exposed.contains(name), "{exposed}");
        }
    }
}

#[tokio::test]
async fn asterisk_allows_every_origin_and_the_default_none() {
    let headers = preflight(&serve("*"), "POST", "/login", "https://any.example").await;
    assert_eq!(text(&headers, &ACCESS_CONTROL_ALLOW_ORIGIN), "*");
    let service = Service::start(&mut countersign(&[]));
    let request = client().get(service.url("/healthz")).header(ORIGIN, PAGE);
    let response = request.send().await.unwrap();
    assert!(response.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN).is_none());
}

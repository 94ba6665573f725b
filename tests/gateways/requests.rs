//! Tokens, bodies, spoofed headers and WebSockets.

use std::fs;
use std::path::Path;

use reqwest::Method;
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::gateway::Kind;
use crate::setup::{Answer, Setup, with};
use crate::support::{TIMEOUT, client};
use crate::upstream::{REJECTED, WEB_SOCKET_KEY};

const IDENTITY: [(&str, &str); 5] = [
    ("remote-user", "user@email.com"),
    ("remote-email", "user@email.com"),
    ("x-auth-user-id", "1"),
    ("x-auth-admin", "false"),
    ("x-auth-email-verified", "true"),
];
const MIB: usize = 1024 * 1024;

fn assert_identity(answer: &Answer) {
    for (name, value) in IDENTITY {
        assert_eq!(answer.received_header(name), [value], "{name}");
    }
}

#[rstest]
#[tokio::test]
async fn active_token_alone_reaches_the_upstream(
    #[values(Kind::Nginx, Kind::Caddy, Kind::Haproxy, Kind::Traefik, Kind::Envoy)] kind: Kind,
) {
    let Some(setup) = Setup::start(kind).await else { return };
    let token = setup.service.token().await;
    // The query of the request is not that of the verification.
    let answer = Answer::of(setup.get("/a%20b?require=x&c=d").bearer_auth(&token)).await;
    assert_identity(&answer);
    assert_eq!(answer.received()["path"], "/a%20b?require=x&c=d");
    assert!(answer.received_header("x-auth-assertion").is_empty());
    let head = Answer::of(setup.request(Method::HEAD, "/").bearer_auth(&token)).await;
    assert_eq!((head.status, &*head.body), (200, ""));
    // A rejection by the upstream is passed on as it is.
    let answer = Answer::of(setup.get(REJECTED).bearer_auth(&token)).await;
    assert_eq!((answer.status, &*answer.body), (401, "by the upstream"));

    let logout = client().post(setup.service.url("/logout")).bearer_auth(&token);
    assert_eq!(logout.send().await.unwrap().status(), 204);
    let reached = setup.upstream.requests();
    let invalid = (r#"{"message": "Token is invalid"}"#, r#"Bearer error="invalid_token""#);
    for (request, (body, challenge)) in [
        (setup.get("/").bearer_auth(&token), invalid),
        (setup.get("/").bearer_auth("a.b.c"), invalid),
        (setup.get("/"), (r#"{"message": "Auth required"}"#, "Bearer")),
        (setup.request(Method::OPTIONS, "/"), (r#"{"message": "Auth required"}"#, "Bearer")),
        (setup.request(Method::POST, "/").body("x"), (r#"{"message": "Auth required"}"#, "Bearer")),
    ] {
        let answer = Answer::of(request).await;
        assert_eq!((answer.status, &*answer.body), (401, body));
        assert_eq!(answer.headers.get_all("www-authenticate").iter().count(), 1);
        assert_eq!(answer.header("www-authenticate"), challenge);
        assert_eq!(answer.header("content-type"), "application/json");
    }
    assert_eq!(setup.upstream.requests(), reached);
}

#[rstest]
#[tokio::test]
async fn identity_that_a_client_sends_does_not_reach_the_upstream(
    #[values(Kind::Nginx, Kind::Caddy, Kind::Haproxy, Kind::Traefik, Kind::Envoy)] kind: Kind,
) {
    let Some(setup) = Setup::start(kind).await else { return };
    let token = setup.service.token().await;
    for name in [
        "Remote-User",
        "Remote_User",
        "Remote.User",
        "remote-email",
        "REMOTE_EMAIL",
        "Remote-Groups",
        "Remote_Name",
        "X-Auth-User-Id",
        "x_auth_user_id",
        "X-Auth_User-Id",
        "X.Auth.User.Id",
        "X-Auth.User-Id",
        "X_Auth-User-Id",
        "X-Auth-User_Id",
        "X-Auth-Admin",
        "X_Auth_Admin",
        "X.Auth_Admin",
        "X-Auth-Email.Verified",
        "X-Auth_Admin",
        "X-Auth-Email-Verified",
        "X-Auth-Email_Verified",
        "X-Auth-Assertion",
        "X_Auth_Assertion",
        "X-Auth_Assertion",
    ] {
        let request = with(setup.get("/").bearer_auth(&token), name, "spoofed");
        let answer = Answer::of(with(request, name, "spoofed twice")).await;
        assert_identity(&answer);
        assert!(!answer.body.contains("spoofed"), "{name}: {}", answer.body);
        let anonymous = Answer::of(with(setup.get("/"), name, "spoofed")).await;
        assert_eq!(anonymous.status, 401, "{name}");
    }
    // A client cannot have the identity removed on the way, either, at the gateway or behind it.
    let request = setup.get("/").bearer_auth(&token);
    let request = request.header("connection", "close, Remote-User, X-Auth-User-Id, X-Auth-Admin");
    let answer = Answer::of(request).await;
    assert_identity(&answer);
    let connection = answer.received_header("connection").join(", ").to_lowercase();
    assert!(!connection.contains("remote") && !connection.contains("auth"), "{connection}");
}

/// HAProxy 2.6 ends if its Lua client sends more than 101 headers.
#[rstest]
#[tokio::test]
async fn request_with_many_headers_ends_no_gateway(
    #[values(Kind::Nginx, Kind::Caddy, Kind::Haproxy, Kind::Traefik, Kind::Envoy)] kind: Kind,
) {
    let Some(setup) = Setup::start(kind).await else { return };
    let token = setup.service.token().await;
    for name in ["accept", "cookie", "authorization", "origin", "sec-fetch-mode"] {
        let many = (0..95).fold(setup.get("/"), |request, _| request.header(name, "a"));
        let status = Answer::of(many).await.status;
        assert!([400, 401, 403, 431].contains(&status), "{name}: {status}");
    }
    let names = ["authorization", "cookie", "accept", "origin", "sec-fetch-mode", "sec-fetch-site"];
    let each = names.iter().flat_map(|name| [*name; 13]);
    let many = each.fold(setup.get("/"), |request, name| request.header(name, "a"));
    let status = Answer::of(many).await.status;
    assert!([400, 401, 403, 431].contains(&status), "{status}");
    assert_eq!(setup.upstream.requests(), 0);
    assert_identity(&Answer::of(setup.get("/").bearer_auth(&token)).await);
}

/// HAProxy goes on with a request whose Lua action has failed.
#[tokio::test]
async fn error_in_the_lua_action_lets_no_request_pass() {
    let fails = |folder: &Path, _| {
        let file = folder.join("countersign.lua");
        let text = fs::read_to_string(&file).unwrap();
        let place = "local status = response";
        assert!(text.contains(place));
        fs::write(&file, text.replace(place, &format!("error('a fault')\n{place}"))).unwrap();
    };
    let setup = Setup::start_altered(Kind::Haproxy, &[], &[], &fails).await;
    let Some(setup) = setup else { return };
    let token = setup.service.token().await;
    for request in [setup.get("/"), setup.get("/").bearer_auth(&token), setup.get("/uix")] {
        assert_eq!(Answer::of(request).await.status, 503);
    }
    assert_eq!(setup.upstream.requests(), 0);
    // The pages are not protected.
    assert_eq!(Answer::of(setup.get("/ui/sign-in")).await.status, 200);
}

/// nginx takes settings about headers that are before `Host` from the default server, which is not that of the
/// fragment.
#[tokio::test]
async fn fragment_removes_headers_with_underscores_that_the_default_server_accepts() {
    let default = |folder: &Path, port| {
        fs::rename(folder.join("nginx.conf"), folder.join("site")).unwrap();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {name};\n"))
            .concat();
        let default = format!("listen 127.0.0.1:{port} default_server; underscores_in_headers on;");
        let whole = format!(
            "pid nginx.pid; error_log stderr;\nevents {{}}\n\
             http {{\n{temporary}server {{ {default} }}\ninclude site;\n}}\n"
        );
        fs::write(folder.join("nginx.conf"), whole).unwrap();
    };
    let setup = Setup::start_altered(Kind::Nginx, &[], &["--fragment"], &default).await;
    let Some(setup) = setup else { return };
    let token = setup.service.token().await;
    let names = ["Remote_User", "REMOTE_EMAIL", "remote_groups", "X-Auth_Admin", "X_Auth_User_Id"];
    let spoofed: String = names.map(|name| format!("{name}: spoofed\r\n")).concat();
    let request = format!(
        "GET / HTTP/1.1\r\nOther_Header: kept\r\n{spoofed}Host: localhost:{}\r\n\
         Authorization: Bearer {token}\r\nConnection: close\r\n\r\n",
        setup.gateway.port
    );
    let mut stream = TcpStream::connect(("127.0.0.1", setup.gateway.port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    timeout(TIMEOUT, stream.read_to_string(&mut response)).await.unwrap().unwrap();
    assert!(response.contains("user@email.com") && response.contains("other_header"), "{response}");
    assert!(!response.contains("spoofed"), "{response}");
}

#[rstest]
#[tokio::test]
async fn large_and_chunked_bodies_pass(
    #[values(Kind::Nginx, Kind::Caddy, Kind::Haproxy, Kind::Traefik, Kind::Envoy)] kind: Kind,
) {
    let Some(setup) = Setup::start(kind).await else { return };
    let token = setup.service.token().await;
    for is_chunked in [false, true] {
        let response = upload(&setup, &token, is_chunked).await;
        assert!(response.contains(&format!("\"body\":{}", 20 * MIB)), "{response}");
    }
    let reached = setup.upstream.requests();
    for is_chunked in [false, true] {
        let response = upload(&setup, "a.b.c", is_chunked).await;
        // Empty where the gateway has closed the connection before the body was whole.
        assert!(response.is_empty() || response.starts_with("HTTP/1.1 401"), "{response}");
    }
    assert_eq!(setup.upstream.requests(), reached);
}

/// The response to a request with 20 MiB.
async fn upload(setup: &Setup, token: &str, is_chunked: bool) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", setup.gateway.port)).await.unwrap();
    let length = if is_chunked {
        "Transfer-Encoding: chunked".to_owned()
    } else {
        format!("Content-Length: {}", 20 * MIB)
    };
    let head = format!(
        "PUT /upload HTTP/1.1\r\nHost: localhost:{}\r\nAuthorization: Bearer {token}\r\n\
         Connection: close\r\n{length}\r\n\r\n",
        setup.gateway.port
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let part = vec![b'x'; MIB];
    let chunk = [format!("{MIB:x}\r\n").as_bytes(), &part, b"\r\n"].concat();
    let (mut from, mut to) = stream.into_split();
    // A gateway that rejects the request need not read it.
    let send = tokio::spawn(async move {
        for _ in 0..20 {
            to.write_all(if is_chunked { &chunk } else { &part }).await?;
        }
        to.write_all(if is_chunked { b"0\r\n\r\n" } else { b"" }).await?;
        Ok::<_, std::io::Error>(to)
    });
    let mut response = Vec::new();
    let _ = timeout(TIMEOUT, from.read_to_end(&mut response)).await.expect("a response in time");
    send.abort();
    String::from_utf8_lossy(&response).into_owned()
}

/// The status of a handshake, and what four bytes become that are sent after it.
async fn web_socket(setup: &Setup, token: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", setup.gateway.port)).await.unwrap();
    let handshake = format!(
        "GET /socket HTTP/1.1\r\nHost: localhost:{}\r\nAuthorization: Bearer {token}\r\n\
         Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: {WEB_SOCKET_KEY}\r\n\r\n",
        setup.gateway.port
    );
    stream.write_all(handshake.as_bytes()).await.unwrap();
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        head.push(timeout(TIMEOUT, stream.read_u8()).await.unwrap().unwrap().into());
    }
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    if status != 101 {
        return (status, String::new());
    }
    stream.write_all(b"ping").await.unwrap();
    let mut echoed = [0; 4];
    timeout(TIMEOUT, stream.read_exact(&mut echoed)).await.unwrap().unwrap();
    (status, String::from_utf8(echoed.to_vec()).unwrap())
}

#[rstest]
#[tokio::test]
async fn web_socket_is_verified_and_passed_on(
    #[values(Kind::Nginx, Kind::Caddy, Kind::Haproxy, Kind::Traefik, Kind::Envoy)] kind: Kind,
) {
    let Some(setup) = Setup::start(kind).await else { return };
    let token = setup.service.token().await;
    assert_eq!(web_socket(&setup, &token).await, (101, "ping".to_owned()));
    let reached = setup.upstream.requests();
    assert_eq!(web_socket(&setup, "a.b.c").await, (401, String::new()));
    assert_eq!(setup.upstream.requests(), reached);
}

#[rstest]
#[tokio::test]
async fn requirement_of_the_configuration_is_a_403(
    #[values(Kind::Nginx, Kind::Caddy, Kind::Haproxy, Kind::Traefik, Kind::Envoy)] kind: Kind,
) {
    let Some(setup) = Setup::start_with(kind, &[], &["--require", "admin"]).await else { return };
    let token = setup.service.token().await;
    // The parameters of a client are not those of the verification.
    for path in ["/", "/?require=verified-email", "/?x", "/?original=/"] {
        let answer = Answer::of(setup.get(path).bearer_auth(&token)).await;
        assert_eq!(answer.status, 403, "{path}");
        assert_eq!(Answer::of(setup.get(path)).await.status, 401, "{path}");
    }
    assert_eq!(setup.upstream.requests(), 0);
}

#[rstest]
#[tokio::test]
async fn assertion_reaches_the_upstream(
    #[values(Kind::Nginx, Kind::Caddy, Kind::Haproxy, Kind::Traefik, Kind::Envoy)] kind: Kind,
) {
    let (serve, gateway) = (["--assertion-audiences", "wiki"], ["--assertion", "wiki"]);
    let Some(setup) = Setup::start_with(kind, &serve, &gateway).await else { return };
    let request = setup.get("/").bearer_auth(setup.service.token().await);
    let answer = Answer::of(request.header("x-auth-assertion", "spoofed")).await;
    assert_identity(&answer);
    let assertions = answer.received_header("x-auth-assertion");
    assert_eq!(assertions.len(), 1);
    assert_eq!(assertions[0].split('.').count(), 3);
    assert_eq!(setup.service.get("/get-user", &assertions[0]).await.0, 400);
}

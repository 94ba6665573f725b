//! Cookies, and the way to the sign-in page and back.

use std::fs;

use reqwest::{Method, RequestBuilder};
use rstest::rstest;

use crate::gateway::{Gateway, Kind, folder, free_port};
use crate::setup::{Answer, Setup, client};
use crate::support::{Service, countersign};

const CREDENTIALS: [(&str, &str); 2] = [("email", "user@email.com"), ("password", "password")];

/// As a browser opens a page.
fn opened(request: RequestBuilder) -> RequestBuilder {
    request.header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
}

/// The cookie of a browser that has signed in at this origin, and where it was sent then.
async fn sign_in(origin: &str, next: &str) -> (String, String) {
    let form = [&CREDENTIALS[..], &[("next", next)]].concat();
    let request = client().post(format!("{origin}/ui/sign-in")).form(&form);
    let answer = Answer::of(request.header("origin", origin)).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let cookies = answer.headers.get_all("set-cookie").iter();
    let mut cookies = cookies.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
    let cookie = cookies.find(|cookie| cookie.starts_with("countersign_session=")).unwrap();
    (cookie.to_owned(), answer.header("location").to_owned())
}

#[rstest]
#[tokio::test]
async fn browser_is_sent_to_the_sign_in_page_of_the_site_and_back(
    #[values(Kind::Nginx, Kind::Caddy, Kind::Haproxy, Kind::Traefik, Kind::Envoy)] kind: Kind,
) {
    let Some(setup) = Setup::start(kind).await else { return };
    let site = setup.gateway.url("");
    let answer = Answer::of(opened(setup.get("/a?b=c&d=%20"))).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let location = answer.header("location");
    assert_eq!(location, format!("{site}/ui/sign-in?next=%2Fa%3Fb%3Dc%26d%3D%2520"));
    let page = Answer::of(opened(client().get(location))).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains(r#"value="&#x2f;a?b=c&amp;d=%20""#), "{}", page.body);

    let (cookie, location) = sign_in(&site, "/a?b=c&d=%20").await;
    assert_eq!(location, "/a?b=c&d=%20");
    let cookies = format!("a=1; {cookie}; b=2");
    let answer = Answer::of(opened(setup.get(&location)).header("cookie", &cookies)).await;
    assert_eq!(answer.received_header("remote-user"), ["user@email.com"]);
    assert_eq!(answer.received()["path"], "/a?b=c&d=%20");
    // The upstream could use it. Traefik cannot remove one cookie.
    if kind != Kind::Traefik {
        assert_eq!(answer.received_header("cookie"), ["a=1; countersign_session=; b=2"]);
        let answer = Answer::of(setup.get("/").header("cookie", &cookie)).await;
        assert_eq!(answer.received_header("cookie"), ["countersign_session="]);
    }

    // What a page of another origin does with the cookie.
    let post = setup.request(Method::POST, "/").header("cookie", &cookie);
    let post = post.header("origin", "http://evil.localhost");
    let reached = setup.upstream.requests();
    assert_eq!(Answer::of(post.header("sec-fetch-site", "same-site")).await.status, 403);
    assert_eq!(setup.upstream.requests(), reached);
    let post = setup.request(Method::POST, "/").header("cookie", &cookie).header("origin", &site);
    assert_eq!(Answer::of(post).await.status, 200);

    // A script is not sent anywhere, and neither is a browser whose session has ended.
    assert_eq!(Answer::of(setup.get("/").header("accept", "application/json")).await.status, 401);
    let sign_out = client().post(setup.gateway.url("/ui/sign-out")).header("cookie", &cookie);
    assert_eq!(Answer::of(sign_out.header("origin", &site)).await.status, 303);
    assert_eq!(Answer::of(setup.get("/").header("cookie", &cookie)).await.status, 401);
    let answer = Answer::of(opened(setup.get("/")).header("cookie", &cookie)).await;
    assert_eq!(answer.header("location"), format!("{site}/ui/sign-in?next=%2F"));
}

/// A browser may have several cookies of one name, for several paths or domains.
#[rstest]
#[tokio::test]
async fn no_session_cookie_of_several_reaches_the_upstream(
    #[values(Kind::Nginx, Kind::Caddy, Kind::Haproxy, Kind::Envoy)] kind: Kind,
) {
    let Some(setup) = Setup::start(kind).await else { return };
    let token = setup.service.token().await;
    for cookies in [
        &["countersign_session=one; countersign_session=two"][..],
        &["a=1; countersign_session=one; b=2;countersign_session=two; c=3"],
        &["countersign_session=one; countersign_session=two; countersign_session=three"],
        &["countersign_session=one", "countersign_session=two"],
        &[
            "countersign_session=one; a=1",
            "b=2; countersign_session=two; countersign_session=three",
        ],
        &["not_countersign_session=4; countersign_session=one; countersign_session=two"],
    ] {
        let request = setup.get("/").bearer_auth(&token);
        let request = cookies.iter().fold(request, |request, line| request.header("cookie", *line));
        let received = Answer::of(request).await.received_header("cookie").join("; ");
        for secret in ["one", "two", "three"] {
            assert!(!received.contains(secret), "{cookies:?}: {received}");
        }
    }
    // The name of another cookie may end with that of this one.
    let request = setup.get("/").bearer_auth(&token).header("cookie", "x_countersign_session=4");
    assert_eq!(Answer::of(request).await.received_header("cookie"), ["x_countersign_session=4"]);
}

/// A client cannot name another page than its own.
#[rstest]
#[tokio::test]
async fn forwarded_headers_of_a_client_count_for_nothing(
    #[values(Kind::Nginx, Kind::Caddy, Kind::Haproxy, Kind::Traefik, Kind::Envoy)] kind: Kind,
) {
    let Some(setup) = Setup::start(kind).await else { return };
    let mut request = opened(setup.get("/a"));
    for (name, value) in [
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-uri", "/b"),
        ("x-forwarded-method", "GET"),
    ] {
        request = request.header(name, value);
    }
    let site = setup.gateway.url("");
    let location = format!("{site}/ui/sign-in?next=%2Fa");
    assert_eq!(Answer::of(request).await.header("location"), location);
}

#[rstest]
#[tokio::test]
async fn sign_in_page_of_another_origin_leads_back_to_the_site(
    #[values(Kind::Nginx, Kind::Caddy, Kind::Haproxy, Kind::Traefik, Kind::Envoy)] kind: Kind,
) {
    if !kind.is_here() {
        return;
    }
    let upstream = crate::upstream::Upstream::start().await;
    // The service and the gateway have to know each other's port.
    let (service, site, gateway) = loop {
        let (port, own) = (free_port(), free_port());
        let (site, public_url) =
            (format!("http://localhost:{port}"), format!("http://localhost:{own}"));
        let mut command = countersign(&["serve", "--trusted-proxies", "127.0.0.1"]);
        command.args(["--redirect-origins", &site, "--public-url", &public_url]);
        let address = format!("127.0.0.1:{own}");
        let service = Service::try_start(command.env("COUNTERSIGN_LISTEN", &address));
        let Ok(service) = service else { continue };
        let upstream = upstream.address.to_string();
        let flags = ["--service", &address, "--public-url", &public_url, "--upstream", &upstream];
        if let Some(gateway) = Gateway::start(kind, port, &flags) {
            break (service, site, gateway);
        }
    };
    let answer = Answer::of(opened(client().get(gateway.url("/a?b=c")))).await;
    let public_url = service.url("").replace("127.0.0.1", "localhost");
    let next = format!("{site}/a?b=c");
    let encoded =
        "http%3A%2F%2Flocalhost%3A".to_owned() + &gateway.port.to_string() + "%2Fa%3Fb%3Dc";
    assert_eq!(answer.header("location"), format!("{public_url}/ui/sign-in?next={encoded}"));
    let (cookie, location) = sign_in(&public_url, &next).await;
    assert_eq!(location, next);
    let answer = Answer::of(opened(client().get(location)).header("cookie", cookie)).await;
    assert_eq!(answer.received_header("remote-user"), ["user@email.com"]);
}

#[rstest]
#[tokio::test]
async fn directory_of_static_pages_is_protected(#[values(Kind::Nginx, Kind::Caddy)] kind: Kind) {
    let pages = folder();
    fs::write(pages.path().join("index.html"), "the page").unwrap();
    let directory = pages.path().to_str().unwrap();
    let Some(setup) = Setup::start_with(kind, &[], &[]).await else { return };
    let gateway = loop {
        let flags = ["--service", &setup.service.address, "--upstream", directory];
        if let Some(gateway) = Gateway::start(kind, free_port(), &flags) {
            break gateway;
        }
    };
    let token = setup.service.token().await;
    let answer = Answer::of(client().get(gateway.url("/")).bearer_auth(token)).await;
    assert_eq!((answer.status, &*answer.body), (200, "the page"));
    assert_eq!(Answer::of(client().get(gateway.url("/"))).await.status, 401);
    assert_eq!(Answer::of(client().get(gateway.url("/index.html"))).await.status, 401);
}

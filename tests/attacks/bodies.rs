//! Heads and bodies that are made to cost much.

use std::fmt::Write as _;

use super::support::TIMEOUT;
use super::{assert_serves_others, connect_from, serve};

/// The status line of the response to a request.
fn status(service: &super::Service, request: &str) -> String {
    use std::io::{Read, Write};

    let mut stream = connect_from(service, [127, 0, 0, 1]);
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    // The service may respond before it has read everything.
    let _ = stream.write_all(request.as_bytes());
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    String::from_utf8_lossy(&status).into_owned()
}

fn post(media_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /login HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\
         content-type: {media_type}\r\n\r\n{body}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_and_bodies_that_are_made_to_cost_much_are_rejected() {
    let (form, json) = ("application/x-www-form-urlencoded", "application/json");
    let mut headers = "GET /healthz HTTP/1.1\r\nhost: x\r\n".to_owned();
    (0..101).for_each(|number| write!(headers, "x{number}: y\r\n").unwrap());
    let deep = |depth: usize| {
        let (open, close) = (r#"{"a":"#.repeat(depth), "}".repeat(depth));
        format!(r#"{{"email":"user@email.com","password":"password","x":{open}1{close}}}"#)
    };
    let fields =
        |count: usize| format!("email=user@email.com&password=password{}", "&a=".repeat(count));
    let members = r#""a":1,"#.repeat(100);
    let service = serve("");
    let requests = [
        (
            format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(64 * 1024)),
            "431",
        ),
        (headers + "\r\n", "431"),
        (post(json, &deep(10_000)), "400"),
        (post(json, &"[".repeat(10_000)), "400"),
        (
            post(json, &format!(r#"{{{members}"email":"user@email.com","password":"password"}}"#)),
            "400",
        ),
        (post(form, &fields(100_000)), "413"),
        (post(form, &fields(20_000)), "400"),
        (post(form, &fields(62)), "200"),
        (post(form, &fields(63)), "400"),
    ];
    super::assert_leaves_nothing(&service, || {
        for _ in 0..20 {
            for (request, expected) in &requests {
                let beginning = &request[..request.len().min(300)];
                assert_eq!(
                    status(&service, request),
                    format!("HTTP/1.1 {expected}"),
                    "{beginning}"
                );
            }
        }
    })
    .await;
    assert_serves_others(&service);
}

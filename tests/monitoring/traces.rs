//! The trace context of requests.

use super::{Service, client, countersign, until};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// The access log line of a request with these `traceparent` headers.
async fn access_log_line(traceparents: &[&str]) -> serde_json::Value {
    let service = Service::start(&mut countersign(&["serve", "--log-format", "json"]));
    let mut request = client().get(service.url("/healthz"));
    for traceparent in traceparents {
        request = request.header("traceparent", *traceparent);
    }
    assert_eq!(request.send().await.unwrap().status(), 200);
    let line = || {
        let log = service.log_so_far();
        log.lines().find(|line| line.contains(r#""route":"/healthz""#)).map(ToOwned::to_owned)
    };
    until("the access log", async || line().is_some()).await;
    serde_json::from_str(&line().unwrap()).unwrap()
}

#[tokio::test]
async fn log_line_has_the_trace_of_the_caller_and_a_span_of_its_own() {
    let line = access_log_line(&[&format!("00-{TRACE}-{CALLER}-01")]).await;
    assert_eq!(line["trace_id"], TRACE);
    let span = line["span_id"].as_str().unwrap();
    assert!(span.len() == 16 && span != CALLER, "{span}");
}

#[tokio::test]
async fn log_line_has_no_trace_of_an_invalid_header() {
    let valid = format!("00-{TRACE}-{CALLER}-01");
    for traceparents in [&[][..], &["00-x"], &[&valid, &valid]] {
        let line = access_log_line(traceparents).await;
        assert!(line.get("trace_id").is_none() && line.get("span_id").is_none(), "{line}");
    }
}

//! A server behind a gateway: it responds with what it has received.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, UPGRADE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::io::{copy, split};

/// The key of a handshake, and its acceptance (RFC 6455 section 1.3).
pub(crate) const WEB_SOCKET_KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const WEB_SOCKET_ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// A path that the upstream itself rejects.
pub(crate) const REJECTED: &str = "/rejected-by-the-upstream";

/// A running upstream, and how many requests have reached it.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl Upstream {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        let router = Router::new().fallback(echo).with_state(Arc::clone(&requests));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, requests }
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

async fn echo(State(requests): State<Arc<AtomicUsize>>, mut request: Request) -> Response {
    requests.fetch_add(1, Ordering::SeqCst);
    if request.headers().contains_key(UPGRADE) {
        return web_socket(&mut request);
    }
    if request.uri().path() == REJECTED {
        return (StatusCode::UNAUTHORIZED, "by the upstream").into_response();
    }
    let headers = request.headers().iter().map(|(name, value)| {
        [name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()]
    });
    let headers: Vec<_> = headers.collect();
    let (method, path) = (request.method().to_string(), request.uri().to_string());
    let mut body = 0;
    let mut chunks = request.into_body().into_data_stream();
    while let Some(chunk) = chunks.next().await {
        body += chunk.unwrap().len();
    }
    axum::Json(json!({ "method": method, "path": path, "headers": headers, "body": body }))
        .into_response()
}

/// Accepts a WebSocket, and sends back each byte.
fn web_socket(request: &mut Request) -> Response {
    let upgraded = hyper::upgrade::on(request);
    tokio::spawn(async move {
        let (mut from, mut to) = split(TokioIo::new(upgraded.await.unwrap()));
        let _ = copy(&mut from, &mut to).await;
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert("sec-websocket-accept", HeaderValue::from_static(WEB_SOCKET_ACCEPT));
    response
}

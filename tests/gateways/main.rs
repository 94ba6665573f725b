//! Real gateways with the configurations that `countersign gateway` prints: nginx, Caddy and HAProxy, of
//! Debian, Traefik and Envoy.
//!
//! ```text
//! gateway.rs    starts a gateway
//! upstream.rs   the server behind it
//! setup.rs      Setup: service, gateway and upstream
//! requests.rs   tokens, bodies, spoofed headers, WebSockets
//! browser.rs    cookies, and the way to the sign-in page and back
//! instances.rs  instances of the service that are down
//! printed.rs    what is printed
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]
#![allow(clippy::disallowed_methods, reason = "a deadline of the test itself")]
#![allow(clippy::print_stderr, reason = "the log of a gateway whose test fails")]

mod browser;
mod gateway;
mod instances;
mod printed;
mod requests;
mod setup;
#[path = "../support/mod.rs"]
mod support;
mod upstream;

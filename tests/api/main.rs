//! The service through a real listener, a file a route.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

mod accounts;
mod connections;
mod contract;
mod errors;
mod get_user;
mod healthz;
mod layers;
mod login;
mod support;
mod tokens;

//! The service through a real listener, one file per route.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

#[macro_use]
mod support;
#[allow(dead_code, reason = "the stores themselves are tested elsewhere")]
#[path = "../store/databases.rs"]
mod databases;

mod accounts;
mod acts;
mod admin;
mod bodies;
mod clock;
mod connections;
mod contract;
mod errors;
mod get_user;
mod golden;
mod hashes;
mod healthz;
mod host;
mod jwks;
#[cfg(feature = "jwks-client")]
mod jwks_client;
mod layers;
mod limits;
mod login;
mod mail;
mod metrics;
mod oauth;
mod openapi;
mod pages;
mod refresh;
mod sessions;
mod throttle;
mod tokens;
mod verify;

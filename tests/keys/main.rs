//! `countersign key`, and key rotation under load, with the real binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

mod commands;
mod load;
mod rotation;
#[path = "../support/mod.rs"]
mod support;

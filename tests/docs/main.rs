//! README.md and the pages of docs/: their commands, run as shown; their links.
//!
//! ```text
//! page.rs      the blocks and links of a page
//! commands.rs  each page in one shell, from top to bottom
//! flags.rs     commands and flags, as `--help` has them
//! links.rs     links, anchors and names of files
//! book.rs      the summary of the book, and its build
//! setup/       what a reader of a page has before its first command: NAME.sh for docs/NAME.md
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

mod book;
mod commands;
#[allow(dead_code, reason = "the README's SQLite file is in a folder of its own")]
#[path = "../store/databases.rs"]
mod databases;
mod flags;
mod links;
mod page;
#[path = "../support/mod.rs"]
mod support;

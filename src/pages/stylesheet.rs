//! The style of all pages.

use std::fmt::Write;

use aws_lc_rs::digest::{SHA256, digest};

use super::accent::Accent;

const STYLE: &str = include_str!("templates/style.css");

/// The stylesheet, with the accent, and a version that changes with it.
#[derive(Clone, Debug)]
pub struct Stylesheet {
    /// The CSS.
    pub text: String,
    /// The beginning of its SHA-256, in hexadecimal digits.
    pub version: String,
}

impl Stylesheet {
    /// The built-in style, followed by `custom`, which can override it, and with this accent.
    #[must_use]
    pub fn new(custom: Option<&str>, accent: Accent) -> Self {
        let mut text = STYLE.to_owned();
        let _ = write!(text, "\n:root {{ --accent: {accent}; --on-accent: {}; }}\n", accent.text());
        text.push_str(custom.unwrap_or_default());
        let version = hex::encode(&digest(&SHA256, text.as_bytes()).as_ref()[..8]);
        Self { text, version }
    }
}

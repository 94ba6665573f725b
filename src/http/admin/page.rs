//! Cursors and limits of lists.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::http::error::HttpError;
use crate::http::extract::{Query, rejected};

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

/// The part of a list that a request asks for, by the parameters `cursor` and `limit`.
pub(super) struct Page {
    /// The id that a former page has ended with.
    pub(super) cursor: Option<i64>,
    limit: u32,
}

impl Page {
    pub(super) fn of(query: &mut Query) -> Result<Self, HttpError> {
        let cursor = match query.text("cursor")? {
            None => None,
            Some(text) => Some(parse(&text).ok_or_else(|| rejected("cursor", "is invalid"))?),
        };
        let limit = query.parsed("limit", "a number")?.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(rejected("limit", &format!("must be from 1 to {MAX_LIMIT}")));
        }
        Ok(Self { cursor, limit })
    }

    /// The number of items to read: one more than the page has, which tells that another page follows.
    pub(super) fn read_limit(&self) -> u32 {
        self.limit + 1
    }

    /// Leaves the items of the page, and returns the cursor of the next one, if there is one.
    pub(super) fn cut<T>(&self, items: &mut Vec<T>, id: impl Fn(&T) -> i64) -> Option<String> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if items.len() <= limit {
            return None;
        }
        items.truncate(limit);
        items.last().map(|item| URL_SAFE_NO_PAD.encode(format!("id:{}", id(item))))
    }
}

fn parse(cursor: &str) -> Option<i64> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    text.strip_prefix("id:")?.parse().ok()
}

//! The OpenAPI document, and the page that shows it.
//!
//! ```text
//! document.rs         GET /openapi.json
//! page.rs             GET /docs, GET /docs/{asset}
//! assets/             the page: HTML, style and scripts
//! generated.rs        the document from the attributes of the handlers, which a test compares
//! rules.rs            what follows from the security, the body and the tag of an operation
//! responses.rs        responses of several operations
//! route_table.rs      the routes, which a test compares with the document
//! ```
//!
//! Handlers have their attributes in test builds only: the program contains the document as a text.

mod document;
#[cfg(test)]
mod generated;
mod page;
#[cfg(test)]
pub(in crate::http) mod responses;
#[cfg(test)]
mod route_table;
#[cfg(test)]
mod rules;

pub use self::document::OPENAPI;
pub(super) use self::document::document;
pub(super) use self::page::{asset, page};

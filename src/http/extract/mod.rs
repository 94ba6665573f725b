//! What handlers take from a request.
//!
//! ```text
//! fields.rs           Fields: the fields of a body, a form or a JSON object
//! members.rs          Members: the members of a JSON object, each of which is known
//! object.rs           the members of a JSON object, as both read them
//! query.rs            Query: the parameters of a query, each of which is known
//! content.rs          media type, character encoding and content coding of a body
//! accepted.rs         whether a client accepts HTML
//! body.rs             reading a body, bounded in size and time
//! request_context.rs  RequestContext: client info, request id, OAuth client, acting user
//! client_address.rs   the address of a client behind trusted proxies
//! ```

mod accepted;
mod body;
mod client_address;
mod content;
mod fields;
mod members;
mod object;
mod query;
mod request_context;

pub(super) use self::accepted::accepts_html;
pub(super) use self::body::discard_rest;
pub(super) use self::client_address::is_trusted;
pub(super) use self::fields::Fields;
pub(super) use self::members::{Members, missing, rejected};
pub(super) use self::query::Query;

//! Forward authentication: what a gateway requests before it passes a request on to its upstream.
//!
//! ```text
//! verify.rs          /verify: the route, past the router
//! credentials.rs     the access token or the session cookie of a request
//! requirement.rs     the parameters of the route
//! identity.rs        the headers of an authenticated request
//! foreign_origin.rs  requests that pages of other origins make with the cookie
//! sign_in.rs         where a browser without a session is sent
//! ```

mod credentials;
mod foreign_origin;
mod identity;
mod requirement;
mod sign_in;
mod verify;

pub(super) use self::verify::{VERIFY, Verify};

/// The operations of this folder.
#[cfg(test)]
#[derive(utoipa::OpenApi)]
#[openapi(paths(verify::document))]
pub(super) enum Operations {}

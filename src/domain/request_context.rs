//! The context of a request: who sends it, and as whom.

use std::net::IpAddr;

use super::UserId;

/// Information about the client of a request, as far as the client or a proxy sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientInfo {
    /// The `User-Agent` header, cut to 256 characters.
    pub user_agent: Option<String>,
    /// The IP address of the client.
    pub address: Option<IpAddr>,
}

/// The context of a request, made at the edge and passed to every use case.
#[derive(Clone, Debug, Default)]
pub struct RequestContext {
    /// User agent and address.
    pub client: ClientInfo,
    /// The id of the request, for the log and the audit trail.
    pub request_id: Option<String>,
    /// The id of the authenticated OAuth client.
    pub oauth_client: Option<String>,
    /// The authenticated user.
    pub acting_user: Option<UserId>,
}

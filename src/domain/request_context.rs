//! The origin of a request.

use std::net::IpAddr;

use countersign_auth::UserId;
use secrecy::SecretString;

use super::accept_language::AcceptLanguage;
use super::client_id::ClientId;
use super::request_id::RequestId;

/// The origin of a request, as every use case takes it: throttle, audit trail, session list and log read it.
///
/// An edge makes it once per request.
#[derive(Clone, Debug, Default)]
pub struct RequestContext {
    /// User agent and address of the client.
    pub client: ClientInfo,
    /// Identifier of the request in the log.
    pub request_id: Option<RequestId>,
    /// The authenticated OAuth client, on requests that are made by one.
    pub oauth_client: Option<ClientId>,
    /// The acting user: the user of a verified access token. `None` on anonymous requests.
    pub acting_user: Option<UserId>,
    /// The device token that the request presents, unverified.
    pub device_token: Option<SecretString>,
    /// The languages that the client prefers.
    pub languages: AcceptLanguage,
}

/// User agent and address of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientInfo {
    /// The first 256 characters of `User-Agent`. Unverified: a client can send any text.
    pub user_agent: Option<String>,
    /// The address of the client, as the last trusted proxy has seen it.
    pub address: Option<IpAddr>,
}

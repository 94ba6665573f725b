//! The JSON object of a session.

use serde::Serialize;

use crate::store::Session;

/// The JSON object of a session. Times are those of the hour: exact ones would tell a thief when a refresh
/// token is rotated.
#[derive(Debug, Serialize)]
pub struct SessionJson {
    /// The id.
    pub id: String,
    /// The time of the login.
    pub created_at: String,
    /// The time of the last refresh.
    pub last_used_at: String,
    /// The expiry, unless it is refreshed.
    pub expires_at: String,
    /// The user agent of the login, unverified.
    pub user_agent: Option<String>,
    /// The address of the login.
    pub address: Option<String>,
}

impl From<Session> for SessionJson {
    fn from(session: Session) -> Self {
        Self {
            id: session.id.to_string(),
            created_at: session.created_at.start_of_hour().to_string(),
            last_used_at: session.last_used_at.start_of_hour().to_string(),
            expires_at: session.idle_expires_at.start_of_hour().to_string(),
            user_agent: session.client.user_agent,
            address: session.client.address.map(|address| address.to_string()),
        }
    }
}

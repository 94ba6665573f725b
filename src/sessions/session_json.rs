//! The JSON object of a session.

use serde::Serialize;

use crate::store::Session;

/// The JSON object of a session. Times are those of the hour: exact ones would tell a thief when a refresh
/// token is rotated.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema), schema(as = Session))]
pub struct SessionJson {
    /// The id.
    #[cfg_attr(test, schema(pattern = "^[0-9a-f]{32}$"))]
    pub id: String,
    /// The time of the login.
    #[cfg_attr(test, schema(format = DateTime))]
    pub created_at: String,
    /// The time of the last refresh.
    #[cfg_attr(test, schema(format = DateTime))]
    pub last_used_at: String,
    /// The expiry, unless it is refreshed.
    #[cfg_attr(test, schema(format = DateTime))]
    pub expires_at: String,
    /// The user agent of the login, unverified.
    #[cfg_attr(test, schema(required = true))]
    pub user_agent: Option<String>,
    /// The address of the login.
    #[cfg_attr(test, schema(required = true))]
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

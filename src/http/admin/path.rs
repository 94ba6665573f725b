//! Ids in a path. What is no id, is that of nothing: 404.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::domain::{SessionId, UserId};
use crate::http::error::HttpError;

/// The user in the path.
pub(in crate::http) struct UserPath(pub(super) UserId);

/// The user and the session in the path.
pub(in crate::http) struct SessionPath(pub(super) UserId, pub(super) SessionId);

/// The mail in the path.
pub(in crate::http) struct MailPath(pub(super) i64);

async fn ids<T, S>(parts: &mut Parts, state: &S) -> Result<T, HttpError>
where
    T: serde::de::DeserializeOwned + Send,
    S: Send + Sync,
{
    let path = Path::<T>::from_request_parts(parts, state).await;
    path.map(|Path(ids)| ids).map_err(|_| HttpError::NotFound)
}

impl<S: Send + Sync> FromRequestParts<S> for UserPath {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        ids(parts, state).await.map(|id: i64| Self(UserId(id)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SessionPath {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        let (user, session): (i64, String) = ids(parts, state).await?;
        let session = SessionId::parse(&session).ok_or(HttpError::NotFound)?;
        Ok(Self(UserId(user), session))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MailPath {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        ids(parts, state).await.map(Self)
    }
}

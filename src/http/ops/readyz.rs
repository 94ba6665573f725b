//! `GET /readyz`

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;

use crate::accounts::Accounts;
use crate::http::error::HttpError;
use crate::http::json::Json;

#[derive(Serialize)]
pub(in crate::http) struct Readiness {
    status: &'static str,
}

/// Readiness: the store is available, so a load balancer may send requests.
pub(in crate::http) async fn readyz(
    State(accounts): State<Arc<Accounts>>,
) -> Result<Json<Readiness>, HttpError> {
    accounts.ping().await?;
    Ok(Json(Readiness { status: "ready" }))
}

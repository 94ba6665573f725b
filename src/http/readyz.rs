//! `GET /readyz`

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;

use super::error::HttpError;
use super::json::Json;
use crate::accounts::Accounts;

#[derive(Serialize)]
pub(super) struct Readiness {
    status: &'static str,
}

/// The service and its store answer: whoever spreads requests may send some here.
pub(super) async fn readyz(
    State(accounts): State<Arc<Accounts>>,
) -> Result<Json<Readiness>, HttpError> {
    accounts.ping().await?;
    Ok(Json(Readiness { status: "ready" }))
}

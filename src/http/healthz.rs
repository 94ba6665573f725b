//! `GET /healthz`

use serde::Serialize;

use super::json::Json;

#[derive(Serialize)]
pub(super) struct Health {
    status: &'static str,
}

/// The process runs and answers.
pub(super) async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

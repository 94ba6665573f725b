//! `GET /healthz`

use serde::Serialize;

use crate::http::json::Json;

#[derive(Serialize)]
pub(in crate::http) struct Health {
    status: &'static str,
}

/// Liveness: the process responds.
pub(in crate::http) async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

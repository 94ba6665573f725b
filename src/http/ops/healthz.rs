//! `GET /healthz`

use serde::Serialize;

use crate::http::json::Json;

#[derive(Serialize)]
pub(in crate::http) struct Health {
    status: &'static str,
}

/// The process runs and answers.
pub(in crate::http) async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

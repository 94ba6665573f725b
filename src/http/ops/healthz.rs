//! `GET /healthz`

use serde::Serialize;

use crate::http::json::Json;

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(in crate::http) struct Health {
    /// `ok`.
    #[cfg_attr(test, schema(example = "ok"))]
    status: &'static str,
}

/// Liveness: the process responds.
#[cfg_attr(test, utoipa::path(
    get, path = "/healthz", tag = "Probes",
    responses((status = 200, description = "The process responds", body = Health))
))]
pub(in crate::http) async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

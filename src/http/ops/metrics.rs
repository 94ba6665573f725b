//! `GET /metrics`, on the admin listener.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use tracing::error;

use crate::app::App;
use crate::http::error::HttpError;
use crate::metrics::Metrics;

/// The metrics, in Prometheus' text format.
pub(in crate::http) async fn metrics(State(app): State<Arc<App>>) -> Result<Response, HttpError> {
    let text = app.metrics.text(&app.outbox).await.map_err(|_| {
        error!("cannot write the metrics");
        HttpError::Internal
    })?;
    Ok(([(CONTENT_TYPE, Metrics::CONTENT_TYPE)], text).into_response())
}

//! `GET /readyz`

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use serde::Serialize;
use tokio::time::Instant;

use crate::accounts::Accounts;
#[cfg(test)]
use crate::http::docs::responses::Unavailable;
use crate::http::error::HttpError;
use crate::http::json::Json;

/// How long a result is used for other requests.
const TTL: Duration = Duration::from_secs(1);

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(in crate::http) struct Readiness {
    /// `ready`.
    #[cfg_attr(test, schema(example = "ready"))]
    status: &'static str,
}

/// Readiness: the store is available, so a load balancer may send requests.
///
/// Anyone may ask, so that the store is asked at most once in a second.
#[cfg_attr(test, utoipa::path(
    get, path = "/readyz", tag = "Probes",
    responses((status = 200, description = "The store is available", body = Readiness), Unavailable)
))]
pub(in crate::http) async fn readyz(
    State(check): State<Arc<ReadinessCheck>>,
) -> Result<Json<Readiness>, HttpError> {
    let is_ready = check.is_ready().await;
    is_ready.then_some(Json(Readiness { status: "ready" })).ok_or(HttpError::Unavailable)
}

/// Checks the store, in a single flight, and caches the result.
pub(in crate::http) struct ReadinessCheck {
    accounts: Arc<Accounts>,
    /// Held during a check.
    in_flight: tokio::sync::Mutex<()>,
    last: Mutex<Option<(Instant, bool)>>,
}

impl ReadinessCheck {
    pub(in crate::http) fn new(accounts: Arc<Accounts>) -> Self {
        Self { accounts, in_flight: tokio::sync::Mutex::new(()), last: Mutex::new(None) }
    }

    async fn is_ready(self: Arc<Self>) -> bool {
        if let Some(is_ready) = self.cached() {
            return is_ready;
        }
        // A task of its own: a client that disconnects must not make another one check again.
        tokio::spawn(self.check()).await.unwrap_or(false)
    }

    fn cached(&self) -> Option<bool> {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.filter(|(at, _)| at.elapsed() < TTL).map(|(_, is_ready)| is_ready)
    }

    async fn check(self: Arc<Self>) -> bool {
        let _in_flight = self.in_flight.lock().await;
        if let Some(is_ready) = self.cached() {
            return is_ready;
        }
        // The conversion logs the failure.
        let is_ready = self.accounts.ping().await.map_err(HttpError::from).is_ok();
        let result = Some((Instant::now(), is_ready));
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = result;
        is_ready
    }
}

//! Probes of load balancers and supervisors, and metrics.
//!
//! ```text
//! healthz.rs          GET /healthz: liveness
//! readyz.rs           GET /readyz: readiness
//! metrics.rs          GET /metrics, on the admin listener
//! ```

mod healthz;
mod metrics;
mod readyz;

pub(super) use self::healthz::healthz;
pub(super) use self::metrics::metrics;
pub(super) use self::readyz::{ReadinessCheck, readyz};

/// The operations of this folder.
#[cfg(test)]
#[derive(utoipa::OpenApi)]
#[openapi(paths(healthz::healthz, readyz::readyz,))]
pub(super) enum Operations {}

//! Probes of load balancers and supervisors.
//!
//! ```text
//! healthz.rs          GET /healthz: liveness
//! readyz.rs           GET /readyz: readiness
//! ```

mod healthz;
mod readyz;

pub(super) use self::healthz::healthz;
pub(super) use self::readyz::{ReadinessCheck, readyz};

/// The operations of this folder.
#[cfg(test)]
#[derive(utoipa::OpenApi)]
#[openapi(paths(healthz::healthz, readyz::readyz,))]
pub(super) enum Operations {}

//! The tower layers.
//!
//! ```text
//! authenticate.rs  Authenticate, the trait to implement; Rejection
//! bearer.rs        Bearer: the Authorization header
//! service.rs       AuthLayer: token → identity
//! require.rs       RequireAuthLayer: identity, or 401
//! future.rs        the futures of both
//! ```

mod authenticate;
mod bearer;
mod future;
mod require;
mod service;

pub use authenticate::{Authenticate, Rejection};
pub use bearer::Bearer;
pub use future::{AuthFuture, RequireAuthFuture};
pub use require::{RequireAuthLayer, RequireAuthService};
pub use service::{AuthLayer, AuthService};

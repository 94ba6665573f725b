//! The tower layers that turn a bearer token into an identity in the request's extensions.
//!
//! They work on any [`http::Request`], know nothing of this service, and so can be worn by any
//! tower service: [`AuthLayer`] looks who is calling, [`RequireAuthLayer`] demands that somebody
//! is. What a token means is up to an [`Authenticate`].
//!
//! ```text
//! authenticate.rs  Authenticate, the trait to implement; Rejection
//! bearer.rs        the token in the Authorization header
//! layer.rs         AuthLayer: token → identity
//! require.rs       RequireAuthLayer: identity, or 401
//! answer.rs        the answers of both
//! ```
//!
//! The order matters: [`AuthLayer`] goes outside. In a [`tower::ServiceBuilder`] the outermost layer
//! is the first; on an axum `Router` it is the last `.layer(…)`. The wrong way around nobody is ever
//! let in.
//!
//! | `Authorization` | request goes on | answer | … with [`AuthLayer::rfc6750`] |
//! | --- | --- | --- | --- |
//! | none, empty, or `Bearer` without a token | without an identity | `401` from [`RequireAuthLayer`] | the same |
//! | `Bearer <token>`, accepted | with the identity | | the same |
//! | `<token>` alone, accepted | with the identity | | `401`, does not go on |
//! | … either of them refused | no | `400 invalid_token` from [`AuthLayer`] | `401 invalid_token` |
//! | another scheme | no | `400 invalid_token` | `401` without an error |
//! | several tokens or headers; not ASCII | no | `400 invalid_token` | `400 invalid_request` |
//! | could not be judged just now | no | `503` with `Retry-After` | the same |
//!
//! Every `400` and `401` has a `WWW-Authenticate: Bearer …` with the error, and a JSON message. The
//! answers on the left are the tutorial's; those on the right are what RFC 6750 section 3.1 asks.
//! Gateways and clients that speak OAuth understand the latter.
//!
//! # Example
//!
//! ```
//! use countersign::auth::{AuthLayer, Authenticate, Rejection, RequireAuthLayer};
//! use http::{Request, Response, StatusCode, header};
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! /// Knows one token.
//! #[derive(Clone)]
//! struct Doorman;
//!
//! #[derive(Clone)]
//! struct Guest(&'static str);
//!
//! impl Authenticate for Doorman {
//!     type Identity = Guest;
//!
//!     async fn authenticate(&self, token: &str) -> Result<Guest, Rejection> {
//!         if token == "open-sesame" { Ok(Guest("Ali Baba")) } else { Err(Rejection::Invalid) }
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let cave = ServiceBuilder::new()
//!     .layer(AuthLayer::new(Doorman))
//!     .layer(RequireAuthLayer::<Guest>::new())
//!     .service_fn(|request: Request<()>| async move {
//!         let Guest(name) = request.extensions().get::<Guest>().unwrap();
//!         Ok::<_, std::convert::Infallible>(Response::new(format!("Welcome, {name}")))
//!     });
//!
//! let request = Request::get("/").header(header::AUTHORIZATION, "Bearer open-sesame").body(())?;
//! assert_eq!(cave.clone().oneshot(request).await?.body(), "Welcome, Ali Baba");
//!
//! let request = Request::get("/").header(header::AUTHORIZATION, "Bearer open-barley").body(())?;
//! let answer = cave.clone().oneshot(request).await?;
//! assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
//! assert_eq!(answer.body(), r#"{"message": "Token is invalid"}"#);
//!
//! let answer = cave.oneshot(Request::get("/").body(())?).await?;
//! assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
//! assert_eq!(answer.body(), r#"{"message": "Auth required"}"#);
//! # Ok(())
//! # }
//! ```

mod answer;
mod authenticate;
mod bearer;
mod layer;
mod require;

pub(crate) use answer::{auth_required, token_invalid};
pub use authenticate::{Authenticate, Rejection};
pub use layer::{AuthLayer, AuthService};
pub use require::{RequireAuthLayer, RequireAuthService};

//! Authentication by countersign's access tokens, for other services in Rust: tower layers that
//! verify the token of a request without a call to countersign.
//!
//! [`AuthLayer`] authenticates a request and inserts the identity into its extensions;
//! [`RequireAuthLayer`] rejects requests without one. They work on any [`http::Request`], and so with
//! axum, hyper, tonic and every other tower service. Three authenticators exist, and
//! [`Authenticate`] is the trait for others:
//!
//! | the service has | authenticator |
//! | --- | --- |
//! | the shared secret of HS256 | [`StatelessVerifier`] with [`VerificationKeys::from_secret`] |
//! | public keys in PEM | [`StatelessVerifier`] with [`VerificationKeys::from_pem`] |
//! | a copy of the JWK Set | [`StatelessVerifier`] with [`VerificationKeys::from_jwk_set`] |
//! | the URL of the JWK Set | `JwksVerifier` (feature `jwks-client`) |
//!
//! The identity of all of them is [`Claims`].
//!
//! # Example
//!
//! ```
//! use countersign_auth::{
//!     AuthLayer, Claims, RequireAuthLayer, Secret, StatelessVerifier, TokenVerifier,
//!     VerificationKeys,
//! };
//! use http::{Request, Response, StatusCode, header};
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let secret = Secret::new(b"a secret of at least thirty-two bytes".to_vec())?;
//! let verifier = TokenVerifier::new(VerificationKeys::from_secret(&secret));
//!
//! let orders = ServiceBuilder::new()
//!     .layer(AuthLayer::new(StatelessVerifier::new(verifier)))
//!     .layer(RequireAuthLayer::<Claims>::new())
//!     .service_fn(|request: Request<()>| async move {
//!         let claims = request.extensions().get::<Claims>().unwrap();
//!         let orders = format!("The orders of user {}", claims.user_id);
//!         Ok::<_, std::convert::Infallible>(Response::new(orders))
//!     });
//!
//! let token = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjo3LCJleHAiOjQxMDI0NDQ4MDB9.\
//!              I7oEBc0_2N9KWPHDxRrvOoWqbInxlBTLeE0gEuQ8vxM";
//! let request = Request::get("/").header(header::AUTHORIZATION, format!("Bearer {token}"));
//! let response = orders.clone().oneshot(request.body(())?).await?;
//! assert_eq!(response.body(), "The orders of user 7");
//!
//! let request = Request::get("/").header(header::AUTHORIZATION, "Bearer forged").body(())?;
//! let response = orders.clone().oneshot(request).await?;
//! assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
//! assert_eq!(response.body(), r#"{"message": "Token is invalid"}"#);
//!
//! let response = orders.oneshot(Request::get("/").body(())?).await?;
//! assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
//! assert_eq!(response.body(), r#"{"message": "Auth required"}"#);
//! # Ok(())
//! # }
//! ```
//!
//! [`AuthLayer`] must be outside of [`RequireAuthLayer`], or every request is rejected. In a
//! `tower::ServiceBuilder` the first layer is the outermost; on an axum `Router` it is the last
//! `.layer(…)`.
//!
//! # Responses
//!
//! | `Authorization` | request passes | response | with [`AuthLayer::compatibility`] |
//! | --- | --- | --- | --- |
//! | none, empty, or `Bearer` without a token | without an identity | `401` from [`RequireAuthLayer`] | the same |
//! | `Bearer <token>`, valid | with the identity | | the same |
//! | `<token>` alone, valid | no | `401` | passes with the identity |
//! | `Bearer <token>`, invalid | no | `401 invalid_token` | `400 invalid_token` |
//! | another scheme | no | `401` without an error code | `400 invalid_token` |
//! | several tokens or headers; not ASCII | no | `400 invalid_request` | `400 invalid_token` |
//! | the token cannot be checked at present | no | `503` with `Retry-After` | the same |
//!
//! The responses are those of RFC 6750 section 3; the last column is countersign's compatibility
//! contract. Every `400` and `401` has a `WWW-Authenticate: Bearer …` and a JSON message.
//!
//! # Features
//!
//! | feature | default | |
//! | --- | --- | --- |
//! | `jwks-client` | no | `JwksVerifier`, which fetches the keys from a URL; needs tokio |
//!
//! # Modules
//!
//! ```text
//! layer/               AuthLayer, RequireAuthLayer, Authenticate, Bearer
//! response.rs          their responses
//! stateless.rs         StatelessVerifier
//! jwks/                JwksVerifier (feature)
//! verifier.rs          TokenVerifier: length limit, signature, claims
//! shared_keys.rs       SharedVerificationKeys: keys that can be replaced while in use
//! verification_keys.rs VerificationKeys: a set
//! verification_key.rs  VerificationKey
//! verified_tokens.rs   the cache of verified tokens
//! key_error.rs         KeyError, KeySetError
//! jwk/                 JSON Web Keys
//! pem.rs, der.rs       public keys in PEM
//! secret.rs            Secret: the shared secret of HS256
//! algorithm.rs         KeyAlgorithm
//! claims.rs            Claims, Audience
//! json.rs              strict JSON
//! user_id.rs, timestamp.rs, clock.rs
//! ```

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod algorithm;
mod claims;
mod clock;
pub mod der;
mod json;
pub mod jwk;
#[cfg(feature = "jwks-client")]
mod jwks;
mod key_error;
mod layer;
mod pem;
pub mod response;
mod secret;
mod shared_keys;
mod stateless;
#[cfg(test)]
mod test_key;
mod timestamp;
mod user_id;
mod verification_key;
mod verification_keys;
mod verified_tokens;
mod verifier;

pub use algorithm::KeyAlgorithm;
pub use claims::{Audience, Claims};
pub use clock::{Clock, ManualClock, SystemClock};
#[cfg(feature = "jwks-client")]
pub use jwks::{JwksSource, JwksSourceError, JwksVerifier};
pub use key_error::{KeyError, KeySetError};
pub use layer::{
    AuthFuture, AuthLayer, AuthService, Authenticate, Bearer, Rejection, RequireAuthFuture,
    RequireAuthLayer, RequireAuthService,
};
pub use secret::{Secret, SecretError};
pub use shared_keys::SharedVerificationKeys;
pub use stateless::StatelessVerifier;
pub use timestamp::Timestamp;
pub use user_id::UserId;
pub use verification_key::VerificationKey;
pub use verification_keys::VerificationKeys;
pub use verifier::{TokenError, TokenVerifier};

//! An axum service that verifies access tokens with the published keys, which it fetches every few
//! minutes. It shares no secret.
//!
//! In the repository:
//!
//! ```sh
//! export COUNTERSIGN_KEYS=keys.json
//! cargo run -- key generate --alg EdDSA
//! cargo run &                                  # countersign, which issues the tokens
//! cargo run -p countersign-auth --features jwks-client --example jwks_service -- \
//!   http://127.0.0.1:8080/.well-known/jwks.json &   # this service, on port 3000
//! curl -H "Authorization: Bearer <token>" http://127.0.0.1:3000/orders
//! ```

#![expect(clippy::print_stderr, reason = "an example may print")]

use std::error::Error;

use axum::routing::get;
use axum::{Extension, Router};
use countersign_auth::{AuthLayer, Claims, JwksSource, JwksVerifier, RequireAuthLayer};
use tokio::net::TcpListener;

async fn orders(Extension(claims): Extension<Claims>) -> String {
    format!("The orders of user {}\n", claims.user_id)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("the first argument is the URL of the JWK Set")?;
    let verifier = JwksVerifier::new(JwksSource::new(&url)?);

    let app = Router::new()
        .route("/orders", get(orders))
        // The last layer is the outermost: authentication comes before its requirement.
        .layer(RequireAuthLayer::<Claims>::new())
        .layer(AuthLayer::new(verifier));

    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

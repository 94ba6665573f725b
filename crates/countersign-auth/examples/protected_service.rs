//! An axum service that verifies access tokens with the shared secret.
//!
//! In the repository:
//!
//! ```sh
//! export COUNTERSIGN_SECRET=$(openssl rand -base64 32)
//! cargo run &                                  # countersign, which issues the tokens
//! cargo run -p countersign-auth --example protected_service &  # this service, on port 3000
//! curl -H "Authorization: Bearer <token>" http://127.0.0.1:3000/orders
//! ```

#![expect(clippy::print_stderr, reason = "an example may print")]

use std::error::Error;

use axum::routing::get;
use axum::{Extension, Router};
use countersign_auth::{
    AuthLayer, Claims, RequireAuthLayer, Secret, StatelessVerifier, TokenVerifier, VerificationKeys,
};
use tokio::net::TcpListener;

async fn orders(Extension(claims): Extension<Claims>) -> String {
    format!("The orders of user {}\n", claims.user_id)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let secret = Secret::new(std::env::var("COUNTERSIGN_SECRET")?.into_bytes())?;
    let verifier = TokenVerifier::new(VerificationKeys::from_secret(&secret));

    let app = Router::new()
        .route("/orders", get(orders))
        // The last layer is the outermost: authentication comes before its requirement.
        .layer(RequireAuthLayer::<Claims>::new())
        .layer(AuthLayer::new(StatelessVerifier::new(verifier)));

    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

//! What axum takes to answer at all: one route, one fixed answer, as long as that of `GET /get-user`.

use std::io;

use axum::Json;
use axum::Router;
use axum::routing::get;
use clap::Parser;
use serde::Serialize;
use tokio::net::TcpListener;

#[derive(Parser)]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8079")]
    listen: String,
}

#[derive(Serialize)]
struct Answer {
    user: &'static str,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let answer = || async { Json(Answer { user: "User id=1: <user@email.com, is_admin=False>" }) };
    let routes = Router::new().route("/get-user", get(answer));
    let listener = TcpListener::bind(arguments.listen).await?;
    axum::serve(listener, routes).await
}

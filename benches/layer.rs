//! What a request costs between the connection and the answer: the auth layer alone, and everything
//! that `GET /get-user` passes.
//!
//! ```sh
//! cargo bench --bench layer
//! ```
#![allow(missing_docs, reason = "criterion's macros make public functions")]
#![allow(clippy::unwrap_used, reason = "a benchmark fails so")]

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::header::AUTHORIZATION;
use axum::http::{Request, Response};
use clap::{Args, Command, FromArgMatches};
use countersign::StatelessVerifier;
use countersign::app::App;
use countersign::auth::AuthLayer;
use countersign::clock::SystemClock;
use countersign::config::{Config, Environment, ServeFlags};
use countersign::http;
use countersign::token::TokenVerifier;
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::Builder;
use tower::{Layer, Service, ServiceExt, service_fn};

fn demo() -> Config {
    let command = ServeFlags::augment_args(Command::new("countersign"));
    let flags = ServeFlags::from_arg_matches(&command.get_matches_from(["countersign"])).unwrap();
    Config::new(&flags, &Environment::new([])).unwrap()
}

fn request<B>(token: &str, body: B) -> Request<B> {
    let request = Request::get("/get-user").header(AUTHORIZATION, format!("Bearer {token}"));
    request.body(body).unwrap()
}

fn layers(criterion: &mut Criterion) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let config = demo();
    let app = runtime.block_on(App::new(&config, Arc::new(SystemClock))).unwrap();
    let mut router = http::service(app);
    let token = runtime.block_on(async {
        let login = Request::post("/login").header("content-type", "application/json");
        let body =
            format!(r#"{{"email":"{}","password":"{}"}}"#, App::DEMO_EMAIL, App::DEMO_PASSWORD);
        let answer = router.clone().oneshot(login.body(Body::from(body)).unwrap()).await.unwrap();
        let body = to_bytes(answer.into_body(), 4096).await.unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
        answer["token"].as_str().unwrap().to_owned()
    });

    let mut group = criterion.benchmark_group("layer");
    let verifier = StatelessVerifier::new(TokenVerifier::new(&config.tokens));
    let mut alone = AuthLayer::new(verifier)
        .layer(service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(""))));
    group.bench_function("auth", |bencher| {
        let ask = || {
            let answer = runtime.block_on(alone.call(request(&token, ()))).unwrap();
            assert!(answer.status().is_success());
        };
        bencher.iter(ask);
    });
    for (name, token) in [("get-user", token.as_str()), ("get-user, refused", "no.token.at-all")] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let answer = runtime.block_on(router.call(request(token, Body::empty()))).unwrap();
                assert_eq!(answer.status().is_success(), name == "get-user");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, layers);
criterion_main!(benches);

//! The time of a request between the connection and the response: the auth layer alone, and all layers
//! of `GET /get-user`.
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
use countersign::app::App;
use countersign::auth::{AuthLayer, StatelessVerifier};
use countersign::clock::SystemClock;
use countersign::config::{Config, Environment, ServeFlags};
use countersign::http;
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
        let response = router.clone().oneshot(login.body(Body::from(body)).unwrap()).await.unwrap();
        let body = to_bytes(response.into_body(), 4096).await.unwrap();
        let response: serde_json::Value = serde_json::from_slice(&body).unwrap();
        response["token"].as_str().unwrap().to_owned()
    });

    let mut group = criterion.benchmark_group("layer");
    let verifier = StatelessVerifier::new(config.tokens.verifier());
    let mut alone = AuthLayer::new(verifier)
        .layer(service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(""))));
    group.bench_function("auth", |bencher| {
        let call = || {
            let response = runtime.block_on(alone.call(request(&token, ()))).unwrap();
            assert!(response.status().is_success());
        };
        bencher.iter(call);
    });
    for (name, token) in [("get-user", token.as_str()), ("get-user, rejected", "no.token.at-all")] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let response =
                    runtime.block_on(router.call(request(token, Body::empty()))).unwrap();
                assert_eq!(response.status().is_success(), name == "get-user");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, layers);
criterion_main!(benches);

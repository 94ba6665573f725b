//! From the token to the identity.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower::{Layer, Service};

use super::answer::rejected;
use super::authenticate::{Authenticate, Rejection};
use super::bearer::{Bearer, bearer};

/// Puts the identity behind a request's bearer token into the request's extensions.
///
/// A request without a token passes without an identity; one with a bad token is answered here.
/// See the [module](super) for the whole table and an example.
#[derive(Clone, Debug)]
pub struct AuthLayer<A> {
    authenticator: A,
}

impl<A: Authenticate + Clone> AuthLayer<A> {
    /// A layer that asks `authenticator`, or a clone of it: let cloning be cheap, or put it into
    /// an [`Arc`](std::sync::Arc).
    pub fn new(authenticator: A) -> Self {
        Self { authenticator }
    }
}

impl<A: Clone, S> Layer<S> for AuthLayer<A> {
    type Service = AuthService<A, S>;

    fn layer(&self, inner: S) -> Self::Service {
        AuthService { authenticator: self.authenticator.clone(), inner }
    }
}

/// The service that [`AuthLayer`] makes.
#[derive(Clone, Debug)]
pub struct AuthService<A, S> {
    authenticator: A,
    inner: S,
}

impl<A, S, B, R> Service<Request<B>> for AuthService<A, S>
where
    A: Authenticate + Clone,
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: From<&'static str>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The clone that was polled ready is the one to call.
        let waiting = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, waiting);
        let authenticator = self.authenticator.clone();
        Box::pin(async move {
            let identity = match bearer(request.headers()) {
                Bearer::Absent => None,
                Bearer::Malformed => return Ok(rejected(Rejection::Invalid)),
                Bearer::Token(token) => match authenticator.authenticate(token).await {
                    Ok(identity) => Some(identity),
                    Err(rejection) => return Ok(rejected(rejection)),
                },
            };
            if let Some(identity) = identity {
                request.extensions_mut().insert(identity);
            }
            inner.call(request).await
        })
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http::StatusCode;
    use http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
    use tower::{ServiceExt, service_fn};

    use super::super::require::RequireAuthLayer;
    use super::*;

    #[derive(Clone)]
    struct Doorman;

    #[derive(Clone)]
    struct Guest(String);

    impl Authenticate for Doorman {
        type Identity = Guest;

        async fn authenticate(&self, token: &str) -> Result<Guest, Rejection> {
            match token {
                "asleep" => Err(Rejection::Unavailable),
                "forged" => Err(Rejection::Invalid),
                name => Ok(Guest(name.to_owned())),
            }
        }
    }

    /// A plain tower service that says whom it sees; no axum, and a body that is no body.
    async fn ask(authorization: Option<&str>) -> Response<String> {
        let service = service_fn(async |request: Request<()>| {
            let guest = request.extensions().get::<Guest>();
            let name = guest.map_or("nobody".to_owned(), |guest| guest.0.clone());
            Ok::<_, Infallible>(Response::new(name))
        });
        let mut request = Request::new(());
        if let Some(value) = authorization {
            request.headers_mut().insert(AUTHORIZATION, value.parse().unwrap());
        }
        AuthLayer::new(Doorman).layer(service).oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn an_accepted_token_becomes_an_identity_in_the_extensions() {
        assert_eq!(ask(Some("Bearer alice")).await.body(), "alice");
        assert_eq!(ask(Some("alice")).await.body(), "alice");
    }

    #[tokio::test]
    async fn a_request_without_a_token_passes_without_an_identity() {
        assert_eq!(ask(None).await.body(), "nobody");
        assert_eq!(ask(Some("Bearer")).await.body(), "nobody");
    }

    #[tokio::test]
    async fn a_refused_token_does_not_reach_the_service() {
        for authorization in ["forged", "Basic alice"] {
            let answer = ask(Some(authorization)).await;
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
            assert_eq!(answer.headers()[WWW_AUTHENTICATE], "Bearer error=\"invalid_token\"");
            assert_eq!(answer.body(), r#"{"message": "Token is invalid"}"#);
        }
    }

    #[tokio::test]
    async fn a_token_that_cannot_be_judged_just_now_is_a_503() {
        let answer = ask(Some("asleep")).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()[RETRY_AFTER], "1");
    }

    /// A service may keep what it got ready in itself and not in its clones.
    #[tokio::test]
    async fn the_service_that_is_called_is_the_one_that_was_ready() {
        struct Picky {
            is_ready: bool,
        }

        impl Clone for Picky {
            fn clone(&self) -> Self {
                Self { is_ready: false }
            }
        }

        impl Service<Request<()>> for Picky {
            type Response = Response<String>;
            type Error = Infallible;
            type Future = std::future::Ready<Result<Response<String>, Infallible>>;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                self.is_ready = true;
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, _: Request<()>) -> Self::Future {
                assert!(self.is_ready);
                std::future::ready(Ok(Response::new(String::new())))
            }
        }

        let mut service = AuthLayer::new(Doorman).layer(Picky { is_ready: false });
        service.ready().await.unwrap().call(Request::new(())).await.unwrap();
    }

    #[tokio::test]
    async fn the_second_layer_demands_an_identity() {
        let service =
            service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new("in".to_owned())));
        let service = RequireAuthLayer::<Guest>::new().layer(service);
        let answer = service.clone().oneshot(Request::new(())).await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(answer.headers()[WWW_AUTHENTICATE], "Bearer");

        let mut request = Request::new(());
        request.extensions_mut().insert(Guest("alice".to_owned()));
        assert_eq!(service.oneshot(request).await.unwrap().body(), "in");
    }
}

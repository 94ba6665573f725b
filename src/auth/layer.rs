//! From the token to the identity.

use std::future::{Ready, ready};
use std::task::{Context, Poll};

use futures_util::future::{BoxFuture, Either};
use http::{HeaderMap, Request, Response};
use tower::{Layer, Service};

use super::answer::{Rules, auth_required, malformed, rejected};
use super::authenticate::{Authenticate, Rejection};
use super::bearer::{Bearer, bearer};

/// Puts the identity behind a request's bearer token into the request's extensions.
///
/// A request without a token passes without an identity; one with a bad token is answered here.
/// See the [module](super) for the whole table and an example.
#[derive(Clone, Debug)]
pub struct AuthLayer<A> {
    authenticator: A,
    rules: Rules,
}

impl<A: Authenticate + Clone> AuthLayer<A> {
    /// A layer that asks `authenticator`, or a clone of it: let cloning be cheap, or put it into
    /// an [`Arc`](std::sync::Arc).
    pub fn new(authenticator: A) -> Self {
        Self { authenticator, rules: Rules::Tutorial }
    }

    /// Answers as RFC 6750 section 3.1 says, not as the tutorial did: `401` for a token that is
    /// refused, and no token without the scheme `Bearer`.
    #[must_use]
    pub fn rfc6750(self) -> Self {
        Self { rules: Rules::Rfc6750, ..self }
    }
}

impl<A: Clone, S> Layer<S> for AuthLayer<A> {
    type Service = AuthService<A, S>;

    fn layer(&self, inner: S) -> Self::Service {
        AuthService { authenticator: self.authenticator.clone(), rules: self.rules, inner }
    }
}

/// The service that [`AuthLayer`] makes.
#[derive(Clone, Debug)]
pub struct AuthService<A, S> {
    authenticator: A,
    rules: Rules,
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
    type Future = Either<Either<S::Future, Ready<Output<S, B>>>, BoxFuture<'static, Output<S, B>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let judged = match token(request.headers(), self.rules) {
            Ok(None) => return Either::Left(Either::Left(self.inner.call(request))),
            Ok(Some(token)) => (self.authenticator.authenticate_now(token), token),
            Err(answer) => return Either::Left(Either::Right(ready(Ok(answer)))),
        };
        match judged {
            (Some(Ok(identity)), _) => {
                request.extensions_mut().insert(identity);
                Either::Left(Either::Left(self.inner.call(request)))
            }
            (Some(Err(rejection)), _) => {
                let answer = rejected(rejection, self.rules);
                Either::Left(Either::Right(ready(Ok(answer))))
            }
            (None, token) => {
                let token = token.to_owned();
                // The clone that was polled ready is the one to call.
                let waiting = self.inner.clone();
                let mut inner = std::mem::replace(&mut self.inner, waiting);
                let (authenticator, rules) = (self.authenticator.clone(), self.rules);
                Either::Right(Box::pin(async move {
                    match authenticator.authenticate(&token).await {
                        Ok(identity) => request.extensions_mut().insert(identity),
                        Err(rejection) => return Ok(rejected(rejection, rules)),
                    };
                    inner.call(request).await
                }))
            }
        }
    }
}

/// What a service answers.
type Output<S, B> = Result<<S as Service<Request<B>>>::Response, <S as Service<Request<B>>>::Error>;

/// The token that is to be judged, if there is one; or the answer to what is none.
fn token<R: From<&'static str>>(
    headers: &HeaderMap,
    rules: Rules,
) -> Result<Option<&str>, Response<R>> {
    match (bearer(headers), rules) {
        (Bearer::Absent, _) => Ok(None),
        (Bearer::Token(token), _) | (Bearer::Bare(token), Rules::Tutorial) => Ok(Some(token)),
        (Bearer::OtherScheme | Bearer::Malformed, Rules::Tutorial) => {
            Err(rejected(Rejection::Invalid, rules))
        }
        // A client that tried another method is told of this one, and of no error.
        (Bearer::Bare(_) | Bearer::OtherScheme, Rules::Rfc6750) => Err(auth_required()),
        (Bearer::Malformed, Rules::Rfc6750) => Err(malformed()),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
    use http::{HeaderValue, StatusCode};
    use rstest::rstest;
    use tower::{ServiceExt, service_fn};

    use super::super::require::RequireAuthLayer;
    use super::*;

    /// Knows some at once, and has to think about others.
    #[derive(Clone)]
    struct Doorman;

    #[derive(Clone)]
    struct Guest(String);

    impl Authenticate for Doorman {
        type Identity = Guest;

        async fn authenticate(&self, token: &str) -> Result<Guest, Rejection> {
            match token {
                "asleep" => Err(Rejection::Unavailable),
                "stale" => Err(Rejection::Invalid),
                name => Ok(Guest(name.to_owned())),
            }
        }

        fn authenticate_now(&self, token: &str) -> Option<Result<Guest, Rejection>> {
            match token {
                "forged" => Some(Err(Rejection::Invalid)),
                "alice" => Some(Ok(Guest(token.to_owned()))),
                _ => None,
            }
        }
    }

    /// A plain tower service that says whom it sees; no axum, and a body that is no body.
    async fn ask(authorization: Option<&str>) -> Response<String> {
        ask_layer(AuthLayer::new(Doorman), authorization.as_slice()).await
    }

    async fn ask_layer(layer: AuthLayer<Doorman>, authorization: &[&str]) -> Response<String> {
        let service = service_fn(async |request: Request<()>| {
            let guest = request.extensions().get::<Guest>();
            let name = guest.map_or("nobody".to_owned(), |guest| guest.0.clone());
            Ok::<_, Infallible>(Response::new(name))
        });
        let mut request = Request::new(());
        for value in authorization {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            request.headers_mut().append(AUTHORIZATION, value);
        }
        layer.layer(service).oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn an_accepted_token_becomes_an_identity_in_the_extensions() {
        assert_eq!(ask(Some("Bearer alice")).await.body(), "alice");
        assert_eq!(ask(Some("alice")).await.body(), "alice");
        assert_eq!(ask(Some("Bearer bob")).await.body(), "bob");
    }

    #[tokio::test]
    async fn a_request_without_a_token_passes_without_an_identity() {
        assert_eq!(ask(None).await.body(), "nobody");
        assert_eq!(ask(Some("Bearer")).await.body(), "nobody");
    }

    #[tokio::test]
    async fn a_refused_token_does_not_reach_the_service() {
        for authorization in ["forged", "stale", "Basic alice"] {
            let answer = ask(Some(authorization)).await;
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
            assert_eq!(answer.headers()[WWW_AUTHENTICATE], "Bearer error=\"invalid_token\"");
            assert_eq!(answer.body(), r#"{"message": "Token is invalid"}"#);
        }
    }

    #[rstest]
    #[case::accepted(&["Bearer alice"], 200, None)]
    #[case::none(&[], 200, None)]
    #[case::scheme_alone(&["Bearer"], 200, None)]
    #[case::refused(&["Bearer forged"], 401, Some("Bearer error=\"invalid_token\""))]
    #[case::bare(&["alice"], 401, Some("Bearer"))]
    #[case::other_scheme(&["Basic alice"], 401, Some("Bearer"))]
    #[case::two_tokens(&["Bearer alice bob"], 400, Some("Bearer error=\"invalid_request\""))]
    #[case::not_ascii(&["Bearer \u{e9}"], 400, Some("Bearer error=\"invalid_request\""))]
    #[case::twice(&["Bearer alice", "Bearer alice"], 400, Some("Bearer error=\"invalid_request\""))]
    #[case::asleep(&["Bearer asleep"], 503, None)]
    #[tokio::test]
    async fn by_rfc_6750_the_answers_are_others(
        #[case] authorization: &[&str],
        #[case] status: u16,
        #[case] challenge: Option<&str>,
    ) {
        let layer = AuthLayer::new(Doorman).rfc6750();
        let answer = ask_layer(layer, authorization).await;
        let said = answer.headers().get(WWW_AUTHENTICATE).map(|value| value.to_str().unwrap());
        assert_eq!((answer.status().as_u16(), said), (status, challenge));
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

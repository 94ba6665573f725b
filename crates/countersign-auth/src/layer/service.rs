//! Authentication: from the token to the identity.

use std::task::{Context, Poll};

use http::{HeaderMap, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::authenticate::{Authenticate, Rejection};
use super::bearer::Bearer;
use super::future::AuthFuture;
use crate::response::{
    auth_required, invalid_request, invalid_token, invalid_token_compatible, unavailable,
};

/// Authenticates the bearer token of a request and inserts the identity into the request's
/// extensions.
///
/// A request without a token passes without an identity; one with an invalid token is rejected. See
/// the [crate documentation](crate#responses) for all cases.
#[derive(Clone, Debug)]
pub struct AuthLayer<A> {
    authenticator: A,
    mode: Mode,
}

/// How requests are rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// RFC 6750 section 3.1.
    Rfc6750,
    /// The compatibility contract of countersign: a bare token is accepted, and any rejection is a
    /// `400`.
    Compatibility,
}

impl<A: Authenticate> AuthLayer<A> {
    /// A layer that authenticates with `authenticator`, which is cloned for each service.
    pub fn new(authenticator: A) -> Self {
        Self { authenticator, mode: Mode::Rfc6750 }
    }

    /// Follows the compatibility contract of countersign in place of RFC 6750: a token without the
    /// scheme `Bearer` is accepted, and an invalid token is a `400`.
    #[must_use]
    pub fn compatibility(self) -> Self {
        Self { mode: Mode::Compatibility, ..self }
    }
}

impl<A: Clone, S> Layer<S> for AuthLayer<A> {
    type Service = AuthService<A, S>;

    fn layer(&self, inner: S) -> Self::Service {
        AuthService { authenticator: self.authenticator.clone(), mode: self.mode, inner }
    }
}

/// The service of an [`AuthLayer`].
#[derive(Clone, Debug)]
pub struct AuthService<A, S> {
    authenticator: A,
    mode: Mode,
    inner: S,
}

impl<A, S, B, R> Service<Request<B>> for AuthService<A, S>
where
    A: Authenticate,
    S: Service<Request<B>, Response = Response<R>> + Clone,
    R: From<&'static str>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = AuthFuture<A::Future, S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        match self.mode.token(request.headers()) {
            Ok(None) => AuthFuture::call(&mut self.inner, request),
            Ok(Some(token)) => {
                if let Some(authenticated) = self.authenticator.authenticate_now(token) {
                    return match authenticated {
                        Ok(identity) => {
                            request.extensions_mut().insert(identity);
                            AuthFuture::call(&mut self.inner, request)
                        }
                        Err(rejection) => AuthFuture::reject(self.mode.rejected(rejection)),
                    };
                }
                let future = self.authenticator.authenticate(token);
                // The service that was polled ready is the one that is called.
                let clone = self.inner.clone();
                let ready = std::mem::replace(&mut self.inner, clone);
                AuthFuture::authenticate(future, request, ready, self.mode)
            }
            Err(response) => AuthFuture::reject(response),
        }
    }
}

impl Mode {
    /// The token of a request, if it has one, or the response to a malformed header.
    fn token<R: From<&'static str>>(
        self,
        headers: &HeaderMap,
    ) -> Result<Option<&str>, Response<R>> {
        match (Bearer::of(headers), self) {
            (Bearer::Absent, _) => Ok(None),
            (Bearer::Token(token), _) | (Bearer::Bare(token), Self::Compatibility) => {
                Ok(Some(token))
            }
            (Bearer::OtherScheme | Bearer::Malformed, Self::Compatibility) => {
                Err(invalid_token_compatible())
            }
            // A client that used another scheme learns of this one without an error code.
            (Bearer::Bare(_) | Bearer::OtherScheme, Self::Rfc6750) => Err(auth_required()),
            (Bearer::Malformed, Self::Rfc6750) => Err(invalid_request()),
        }
    }

    /// The response to a token that is rejected.
    pub(super) fn rejected<R: From<&'static str>>(self, rejection: Rejection) -> Response<R> {
        match (rejection, self) {
            (Rejection::Invalid, Self::Rfc6750) => invalid_token(),
            (Rejection::Invalid, Self::Compatibility) => invalid_token_compatible(),
            (Rejection::Unavailable, _) => unavailable(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;

    use http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
    use http::{HeaderValue, StatusCode};
    use rstest::rstest;
    use tower::{ServiceExt, service_fn};

    use super::super::require::RequireAuthLayer;
    use super::*;

    /// Authenticates after a wait, or at once the token `now` and the forged one `forged-now`.
    #[derive(Clone)]
    struct SlowAuthenticator;

    #[derive(Clone)]
    struct Name(String);

    impl Authenticate for SlowAuthenticator {
        type Identity = Name;
        type Future = Pin<Box<dyn Future<Output = Result<Name, Rejection>> + Send>>;

        fn authenticate(&self, token: &str) -> Self::Future {
            let token = token.to_owned();
            Box::pin(async {
                tokio::task::yield_now().await;
                match &*token {
                    "unavailable" => Err(Rejection::Unavailable),
                    "forged" => Err(Rejection::Invalid),
                    _ => Ok(Name(token)),
                }
            })
        }

        fn authenticate_now(&self, token: &str) -> Option<Result<Name, Rejection>> {
            match token {
                "now" => Some(Ok(Name("now".to_owned()))),
                "forged-now" => Some(Err(Rejection::Invalid)),
                _ => None,
            }
        }
    }

    /// A tower service whose body is a text; it responds with the name of the identity.
    async fn respond(layer: AuthLayer<SlowAuthenticator>, values: &[&str]) -> Response<String> {
        let service = service_fn(|request: Request<()>| {
            let name = request.extensions().get::<Name>();
            let name = name.map_or("anonymous".to_owned(), |name| name.0.clone());
            std::future::ready(Ok::<_, Infallible>(Response::new(name)))
        });
        let mut request = Request::new(());
        for value in values {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            request.headers_mut().append(AUTHORIZATION, value);
        }
        layer.layer(service).oneshot(request).await.unwrap()
    }

    const INVALID_TOKEN: Option<&str> = Some("Bearer error=\"invalid_token\"");
    const INVALID_REQUEST: Option<&str> = Some("Bearer error=\"invalid_request\"");

    #[rstest]
    #[case::accepted(&["Bearer alice"], 200, None, "alice")]
    #[case::accepted_now(&["Bearer now"], 200, None, "now")]
    #[case::none(&[], 200, None, "anonymous")]
    #[case::scheme_alone(&["Bearer"], 200, None, "anonymous")]
    #[case::invalid(&["Bearer forged"], 401, INVALID_TOKEN, "Token is invalid")]
    #[case::invalid_now(&["Bearer forged-now"], 401, INVALID_TOKEN, "Token is invalid")]
    #[case::bare(&["alice"], 401, Some("Bearer"), "Auth required")]
    #[case::other_scheme(&["Basic alice"], 401, Some("Bearer"), "Auth required")]
    #[case::two_tokens(&["Bearer alice bob"], 400, INVALID_REQUEST, "must be one bearer token")]
    #[case::not_ascii(&["Bearer \u{e9}"], 400, INVALID_REQUEST, "must be one bearer token")]
    #[case::two_headers(&["Bearer a", "Bearer a"], 400, INVALID_REQUEST, "must be one bearer token")]
    #[case::unavailable(&["Bearer unavailable"], 503, None, "Temporarily unavailable")]
    #[tokio::test]
    async fn responses_follow_rfc_6750(
        #[case] values: &[&str],
        #[case] status: u16,
        #[case] challenge: Option<&str>,
        #[case] body: &str,
    ) {
        let response = respond(AuthLayer::new(SlowAuthenticator), values).await;
        let header = response.headers().get(WWW_AUTHENTICATE).map(|it| it.to_str().unwrap());
        assert_eq!((response.status().as_u16(), header), (status, challenge));
        assert!(response.body().contains(body), "{}", response.body());
    }

    #[rstest]
    #[case::accepted(&["Bearer alice"], 200, None, "alice")]
    #[case::bare(&["alice"], 200, None, "alice")]
    #[case::none(&[], 200, None, "anonymous")]
    #[case::scheme_alone(&["Bearer"], 200, None, "anonymous")]
    #[case::invalid(&["Bearer forged"], 400, INVALID_TOKEN, "Token is invalid")]
    #[case::bare_invalid(&["forged"], 400, INVALID_TOKEN, "Token is invalid")]
    #[case::other_scheme(&["Basic alice"], 400, INVALID_TOKEN, "Token is invalid")]
    #[case::two_tokens(&["Bearer alice bob"], 400, INVALID_TOKEN, "Token is invalid")]
    #[case::two_headers(&["Bearer a", "Bearer a"], 400, INVALID_TOKEN, "Token is invalid")]
    #[case::unavailable(&["unavailable"], 503, None, "Temporarily unavailable")]
    #[tokio::test]
    async fn compatible_responses_follow_the_contract(
        #[case] values: &[&str],
        #[case] status: u16,
        #[case] challenge: Option<&str>,
        #[case] body: &str,
    ) {
        let response = respond(AuthLayer::new(SlowAuthenticator).compatibility(), values).await;
        let header = response.headers().get(WWW_AUTHENTICATE).map(|it| it.to_str().unwrap());
        assert_eq!((response.status().as_u16(), header), (status, challenge));
        assert!(response.body().contains(body), "{}", response.body());
    }

    #[tokio::test]
    async fn unavailable_response_has_retry_after() {
        let response = respond(AuthLayer::new(SlowAuthenticator), &["Bearer unavailable"]).await;
        assert_eq!(response.headers()[RETRY_AFTER], "1");
    }

    /// A service may be ready although its clones are not.
    #[rstest]
    #[case::anonymous(None)]
    #[case::authenticated(Some("Bearer alice"))]
    #[tokio::test]
    async fn called_service_is_the_one_that_was_polled_ready(#[case] value: Option<&'static str>) {
        struct ReadyOnce {
            is_ready: bool,
        }

        impl Clone for ReadyOnce {
            fn clone(&self) -> Self {
                Self { is_ready: false }
            }
        }

        impl Service<Request<()>> for ReadyOnce {
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

        let mut request = Request::new(());
        if let Some(value) = value {
            request.headers_mut().insert(AUTHORIZATION, HeaderValue::from_static(value));
        }
        let mut service = AuthLayer::new(SlowAuthenticator).layer(ReadyOnce { is_ready: false });
        service.ready().await.unwrap().call(request).await.unwrap();
    }

    #[tokio::test]
    async fn anonymous_request_is_rejected_by_the_second_layer() {
        let service = service_fn(|_: Request<()>| {
            std::future::ready(Ok::<_, Infallible>(Response::new("in".to_owned())))
        });
        let service = RequireAuthLayer::<Name>::new().layer(service);
        let response = service.clone().oneshot(Request::new(())).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");

        let mut request = Request::new(());
        request.extensions_mut().insert(Name("alice".to_owned()));
        assert_eq!(service.oneshot(request).await.unwrap().body(), "in");
    }
}

//! The futures of the layers' services.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::authenticate::Rejection;
use super::service::Mode;

pin_project! {
    /// The future of an [`AuthService`](super::AuthService).
    pub struct AuthFuture<F, S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: AuthState<F, S, B>,
    }
}

pin_project! {
    #[project = AuthStateProjection]
    enum AuthState<F, S, B>
    where
        S: Service<Request<B>>,
    {
        // Boxed: the requests of an authenticator that has to wait are the exception, and the future of
        // all others stays small.
        Authenticating { pending: Pin<Box<Pending<F, S, B>>> },
        Responding { #[pin] future: RequireAuthFuture<S::Future, S::Response> },
    }
}

pin_project! {
    /// A request whose authentication is in progress.
    struct Pending<F, S, B> {
        #[pin]
        future: F,
        // Taken when the future is ready.
        request: Option<Request<B>>,
        service: S,
        mode: Mode,
    }
}

impl<F, S: Service<Request<B>>, B> AuthFuture<F, S, B> {
    pub(super) fn authenticate(future: F, request: Request<B>, service: S, mode: Mode) -> Self {
        let pending = Box::pin(Pending { future, request: Some(request), service, mode });
        Self { state: AuthState::Authenticating { pending } }
    }

    pub(super) fn call(service: &mut S, request: Request<B>) -> Self {
        let future = RequireAuthFuture::call(service.call(request));
        Self { state: AuthState::Responding { future } }
    }

    pub(super) fn reject(response: S::Response) -> Self {
        let future = RequireAuthFuture::reject(response);
        Self { state: AuthState::Responding { future } }
    }
}

impl<F, S, B, I, R> Future for AuthFuture<F, S, B>
where
    F: Future<Output = Result<I, Rejection>>,
    I: Clone + Send + Sync + 'static,
    S: Service<Request<B>, Response = Response<R>>,
    R: From<&'static str>,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                AuthStateProjection::Authenticating { pending } => {
                    let pending = pending.as_mut().project();
                    let authenticated = ready!(pending.future.poll(cx));
                    // It is there: the state is left with the request.
                    let Some(mut request) = pending.request.take() else { return Poll::Pending };
                    match authenticated {
                        Ok(identity) => {
                            request.extensions_mut().insert(identity);
                            RequireAuthFuture::call(pending.service.call(request))
                        }
                        Err(rejection) => {
                            RequireAuthFuture::reject(pending.mode.rejected(rejection))
                        }
                    }
                }
                AuthStateProjection::Responding { future } => return future.poll(cx),
            };
            state.set(AuthState::Responding { future: next });
        }
    }
}

pin_project! {
    /// The future of a [`RequireAuthService`](super::RequireAuthService).
    pub struct RequireAuthFuture<F, R> {
        #[pin]
        state: RequireAuthState<F, R>,
    }
}

pin_project! {
    #[project = RequireAuthStateProjection]
    enum RequireAuthState<F, R> {
        Called { #[pin] future: F },
        // Taken when it is returned.
        Rejected { response: Option<R> },
    }
}

impl<F, R> RequireAuthFuture<F, R> {
    pub(super) fn call(future: F) -> Self {
        Self { state: RequireAuthState::Called { future } }
    }

    pub(super) fn reject(response: R) -> Self {
        Self { state: RequireAuthState::Rejected { response: Some(response) } }
    }
}

impl<F, R, E> Future for RequireAuthFuture<F, R>
where
    F: Future<Output = Result<R, E>>,
{
    type Output = Result<R, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            RequireAuthStateProjection::Called { future } => future.poll(cx),
            RequireAuthStateProjection::Rejected { response } => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
            }
        }
    }
}

impl<F, S: Service<Request<B>>, B> fmt::Debug for AuthFuture<F, S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthFuture").finish_non_exhaustive()
    }
}

impl<F, R> fmt::Debug for RequireAuthFuture<F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireAuthFuture").finish_non_exhaustive()
    }
}

//! The request that a log line is about.

use std::cell::{Cell, RefCell};

use tokio::task::futures::TaskLocalFuture;
use tokio::task_local;

use crate::domain::{ClientId, RequestId, TraceContext, UserId};

task_local! {
    /// A span would do the same, at the cost of a whole log line.
    static CURRENT: RequestScope;
}

/// What the log knows about the request that is being handled.
#[derive(Clone, Debug)]
pub struct RequestScope {
    id: RequestId,
    trace: Option<TraceContext>,
    user: Cell<Option<UserId>>,
    oauth_client: RefCell<Option<ClientId>>,
}

impl RequestScope {
    /// The scope of a request that has no known user or OAuth client yet.
    #[must_use]
    pub fn new(id: RequestId) -> Self {
        Self { id, trace: None, user: Cell::default(), oauth_client: RefCell::default() }
    }

    /// The same scope in a trace, with the span of this request.
    #[must_use]
    pub fn in_trace(self, trace: Option<TraceContext>) -> Self {
        Self { trace, ..self }
    }

    /// Calls `start` and polls the future that it returns, both in this scope: their log lines name
    /// the request.
    pub fn run<F: Future>(self, start: impl FnOnce() -> F) -> TaskLocalFuture<Self, F> {
        let start = || (start(), CURRENT.with(Self::clone));
        let (future, scope) = CURRENT.sync_scope(self, start);
        CURRENT.scope(scope, future)
    }

    /// Calls `read` with the scope of the current request; `None` outside of a request.
    pub fn with_current<T>(read: impl FnOnce(&Self) -> T) -> Option<T> {
        CURRENT.try_with(read).ok()
    }

    /// The identifier of the request.
    #[must_use]
    pub fn id(&self) -> RequestId {
        self.id
    }

    /// The trace of the request, and its span; `None` where no caller has named a trace.
    #[must_use]
    pub fn trace(&self) -> Option<TraceContext> {
        self.trace
    }

    /// The user of the request, once [`record_user`] was called.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        self.user.get()
    }

    /// The OAuth client of the request, once [`record_oauth_client`] was called.
    #[must_use]
    pub fn oauth_client(&self) -> Option<ClientId> {
        self.oauth_client.borrow().clone()
    }
}

/// Names the user of the current request in its access log line.
pub fn record_user(user: UserId) {
    RequestScope::with_current(|scope| scope.user.set(Some(user)));
}

/// Names the OAuth client of the current request in its access log line.
pub fn record_oauth_client(client: &ClientId) {
    RequestScope::with_current(|scope| scope.oauth_client.replace(Some(client.clone())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn scope_covers_call_and_future_alone() {
        let id = RequestId::random();
        let current = || RequestScope::with_current(RequestScope::id);
        let ids = RequestScope::new(id).run(|| {
            let in_call = current();
            async move { (in_call, current()) }
        });
        assert_eq!(ids.await, (Some(id), Some(id)));
        assert_eq!(current(), None);
    }

    #[tokio::test]
    async fn user_recorded_in_call_is_known_in_future() {
        let user = RequestScope::new(RequestId::random()).run(|| {
            record_user(UserId(7));
            async { RequestScope::with_current(RequestScope::user).flatten() }
        });
        assert_eq!(user.await, Some(UserId(7)));
        record_user(UserId(8));
    }
}

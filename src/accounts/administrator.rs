//! The originator of an administrative change.

use crate::domain::{AuditEvent, AuditKind, RequestContext, Timestamp, UserId};
use crate::password::Origin;
use crate::sessions::Caller;
use crate::store::Authority;

/// The originator of an administrative change, and the authority that it is made by.
#[derive(Clone, Debug)]
pub struct Administrator {
    /// `None` at the command line.
    context: Option<RequestContext>,
    authority: Authority,
}

impl Administrator {
    /// An operator at the command line.
    #[must_use]
    pub fn operator() -> Self {
        Self { context: None, authority: Authority::Operator }
    }

    /// An OAuth client that may administrate, as the context has it.
    #[must_use]
    pub fn oauth_client(context: RequestContext) -> Self {
        Self { context: Some(context), authority: Authority::Operator }
    }

    /// A user, who has to be an administrator when the change is made.
    #[must_use]
    pub fn user(caller: &Caller, context: RequestContext) -> Self {
        let authority = Authority::Administrator(caller.user.id, caller.authorization());
        Self { context: Some(context), authority }
    }

    pub(super) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The event of a change of `user`.
    pub(super) fn event(&self, at: Timestamp, kind: AuditKind, user: UserId) -> AuditEvent {
        match &self.context {
            Some(context) => AuditEvent::of_request(at, kind, context).of_user(user),
            None => AuditEvent::of_operator(at, kind, Some(user)),
        }
    }

    /// The origin of the password of an account with this address.
    pub(super) fn origin(&self, email: &str) -> Origin {
        match &self.context {
            Some(context) => Origin::new(context, email),
            None => Origin::default(),
        }
    }
}

//! The authorization of a change that a user makes, checked in the transaction that makes it.

use std::time::Duration;

use crate::domain::{SessionId, Timestamp, UserId};
use crate::password::PasswordHash;

/// How far the issue time of a token may lie in the future, since other programs have other clocks.
/// A token from further ahead counts as one without an issue time.
const CLOCK_SKEW: Duration = Duration::from_secs(5);

/// The access token, and the password hash, that were verified for a change.
///
/// A request body may take its time to arrive. The change is made only if both would still be
/// accepted then, and a store checks that in the same transaction.
#[derive(Clone, Debug)]
pub struct Authorization {
    /// The session of the token; `None` for a token of no session.
    pub session: Option<SessionId>,
    /// The issue time of the token, if it has one.
    pub issued_at: Option<Timestamp>,
    /// The expiry of the token.
    pub expires_at: Timestamp,
    /// The password hash that the password was verified with, if a password was demanded.
    pub password_hash: Option<PasswordHash>,
}

/// The authority of an administrative change, checked in the transaction that makes it.
#[derive(Clone, Debug)]
pub enum Authority {
    /// That of an operator at the command line or of an OAuth client: no user is behind it.
    Operator,
    /// That of an administrator's access token: the user has to be an administrator at that time.
    Administrator(UserId, Authorization),
}

/// The reason why a change is not authorized any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unauthorized {
    /// The token has expired, its session has ended, or its user was disabled or deleted.
    #[error("the token is no longer active")]
    TokenInactive,
    /// The password is no longer the one that was verified.
    #[error("the password was changed meanwhile")]
    PasswordChanged,
    /// The user is no administrator any more.
    #[error("the user is no administrator")]
    NotAdministrator,
}

/// The stored state that an [`Authorization`] is checked against.
pub(super) struct Current {
    pub(super) disabled: bool,
    pub(super) tokens_valid_after: Timestamp,
    /// The idle expiry of the token's session; `None` where it has ended.
    pub(super) session_expires_at: Option<Timestamp>,
    /// Whether the password hash is the one that was verified, where one was.
    pub(super) is_same_hash: bool,
}

impl Authorization {
    /// Whether this still authorizes a change at `now`.
    pub(super) fn check(&self, current: &Current, now: Timestamp) -> Result<(), Unauthorized> {
        let Current { disabled, tokens_valid_after, session_expires_at, is_same_hash } = *current;
        let is_active = match self.session {
            Some(_) => session_expires_at.is_some_and(|expiry| !has_expired(expiry, now)),
            None => !is_revoked(self.issued_at, tokens_valid_after, now),
        };
        if disabled || !is_active || has_expired(self.expires_at, now) {
            Err(Unauthorized::TokenInactive)
        } else if is_same_hash {
            Ok(())
        } else {
            Err(Unauthorized::PasswordChanged)
        }
    }
}

impl Authority {
    /// The session whose token it is; empty where there is none. A portion of ended sessions spares it,
    /// since it authorizes the next portion.
    pub(super) fn session_text(&self) -> String {
        match self {
            Self::Administrator(_, Authorization { session: Some(session), .. }) => {
                session.to_string()
            }
            _ => String::new(),
        }
    }
}

/// Whether a token of no session is rejected at `now`, since the tokens of its user are valid only
/// if issued after `valid_after`. One without an issue time counts as older.
///
/// The tokens of a session need no such rule: a revocation ends the session.
pub(crate) fn is_revoked(
    issued_at: Option<Timestamp>,
    valid_after: Timestamp,
    now: Timestamp,
) -> bool {
    let issued_at = issued_at.filter(|at| *at <= now.saturating_add(CLOCK_SKEW));
    valid_after > Timestamp::UNIX_EPOCH && issued_at.is_none_or(|at| at <= valid_after)
}

/// Whether what expires at `expiry` has expired at `now`: from the beginning of that second, since
/// tokens name their expiry in seconds.
pub(crate) fn has_expired(expiry: Timestamp, now: Timestamp) -> bool {
    expiry.seconds() <= now.seconds()
}

/// `tokens_valid_after` of a user who revokes tokens at `now`: always later than before, also where
/// that was set by an instance whose clock is ahead.
pub(super) fn revoked_by_user(before: Timestamp, now: Timestamp) -> Timestamp {
    now.max(before.saturating_add(Duration::from_millis(1)))
}

/// `tokens_valid_after` of a user whose tokens an operator revokes at `now`, which brings back one
/// in the future. It is never the same as before.
pub(super) fn revoked_by_operator(before: Timestamp, now: Timestamp) -> Timestamp {
    if before == now { now.saturating_add(Duration::from_millis(1)) } else { now }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_milliseconds(1_800_000_000_500);

    fn later(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(NOW.milliseconds() + milliseconds)
    }

    #[test]
    fn issue_time_in_the_future_counts_as_none() {
        let skew = i64::try_from(CLOCK_SKEW.as_millis()).unwrap();
        let is_rejected = |issued_at| is_revoked(issued_at, NOW, NOW);
        assert!(!is_rejected(Some(later(1))) && !is_rejected(Some(later(skew))));
        assert!(is_rejected(Some(later(skew + 1))) && is_rejected(Some(Timestamp::MAX)));
        assert!(is_rejected(Some(NOW)) && is_rejected(None));
        let never = Timestamp::UNIX_EPOCH;
        assert!(!is_revoked(Some(later(skew + 1)), never, NOW) && !is_revoked(None, never, NOW));
    }

    #[test]
    fn expiry_is_the_beginning_of_its_second() {
        let at = Timestamp::from_milliseconds;
        let expiry = at(2_000_700);
        assert!(!has_expired(expiry, at(1_999_999)) && has_expired(expiry, at(2_000_000)));
        assert!(at(1_999_999).end_of_second() < expiry && at(2_000_000).end_of_second() >= expiry);
    }

    #[test]
    fn revocation_is_later_than_the_one_before_and_an_operator_brings_it_back() {
        let before = [later(-9), NOW, later(9)];
        assert_eq!(before.map(|at| revoked_by_user(at, NOW)), [NOW, later(1), later(10)]);
        assert_eq!(before.map(|at| revoked_by_operator(at, NOW)), [NOW, later(1), NOW]);
    }

    #[test]
    fn authorization_ends_with_token_session_status_and_password() {
        let token = Authorization {
            session: None,
            issued_at: Some(later(-10)),
            expires_at: Timestamp::from_seconds(NOW.seconds() + 1),
            password_hash: None,
        };
        let check = |authorization: &Authorization, (disabled, valid_after), session, same| {
            let current = Current {
                disabled,
                tokens_valid_after: valid_after,
                session_expires_at: session,
                is_same_hash: same,
            };
            authorization.check(&current, NOW)
        };
        let never = Timestamp::UNIX_EPOCH;
        let inactive = Err(Unauthorized::TokenInactive);
        assert_eq!(check(&token, (false, never), None, true), Ok(()));
        assert_eq!(check(&token, (false, later(-11)), None, true), Ok(()));
        assert_eq!(check(&token, (false, later(-10)), None, true), inactive);
        assert_eq!(check(&token, (true, never), None, true), inactive);
        let expired =
            Authorization { expires_at: Timestamp::from_seconds(NOW.seconds()), ..token.clone() };
        assert_eq!(check(&expired, (false, never), None, true), inactive);
        let changed = Err(Unauthorized::PasswordChanged);
        assert_eq!(check(&token, (false, never), None, false), changed);
        let session = Authorization { session: Some(SessionId::random()), ..token };
        assert_eq!(check(&session, (false, NOW), Some(later(500)), true), Ok(()));
        assert_eq!(check(&session, (false, never), Some(later(499)), true), inactive);
        assert_eq!(check(&session, (false, never), None, true), inactive);
    }
}

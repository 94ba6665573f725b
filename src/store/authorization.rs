//! What authorises a change that a user makes, checked in the transaction that makes it.

use crate::domain::SessionId;
use crate::password::PasswordHash;

/// How far the `iat` of a token may lie in the future, in milliseconds: other programs have other
/// clocks. A token from further ahead counts as one without an `iat`.
const CLOCK_SKEW: i64 = 5_000;

/// The access token, and the password, that were verified for a change.
///
/// Between the two a body may take its time to arrive. The change is made only if both would still be
/// accepted, and a store checks that in the same transaction.
#[derive(Clone, Debug)]
pub struct Authorization {
    /// The session of the token; `None` for a token of no session.
    pub session: Option<SessionId>,
    /// When a token of no session was issued, Unix milliseconds, if it says so.
    pub issued_at: Option<i64>,
    /// When the token expires, Unix seconds.
    pub expires_at: i64,
    /// The password hash that the password was verified with, if one was asked for.
    pub password_hash: Option<PasswordHash>,
}

/// Why a change is not authorised any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unauthorized {
    /// The token has expired, its session has ended, or its user was disabled or deleted.
    #[error("the token is no longer active")]
    TokenInactive,
    /// The password is no longer the one that was verified.
    #[error("the password was changed meanwhile")]
    PasswordChanged,
}

/// What an [`Authorization`] is checked against.
pub(super) struct Current {
    pub(super) disabled: bool,
    pub(super) tokens_void_until: i64,
    /// Absolute or idle expiry of the token's session, Unix milliseconds; `None` where it has ended.
    pub(super) session_expires_at: Option<i64>,
    /// Whether the password hash is the one that was verified, where one was.
    pub(super) is_same_hash: bool,
}

impl Authorization {
    /// Whether this still authorises a change at `now`, Unix milliseconds.
    pub(super) fn check(&self, current: &Current, now: i64) -> Result<(), Unauthorized> {
        let Current { disabled, tokens_void_until, session_expires_at, is_same_hash } = *current;
        let is_active = match self.session {
            Some(_) => session_expires_at.is_some_and(|end| !is_over(end, now)),
            None => !is_revoked(self.issued_at, tokens_void_until, now),
        };
        if disabled || !is_active || now.div_euclid(1000) >= self.expires_at {
            Err(Unauthorized::TokenInactive)
        } else if is_same_hash {
            Ok(())
        } else {
            Err(Unauthorized::PasswordChanged)
        }
    }
}

/// Whether a token of no session that was issued at `issued_at` is rejected at `now`, since the tokens
/// of its user up to `mark` were revoked. One that does not say when it was issued counts as older.
/// Unix milliseconds.
///
/// The tokens of a session need no such rule: a revocation ends the session.
pub(super) fn is_revoked(issued_at: Option<i64>, mark: i64, now: i64) -> bool {
    let issued_at = issued_at.filter(|at| *at <= now.saturating_add(CLOCK_SKEW));
    mark > 0 && issued_at.is_none_or(|issued_at| issued_at <= mark)
}

/// Whether a session that expires at `expires_at` is over at `now`, both Unix milliseconds: with the
/// whole second, since its tokens expire with one.
pub(super) fn is_over(expires_at: i64, now: i64) -> bool {
    expires_at.div_euclid(1000) <= now.div_euclid(1000)
}

/// The last millisecond of the second of `now`: sessions that expire later are not over.
pub(super) fn end_of_second(now: i64) -> i64 {
    now.div_euclid(1000).saturating_mul(1000).saturating_add(999)
}

/// The mark up to which tokens are rejected, once a user has revoked them at `now`: always later than
/// the mark before, which may be that of an instance whose clock is ahead.
pub(super) fn revoked_by_user(before: i64, now: i64) -> i64 {
    now.max(before.saturating_add(1))
}

/// The mark once an operator has revoked them at `now`, which brings back one that lies in the future.
/// It is never the mark before.
pub(super) fn revoked_by_operator(before: i64, now: i64) -> i64 {
    if before == now { now.saturating_add(1) } else { now }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_500;

    #[test]
    fn issue_time_in_the_future_counts_as_none() {
        let is_rejected = |issued_at| is_revoked(issued_at, NOW, NOW);
        assert!(!is_rejected(Some(NOW + 1)) && !is_rejected(Some(NOW + CLOCK_SKEW)));
        assert!(is_rejected(Some(NOW + CLOCK_SKEW + 1)) && is_rejected(Some(i64::MAX)));
        assert!(is_rejected(Some(NOW)) && is_rejected(None));
        assert!(!is_revoked(Some(NOW + CLOCK_SKEW + 1), 0, NOW) && !is_revoked(None, 0, NOW));
    }

    #[test]
    fn session_is_over_with_the_second_of_its_expiry() {
        let expires_at = 2_000_700;
        assert!(!is_over(expires_at, 1_999_999) && is_over(expires_at, 2_000_000));
        assert!(end_of_second(1_999_999) < expires_at && end_of_second(2_000_000) >= expires_at);
    }

    #[test]
    fn revocation_is_later_than_the_one_before_and_an_operator_brings_it_back() {
        assert_eq!(
            [NOW - 9, NOW, NOW + 9].map(|mark| revoked_by_user(mark, NOW)),
            [NOW, NOW + 1, NOW + 10]
        );
        assert_eq!(
            [NOW - 9, NOW, NOW + 9].map(|mark| revoked_by_operator(mark, NOW)),
            [NOW, NOW + 1, NOW]
        );
    }

    #[test]
    fn authorization_ends_with_token_session_status_and_password() {
        let token = Authorization {
            session: None,
            issued_at: Some(NOW - 10),
            expires_at: NOW / 1000 + 1,
            password_hash: None,
        };
        let check = |authorization: &Authorization, (disabled, mark), session, is_same_hash| {
            let (tokens_void_until, session_expires_at) = (mark, session);
            let current = Current { disabled, tokens_void_until, session_expires_at, is_same_hash };
            authorization.check(&current, NOW)
        };
        let inactive = Err(Unauthorized::TokenInactive);
        assert_eq!(check(&token, (false, 0), None, true), Ok(()));
        assert_eq!(check(&token, (false, NOW - 11), None, true), Ok(()));
        assert_eq!(check(&token, (false, NOW - 10), None, true), inactive);
        assert_eq!(check(&token, (true, 0), None, true), inactive);
        let expired = Authorization { expires_at: NOW / 1000, ..token.clone() };
        assert_eq!(check(&expired, (false, 0), None, true), inactive);
        let changed = Err(Unauthorized::PasswordChanged);
        assert_eq!(check(&token, (false, 0), None, false), changed);
        let session = Authorization { session: Some(SessionId::random()), ..token };
        assert_eq!(check(&session, (false, NOW), Some(NOW + 500), true), Ok(()));
        assert_eq!(check(&session, (false, 0), Some(NOW + 499), true), inactive);
        assert_eq!(check(&session, (false, 0), None, true), inactive);
    }
}

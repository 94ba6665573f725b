//! Rotation of refresh tokens: which of them a session accepts.

use std::net::IpAddr;
use std::time::Duration;

use super::authorization::has_expired;
use super::records::Session;
use crate::domain::{ClientInfo, SessionId, Timestamp};

/// The third retry in a row by another client than that of the rotation is reuse.
const FOREIGN_RETRIES: i64 = 3;

/// A refresh token that is presented.
#[derive(Clone, Debug)]
pub struct PresentedToken {
    /// The session of the token.
    pub session: SessionId,
    /// The generation of the token.
    pub generation: i64,
    /// The client that presents it.
    pub client: ClientInfo,
    /// The current time.
    pub now: Timestamp,
}

/// The times that rule a rotation.
#[derive(Clone, Copy, Debug)]
pub struct RotationRules {
    /// The idle timeout.
    pub idle_timeout: Duration,
    /// For how long after a rotation its parent gives the same successor again.
    pub grace: Duration,
}

/// The outcome of a presented refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It was the current token; the session has a new one.
    Rotated(Session),
    /// It was the parent of a current token that has not been used: within the grace that one is
    /// issued again, later a new one takes its place.
    Retried(Session),
    /// It was an older token, a replaced one, or the third retry in a row by another client: two
    /// parties have the session. It has ended; this is what it was.
    ReuseDetected(Session),
    /// The session does not exist or has expired, or never had such a token.
    NotFound,
    /// The effects could not be made, and nothing has changed.
    Aborted,
}

impl Session {
    /// Whether the session has expired at `now`.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        has_expired(self.idle_expires_at, now)
    }

    /// The outcome of a presented token, with the session as it has to be stored.
    pub(super) fn present(self, token: &PresentedToken, rules: RotationRules) -> Rotation {
        if self.has_expired(token.now) {
            return Rotation::NotFound;
        }
        if token.generation > self.generation {
            // A store that was restored from a backup knows less than its clients: no reuse.
            return Rotation::NotFound;
        }
        if token.generation == self.generation {
            let is_uncontested = self.foreign_retry_generation != Some(self.generation);
            let foreign_retries = if is_uncontested { 0 } else { self.foreign_retries };
            let parent = Some(token.generation);
            let rotated = Self { parent, foreign_retries, ..self };
            return Rotation::Rotated(rotated.with_successor(token, rules));
        }
        if self.parent != Some(token.generation) {
            return Rotation::ReuseDetected(self);
        }
        self.retry(token, rules)
    }

    fn retry(self, token: &PresentedToken, rules: RotationRules) -> Rotation {
        let is_foreign = !is_same_client(&self.rotated_by, &token.client);
        let foreign_retries = self.foreign_retries + i64::from(is_foreign);
        if is_foreign && foreign_retries >= FOREIGN_RETRIES {
            return Rotation::ReuseDetected(self);
        }
        // A grace of 0 is none, also within the millisecond.
        let since_rotation = token.now.duration_since(self.last_used_at);
        let is_within_grace = !rules.grace.is_zero() && since_rotation <= rules.grace;
        let mut session = Self { foreign_retries, ..self };
        if !is_within_grace {
            session = session.with_successor(token, rules);
        }
        if is_foreign {
            session.foreign_retry_generation = Some(session.generation);
        }
        Rotation::Retried(session)
    }

    fn with_successor(self, token: &PresentedToken, rules: RotationRules) -> Self {
        let idle = token.now.saturating_add(rules.idle_timeout);
        Self {
            generation: self.generation.saturating_add(1),
            last_used_at: token.now,
            idle_expires_at: idle.min(self.absolute_expires_at),
            rotated_by: token.client.clone(),
            ..self
        }
    }
}

/// Whether two requests come from one network with one user agent.
fn is_same_client(one: &ClientInfo, other: &ClientInfo) -> bool {
    one.user_agent == other.user_agent && one.address.map(network) == other.address.map(network)
}

/// An IPv4 address; of an IPv6 address the first 64 bits, which a provider gives to one client.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let bits = address.to_bits() >> 64 << 64;
            IpAddr::V6(bits.into())
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::UserId;
    use crate::store::NewSession;

    const RULES: RotationRules = RotationRules {
        idle_timeout: Duration::from_hours(30 * 24),
        grace: Duration::from_secs(30),
    };

    fn client(number: u8) -> ClientInfo {
        ClientInfo { user_agent: Some(format!("client/{number}")), address: None }
    }

    fn session() -> Session {
        let new = NewSession {
            id: SessionId::random(),
            created_at: Timestamp::UNIX_EPOCH,
            idle_expires_at: Timestamp::UNIX_EPOCH.saturating_add(RULES.idle_timeout),
            absolute_expires_at: Timestamp::MAX,
            client: client(0),
        };
        new.of(UserId(1))
    }

    fn present(session: &Session, generation: i64, by: u8, now: Timestamp) -> Rotation {
        let token = PresentedToken { session: session.id, generation, client: client(by), now };
        session.clone().present(&token, RULES)
    }

    /// The time between two refreshes, in seconds: within the grace, or up to the idle timeout. Retries
    /// within the grace do not extend the session.
    fn delay() -> impl Strategy<Value = u64> {
        prop_oneof![0..30_u64, 31..(30 * 24 * 3600_u64 - 30)]
    }

    proptest! {
        /// A response that is lost leaves the client with the token that it presented.
        #[test]
        fn client_that_loses_responses_keeps_its_session(
            refreshes in proptest::collection::vec((delay(), any::<bool>()), 1..200),
        ) {
            let (mut session, mut held, mut now) = (session(), 0, Timestamp::UNIX_EPOCH);
            for (delay, is_lost) in refreshes {
                now = now.saturating_add(Duration::from_secs(delay));
                match present(&session, held, 0, now) {
                    Rotation::Rotated(next) | Rotation::Retried(next) => session = next,
                    rotation => prop_assert!(false, "{rotation:?}"),
                }
                if !is_lost {
                    held = session.generation;
                }
            }
        }

        /// Each party presents the last token that it got. A turn ends when the other party
        /// refreshes.
        #[test]
        fn two_clients_with_one_session_are_found_within_seven_turns(
            turns in proptest::collection::vec(proptest::collection::vec(delay(), 1..4), 7),
        ) {
            let (mut session, mut held, mut now) = (session(), [0, 0], Timestamp::UNIX_EPOCH);
            let mut is_found = false;
            'turns: for (turn, refreshes) in turns.into_iter().enumerate() {
                let party = turn % 2;
                for delay in refreshes {
                    now = now.saturating_add(Duration::from_secs(delay));
                    let by = u8::try_from(party).unwrap();
                    match present(&session, held[party], by, now) {
                        Rotation::Rotated(next) | Rotation::Retried(next) => session = next,
                        Rotation::ReuseDetected(_) => {
                            is_found = true;
                            break 'turns;
                        }
                        rotation => prop_assert!(false, "{rotation:?}"),
                    }
                    held[party] = session.generation;
                }
            }
            prop_assert!(is_found, "{session:?}");
        }
    }
}

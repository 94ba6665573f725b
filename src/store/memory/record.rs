//! One user, in few bytes.

use crate::domain::{Email, User, UserId};
use crate::password::PasswordHash;
use crate::store::{Account, Standing};

/// What is kept of a user beside their id, which says where it is. Its bytes are
///
/// ```text
/// 1 byte   flags: what the user is, and which of the moments are there
/// 8 bytes  created_at
/// 8 bytes  changed_at, where it is another moment
/// 8 bytes  last_login_at, where they have logged in
/// 8 bytes  tokens_void_until, where it is not 0
/// 1 byte   how long the address is
///          the address
///          the password hash, packed
/// ```
// Without `Debug`: the packed hash is a secret.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    is_admin: bool,
    disabled: bool,
    created_at: i64,
    changed_at: i64,
    last_login_at: Option<i64>,
    tokens_void_until: i64,
    pub(super) email: &'a str,
    pub(super) packed_hash: &'a [u8],
}

const IS_ADMIN: u8 = 1;
const DISABLED: u8 = 1 << 1;
const CHANGED: u8 = 1 << 2;
const LOGGED_IN: u8 = 1 << 3;
const VOIDED: u8 = 1 << 4;

impl<'a> Record<'a> {
    pub(super) fn new(account: &'a Account, packed_hash: &'a [u8]) -> Self {
        Self {
            is_admin: account.user.is_admin,
            disabled: account.disabled,
            created_at: account.created_at,
            changed_at: account.changed_at,
            last_login_at: account.last_login_at,
            tokens_void_until: account.tokens_void_until,
            email: account.user.email.as_str(),
            packed_hash,
        }
    }

    /// The same user, who has logged in.
    pub(super) fn logged_in(self, at: i64) -> Self {
        Self { last_login_at: Some(at), ..self }
    }

    pub(super) fn account(&self, id: UserId, password_hash: PasswordHash) -> Account {
        let Standing { user, disabled, tokens_void_until } = self.standing(id);
        Account {
            user,
            password_hash,
            disabled,
            created_at: self.created_at,
            changed_at: self.changed_at,
            last_login_at: self.last_login_at,
            tokens_void_until,
        }
    }

    pub(super) fn standing(&self, id: UserId) -> Standing {
        let email = Email::from_canonical(self.email);
        let user = User { id, email, is_admin: self.is_admin };
        Standing { user, disabled: self.disabled, tokens_void_until: self.tokens_void_until }
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        let changed_at = (self.changed_at != self.created_at).then_some(self.changed_at);
        let void_until = (self.tokens_void_until != 0).then_some(self.tokens_void_until);
        let flags = [
            (IS_ADMIN, self.is_admin),
            (DISABLED, self.disabled),
            (CHANGED, changed_at.is_some()),
            (LOGGED_IN, self.last_login_at.is_some()),
            (VOIDED, void_until.is_some()),
        ];
        let flags = flags.into_iter().filter_map(|(flag, is_set)| is_set.then_some(flag));
        let mut bytes = vec![flags.fold(0, |all, flag| all | flag)];
        let moments = [Some(self.created_at), changed_at, self.last_login_at, void_until];
        bytes.extend(moments.into_iter().flatten().flat_map(i64::to_le_bytes));
        const { assert!(Email::MAX_LENGTH <= u8::MAX as usize) };
        #[expect(clippy::cast_possible_truncation, reason = "it fits, as is asserted")]
        bytes.push(self.email.len() as u8);
        bytes.extend(self.email.bytes());
        bytes.extend(self.packed_hash);
        bytes
    }

    /// Reads what [`Record::to_bytes`] wrote; nothing where there is nothing.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (&flags, mut rest) = bytes.split_first()?;
        let is_set = |flag| flags & flag != 0;
        let mut moment = || {
            let (moment, others) = rest.split_first_chunk()?;
            rest = others;
            Some(i64::from_le_bytes(*moment))
        };
        let created_at = moment()?;
        let changed_at = if is_set(CHANGED) { moment()? } else { created_at };
        let last_login_at = if is_set(LOGGED_IN) { Some(moment()?) } else { None };
        let tokens_void_until = if is_set(VOIDED) { moment()? } else { 0 };
        let (&length, rest) = rest.split_first()?;
        let (email, packed_hash) = rest.split_at_checked(usize::from(length))?;
        Some(Self {
            is_admin: is_set(IS_ADMIN),
            disabled: is_set(DISABLED),
            created_at,
            changed_at,
            last_login_at,
            tokens_void_until,
            email: str::from_utf8(email).ok()?,
            packed_hash,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::password::Cost;

    fn moment() -> impl Strategy<Value = i64> {
        prop_oneof![Just(0), Just(i64::MIN), Just(i64::MAX), 0..3_i64, any::<i64>()]
    }

    fn email() -> impl Strategy<Value = Email> {
        let long = format!("{}@{}.com", "ä".repeat(32), ["b".repeat(60).as_str(); 3].join("."));
        prop_oneof![Just("a@b".to_owned()), Just(long), "[a-zäöü]{1,20}@[a-z]{1,9}\\.com"]
            .prop_map(|text| Email::parse(&text).unwrap())
    }

    fn accounts() -> impl Strategy<Value = Account> {
        let is = (any::<bool>(), any::<bool>());
        let moments = (moment(), moment(), proptest::option::of(moment()), moment());
        (is, moments, email()).prop_map(|(is, (created, changed, last_login_at, void), email)| {
            Account {
                user: User { id: UserId(7), email, is_admin: is.0 },
                password_hash: PasswordHash::dummy(Cost::default()),
                disabled: is.1,
                created_at: created,
                changed_at: changed,
                last_login_at,
                tokens_void_until: void,
            }
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            account in accounts(),
            packed in proptest::collection::vec(any::<u8>(), 0..60),
            at in moment(),
        ) {
            let bytes = Record::new(&account, &packed).to_bytes();
            let read = Record::read(&bytes).unwrap();
            prop_assert_eq!(read.packed_hash, packed);
            prop_assert_eq!(read.email, account.user.email.as_str());
            prop_assert_eq!(read.standing(account.user.id), account.clone().into());
            let hash = account.password_hash.clone();
            prop_assert_eq!(read.account(account.user.id, hash.clone()), account.clone());

            let bytes = read.logged_in(at).to_bytes();
            let logged_in = Account { last_login_at: Some(at), ..account };
            let read = Record::read(&bytes).unwrap();
            prop_assert_eq!(read.account(logged_in.user.id, hash), logged_in);
        }

        #[test]
        fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = Record::read(&bytes);
        }
    }
}

//! Users, found by id and by address.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;

use super::pages::Pages;
use super::record::Record;
use crate::domain::{Email, User, UserId};
use crate::password::HashPacker;
use crate::store::{Account, NewUser, Standing, StoreError};

/// Users, in some 100 bytes each: an [`Account`] is made when one is asked for.
///
/// User 1 is in place 0. Where one is gone their place stays empty, since ids are not given again.
#[derive(Default)]
pub(super) struct UserTable {
    /// How many places have been given.
    given: u32,
    records: Pages,
    /// The places, by the addresses that are in the records.
    by_email: HashTable<u32>,
    /// Has keys that nobody knows: people choose their addresses, and must not choose collisions.
    hasher: RandomState,
    hashes: HashPacker,
}

/// Another user would need a place beyond the last.
#[derive(Debug, thiserror::Error)]
#[error("all {max} ids have been given", max = u32::MAX)]
struct NoMoreIds;

impl UserTable {
    pub(super) fn insert(&mut self, new: NewUser) -> Result<Account, StoreError> {
        if self.by_email(&new.email).is_some() {
            return Err(StoreError::EmailTaken);
        }
        let place = self.given;
        let no_more = || StoreError::Unavailable(Arc::new(NoMoreIds));
        self.given = place.checked_add(1).ok_or_else(no_more)?;
        let account = Account {
            user: User { id: id(place), email: new.email, is_admin: new.is_admin },
            password_hash: new.password_hash,
            disabled: new.disabled,
            created_at: new.created_at,
            changed_at: new.created_at,
            last_login_at: None,
            tokens_void_until: 0,
        };
        self.put(&account);
        let hash = |place: &u32| self.hasher.hash_one(email(&self.records, *place));
        self.by_email.insert_unique(hash(&place), place, hash);
        Ok(account)
    }

    pub(super) fn account(&self, id: UserId) -> Option<Account> {
        let record = self.record(place(id)?)?;
        Some(record.account(id, self.hashes.unpack(record.packed_hash)?))
    }

    pub(super) fn standing(&self, id: UserId) -> Option<Standing> {
        Some(self.record(place(id)?)?.standing(id))
    }

    pub(super) fn by_email(&self, address: &Email) -> Option<UserId> {
        let hash = self.hasher.hash_one(address.as_str());
        let is_it = |place: &u32| email(&self.records, *place) == address.as_str();
        self.by_email.find(hash, is_it).map(|place| id(*place))
    }

    /// The users with ids above this one, by rising id.
    pub(super) fn above(&self, after: UserId) -> impl Iterator<Item = Account> {
        // The user after the one in place n - 1 is in place n.
        let first = u32::try_from(after.0.max(0)).unwrap_or(u32::MAX);
        (first..self.given).filter_map(|place| self.account(id(place)))
    }

    /// Puts a user in place of what was known of them. Their address is the same.
    pub(super) fn put(&mut self, account: &Account) {
        let Some(place) = place(account.user.id) else { return };
        let packed_hash = self.hashes.pack(&account.password_hash);
        self.records.set(place, &Record::new(account, &packed_hash).to_bytes());
    }

    /// Nothing where there is no such user.
    pub(super) fn log_in(&mut self, id: UserId, at: i64) -> Option<()> {
        let place = place(id)?;
        let bytes = self.record(place)?.logged_in(at).to_bytes();
        self.records.set(place, &bytes);
        Some(())
    }

    /// Nothing where there is no such user.
    pub(super) fn remove(&mut self, id: UserId) -> Option<()> {
        let place = place(id)?;
        let hash = self.hasher.hash_one(self.record(place)?.email);
        if let Ok(entry) = self.by_email.find_entry(hash, |kept| *kept == place) {
            entry.remove();
        }
        self.records.set(place, &[]);
        Some(())
    }

    fn record(&self, place: u32) -> Option<Record<'_>> {
        Record::read(self.records.get(place))
    }
}

fn id(place: u32) -> UserId {
    UserId(i64::from(place) + 1)
}

fn place(id: UserId) -> Option<u32> {
    u32::try_from(id.0.checked_sub(1)?).ok()
}

fn email(records: &Pages, place: u32) -> &str {
    Record::read(records.get(place)).map_or("", |record| record.email)
}

impl fmt::Debug for UserTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserTable").field("given", &self.given).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::{Cost, PasswordHash};

    fn address(number: i64) -> Email {
        Email::parse(&format!("{number}@example.com")).unwrap()
    }

    /// A table with so many users, the first of whom is number 1.
    fn table(users: i64) -> UserTable {
        let mut table = UserTable::default();
        for number in 1..=users {
            let account = table.insert(new(number)).unwrap();
            assert_eq!(account.user.id, UserId(number));
        }
        table
    }

    fn new(number: i64) -> NewUser {
        NewUser {
            email: address(number),
            password_hash: PasswordHash::dummy(Cost::default()),
            is_admin: number % 3 == 0,
            disabled: number % 5 == 0,
            created_at: number,
        }
    }

    fn is_there(table: &UserTable, number: i64) -> bool {
        let (id, expected) = (UserId(number), new(number));
        let account = table.account(id);
        assert_eq!(table.standing(id), account.clone().map(Standing::from));
        let Some(account) = account else { return false };
        assert_eq!(table.by_email(&expected.email), Some(id));
        assert_eq!(account.user.email, expected.email);
        assert_eq!(account.user.is_admin, expected.is_admin);
        assert_eq!(account.password_hash, expected.password_hash);
        assert_eq!((account.disabled, account.created_at), (expected.disabled, number));
        true
    }

    #[test]
    fn every_user_is_found_while_others_come_and_go() {
        let mut table = table(1000);
        for number in (1..=1000).filter(|number| number % 7 != 0) {
            table.remove(UserId(number)).unwrap();
            assert_eq!(table.remove(UserId(number)), None);
            assert_eq!(table.log_in(UserId(number), 1), None);
            assert_eq!(table.by_email(&address(number)), None);
        }
        for number in 1001..=2000 {
            table.insert(new(number)).unwrap();
        }
        for number in -1..2002 {
            let expected = matches!(number, 1..=2000) && (number % 7 == 0 || number > 1000);
            assert_eq!(is_there(&table, number), expected, "{number}");
        }
        assert_eq!(table.above(UserId(-5)).count(), 142 + 1000);
        assert_eq!(table.by_email.len(), 142 + 1000);
        let ids: Vec<_> =
            table.above(UserId(987)).take(3).map(|account| account.user.id.0).collect();
        assert_eq!(ids, [994, 1001, 1002]);
        assert_eq!(table.above(UserId(i64::MAX)).next(), None);
    }

    #[test]
    fn an_address_that_is_free_again_is_another_users() {
        let mut table = table(3);
        table.remove(UserId(3)).unwrap();
        let again = NewUser { email: address(3), ..new(4) };
        assert_eq!(table.insert(again.clone()).unwrap().user.id, UserId(4));
        assert_eq!(table.by_email(&address(3)), Some(UserId(4)));
        assert_eq!(table.account(UserId(3)), None);
        assert!(matches!(table.insert(again), Err(StoreError::EmailTaken)));
    }

    #[test]
    fn any_kind_of_hash_takes_the_place_of_any_other() {
        let mut table = table(40);
        let mut expected = table.account(UserId(20)).unwrap();
        for (number, text) in (1..).zip([
            "$2b$05$zXErg55ujpvT.uHOfM3Bae5ZJr1cbMV4P3lLySOKEEBUE1m8kLj1O",
            "$argon2id$v=19$m=64,t=3,p=4$bhN2mjQGO+lCvSpa1yYRYA$ftoEkuLhS2+YR2GOA7+hIIyOcnH2PwrIyJLL/KO74Ss",
            "argon2$argon2i$v=16$m=64,t=1,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlA",
            "scrypt$1024$salt$4$2$9KBMWmJ84LVTTNIKnh4Vyw==",
            "pbkdf2_sha1$3000$qQ3jWpZ7bGUKJWOY49UxA5$N0jPQ0hN+2hH04ezdHCG4t79LYU=",
            &format!("pbkdf2_sha1$3000${}$N0jPQ0hN+2hH04ezdHCG4t79LYU=", "x".repeat(466)),
        ]) {
            expected.password_hash = PasswordHash::parse(text).unwrap();
            (expected.changed_at, expected.tokens_void_until) = (i64::MAX, -number);
            table.put(&expected);
            assert_eq!(table.account(UserId(20)), Some(expected.clone()));
            table.log_in(UserId(20), number).unwrap();
            expected.last_login_at = Some(number);
            assert_eq!(table.account(UserId(20)), Some(expected.clone()));
            for other in (1..20).chain(21..=40) {
                assert!(is_there(&table, other), "{other}");
            }
        }
    }

    #[test]
    fn ids_that_have_run_out_are_no_taken_address() {
        let mut table = table(1);
        table.given = u32::MAX;
        assert!(matches!(table.insert(new(2)), Err(StoreError::Unavailable(_))));
        assert_eq!(table.by_email(&address(2)), None);
    }

    #[test]
    fn debug_shows_nothing_of_a_user() {
        assert_eq!(format!("{:?}", table(2)), "UserTable { given: 2, .. }");
    }
}

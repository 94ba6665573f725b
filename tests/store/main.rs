//! The promises of the stores: one text, held against each of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

mod users;

use countersign::store::memory::MemoryStore;

/// Writes each promise down as a test for each store.
macro_rules! promises {
    ($($promise:ident),+ $(,)?) => {
        mod memory {
            $(
                #[tokio::test]
                async fn $promise() {
                    super::users::$promise(super::MemoryStore::new()).await;
                }
            )+
        }
    };
}

promises![
    a_new_user_is_found_by_id_and_by_email,
    a_user_who_is_not_there_is_none,
    a_taken_address_is_refused_and_nothing_changes,
    ids_count_up_and_are_never_given_again,
    a_removed_user_is_gone_and_their_address_is_free,
    of_racing_inserts_of_one_address_exactly_one_wins,
    racing_inserts_of_many_addresses_get_different_ids,
];

//! The promises of the stores: one text, held against each of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

mod databases;
mod properties;
mod sql;
mod users;

/// Writes each promise down as a test for each store.
macro_rules! promises {
    ($($promise:ident),+ $(,)?) => {
        mod memory {
            $(
                #[tokio::test]
                async fn $promise() {
                    crate::users::$promise(countersign::store::memory::MemoryStore::new()).await;
                }
            )+
        }

        mod sqlite {
            $(
                #[tokio::test]
                async fn $promise() {
                    let database = crate::databases::sqlite();
                    crate::users::$promise(database.store().await).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $promise() {
                    let Some(database) = crate::databases::postgres().await else { return };
                    crate::users::$promise(database.store().await).await;
                    database.remove().await;
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
    many_are_inserted_in_one_step_but_for_those_whose_address_is_taken,
    a_change_changes_what_it_names_and_nothing_else,
    a_change_that_expects_another_hash_changes_nothing,
    of_racing_changes_that_expect_one_hash_exactly_one_wins,
    voided_tokens_stay_void,
    pages_are_by_rising_id_and_end,
    it_answers_a_ping,
];

//! The promises of the stores: one text, held against each of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

mod cached;
mod databases;
mod invalidation;
mod properties;
mod sessions;
mod sql;
mod tables;
mod users;

/// Writes each promise down as a test for each store.
macro_rules! promises {
    ($($about:ident: [$($promise:ident),+ $(,)?]),+ $(,)?) => {
        mod memory {
            $($(
                #[tokio::test]
                async fn $promise() {
                    crate::$about::$promise(countersign::store::memory::MemoryStore::new()).await;
                }
            )+)+
        }

        mod sqlite {
            $($(
                #[tokio::test]
                async fn $promise() {
                    let database = crate::databases::sqlite();
                    crate::$about::$promise(database.store().await).await;
                }
            )+)+
        }

        mod cached_sqlite {
            $($(
                #[tokio::test]
                async fn $promise() {
                    let database = crate::databases::sqlite();
                    let store = crate::cached::cached(database.store().await);
                    crate::$about::$promise(store).await;
                }
            )+)+
        }

        mod postgres {
            $($(
                #[tokio::test]
                async fn $promise() {
                    let Some(database) = crate::databases::postgres().await else { return };
                    crate::$about::$promise(database.store().await).await;
                    database.remove().await;
                }
            )+)+
        }
    };
}

promises! {
    users: [
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
        operator_revokes_tokens_up_to_now,
        pages_are_by_rising_id_and_end,
        what_was_changed_here_is_recent_at_once,
        it_answers_a_ping,
    ],
    sessions: [
        a_session_is_kept_and_its_user_has_logged_in,
        a_new_user_and_their_session_come_together_or_not_at_all,
        no_session_is_opened_for_who_may_not_log_in,
        the_current_token_advances_the_session,
        a_session_is_over_when_nobody_has_used_it_and_when_its_time_has_come,
        the_token_before_gives_the_same_successor_for_a_while,
        the_token_before_is_theft_when_the_grace_has_passed,
        the_token_before_is_theft_when_its_successor_has_been_used,
        a_token_that_is_yet_to_come_is_unknown_and_ends_nothing,
        racing_refreshes_of_one_token_get_one_successor,
        an_ended_session_is_gone_and_others_are_not,
        sessions_are_listed_with_the_last_used_first,
        voiding_disabling_and_removing_end_the_sessions,
        another_change_ends_no_session,
        password_change_revokes_all_and_opens_one_session,
        what_a_user_does_depends_on_token_status_and_password,
        acts_that_race_with_a_logout_come_before_it_or_not_at_all,
        no_session_survives_a_voiding_that_it_races_with,
        what_is_over_is_forgotten_by_and_by,
        what_became_of_a_session_here_is_recent_at_once,
    ],
}

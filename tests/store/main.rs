//! The contract of a store: one suite, run against every store.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

mod administration;
mod audit;
mod cache;
mod callers;
mod databases;
mod failures;
mod mails;
mod one_time_tokens;
mod portions;
mod properties;
mod rotation;
mod sessions;
mod sql;
mod support;
mod tables;
mod users;

/// Makes each function a test of each store.
macro_rules! contract {
    ($($about:ident: [$($test:ident),+ $(,)?]),+ $(,)?) => {
        mod memory {
            $($(
                #[tokio::test]
                async fn $test() {
                    crate::$about::$test(countersign::store::memory::MemoryStore::new()).await;
                }
            )+)+
        }

        mod sqlite {
            $($(
                #[tokio::test]
                async fn $test() {
                    let database = crate::databases::sqlite();
                    crate::$about::$test(database.store().await).await;
                }
            )+)+
        }

        mod postgres {
            $($(
                #[tokio::test]
                async fn $test() {
                    let Some(database) = crate::databases::postgres().await else { return };
                    crate::$about::$test(database.store().await).await;
                    database.remove().await;
                }
            )+)+
        }
    };
}

contract! {
    users: [
        inserted_user_is_found_by_id_and_by_address,
        unknown_user_is_not_found,
        taken_address_is_a_conflict_and_changes_nothing,
        aborted_insert_changes_nothing,
        ids_ascend_and_are_never_reused,
        deleted_user_is_not_found_and_the_address_is_free,
        one_of_racing_inserts_of_one_address_succeeds,
        racing_inserts_get_different_ids,
        insert_many_skips_taken_addresses,
        command_changes_its_fields_and_no_others,
        rehash_of_another_hash_changes_nothing,
        one_of_racing_rehashes_succeeds,
        operator_revokes_tokens_up_to_now,
        pages_ascend_by_id_and_end,
        ping_succeeds,
    ],
    sessions: [
        opened_session_is_stored_with_the_time_of_the_login,
        used_session_is_extended_up_to_its_absolute_expiry,
        user_and_first_session_are_inserted_together,
        session_is_not_opened_for_a_changed_account,
        aborted_login_changes_nothing,
        one_session_over_the_limit_ends_the_least_recently_used,
        ended_session_does_not_exist_and_others_do,
        sessions_are_listed_by_last_use,
        disabling_enabling_deleting_and_setting_a_password_end_all_sessions,
        set_admin_and_rehash_end_no_session,
        password_change_revokes_all_and_opens_one_session,
        deletion_depends_on_token_status_and_password,
        command_that_races_with_a_logout_precedes_it_or_fails,
        no_session_survives_a_racing_revocation,
        expired_sessions_are_deleted_with_logins,
    ],
    rotation: [
        current_token_is_rotated,
        expired_session_is_not_rotated,
        parent_within_the_grace_gets_the_same_successor,
        parent_after_the_grace_gets_a_new_successor,
        replaced_successor_is_reuse,
        without_a_grace_a_parent_gets_a_new_successor_at_once,
        parent_of_a_used_token_is_reuse,
        token_of_a_later_generation_is_not_found_and_ends_nothing,
        token_of_a_negative_generation_is_reuse,
        aborted_rotation_changes_nothing,
        racing_rotations_of_one_token_issue_one_successor,
        third_retry_in_a_row_by_another_client_is_reuse,
        thief_who_follows_each_rotation_is_found_at_the_third,
        rotation_without_a_foreign_retry_resets_the_count,
        retries_from_one_ipv6_network_are_not_foreign,
        ended_session_is_not_rotated,
    ],
    administration: [
        users_are_found_by_a_part_of_their_address,
        change_has_its_members_and_no_others,
        change_of_nothing_is_none,
        other_address_is_unverified_and_can_be_taken,
        merged_metadata_is_bounded,
        last_administrator_is_protected,
        racing_administrators_leave_one,
        authority_of_an_administrator_is_checked,
        operator_ends_one_session_or_all,
    ],
    callers: [
        caller_is_resolved_with_status_and_session,
        changed_user_is_resolved_at_once,
        changed_session_is_resolved_at_once,
        reuse_and_own_changes_are_resolved_at_once,
    ],
    audit: [
        event_is_stored_as_it_was_appended,
        events_are_found_by_user_time_and_page,
        effects_are_stored_with_their_change,
        change_that_is_not_made_has_no_effects,
    ],
    mails: [
        mail_is_stored_with_its_change_and_taken_once,
        change_that_is_not_made_sends_no_mail,
        outcome_of_an_attempt_is_stored,
        mails_are_listed_by_recipient_id_and_page,
        recipient_gets_a_limited_number_of_mails_of_a_kind,
        racing_instances_take_each_mail_once,
        old_mails_are_deleted_unless_they_are_queued,
    ],
    one_time_tokens: [
        token_is_used_once_until_it_expires,
        token_is_bound_to_purpose_user_password_and_address,
        later_token_replaces_the_one_before_unless_it_undoes_a_change,
        token_is_not_issued_for_an_account_that_has_changed,
        new_password_ends_all_sessions_and_opens_one,
        address_that_is_taken_is_a_conflict_and_changes_nothing,
        changed_address_is_found_and_the_old_one_is_free,
        aborted_redemption_changes_nothing,
        one_of_racing_redemptions_succeeds,
    ],
}

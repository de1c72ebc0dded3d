//! The behaviour that every ledger must show, as checks on the trait.
//!
//! `ledger_suite!` turns them into tests of one ledger; each check gets a new, empty one.
//!
//! Invariant: a check knows a ledger only by [`crate::store::Ledger`], and the rules only
//! by its own words, never by [`crate::transition`].

mod audits;
mod knowledge;
mod lives;
pub mod sample;
mod starts;
pub(crate) mod whole;

pub use self::audits::*;
pub use self::knowledge::*;
pub use self::lives::*;
pub use self::starts::*;

/// Tests a ledger. The expression makes a new one, with whatever must live as long.
#[macro_export]
macro_rules! ledger_suite {
    ($fresh:expr) => {
        $crate::ledger_suite! { @tests $fresh;
            a_new_ledger_is_clean_and_empty
            an_end_without_closing_is_unclean
            the_last_token_of_an_account_is_kept
            a_consent_is_kept_as_it_was_last_told
            another_key_changes_what_is_sealed_and_nothing_else
            a_filed_record_replaces_its_namesake_in_its_drawer_only
            allowances_survive_every_end
            a_restart_finds_what_is_unfinished
            a_request_stays_unfinished_until_each_night_is_final
            a_plan_applies_once
            runs_are_listed_newest_first
            a_run_needs_a_later_number
            a_refused_batch_leaves_no_trace
            an_operation_sees_those_before_it_in_its_batch
            steps_are_taken_as_the_table_says
            a_refusal_names_request_and_states
            a_job_keeps_its_name
            a_repeated_departure_keeps_the_last_time
            a_returned_request_never_left
            an_answer_is_kept_word_by_word
            numbers_are_never_used_again
            a_request_is_planned_fresh_and_in_a_known_run
            a_request_is_only_superseded_by_a_later_one
            a_later_outcome_replaces_the_same_nights
            outcomes_need_their_request_and_their_nights
            a_covered_sighting_is_forgotten
            a_push_does_not_hide_an_equally_old_read
            a_sighting_that_knows_less_hides_nothing
            sightings_come_oldest_first
            wishes_are_laid_over_older_ones
            every_operation_about_credentials_leaves_its_line
            a_consents_life_is_told_by_what_changed
            a_file_is_told_when_it_changes_and_only_then
            a_cut_off_process_is_told_by_the_next_one
            a_refused_batch_leaves_no_line
            a_person_is_one_pseudonym_until_the_name_is_erased
            only_what_is_in_the_trail_is_signed
            lines_are_dropped_up_to_a_checkpoint_and_the_rest_still_holds
        }
    };
    (@tests $fresh:expr; $($check:ident)*) => {$(
        #[tokio::test]
        async fn $check() {
            let (ledger, _keep) = $fresh;
            $crate::suite::$check(&ledger).await.unwrap();
        }
    )*};
}

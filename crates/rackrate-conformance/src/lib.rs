//! The adapter specification as checks that run on any adapter.
//!
//! An adapter's crate describes itself as a [`Vendor`] and writes one line,
//! [`suite!`]; it then has a test for each clause of `docs/adapter-spec.md`. What a vendor
//! does on its wire stays with the adapter's own tests.
//!
//! A broken MUST fails its test; a broken SHOULD is told and passes.
//!
//! Invariant: a clause that cannot be checked says why. It is never counted as kept, and a
//! suite in which none was kept fails.

mod allowance;
mod alone;
mod answers;
mod cells;
mod clause;
mod configuration;
mod conversation;
mod credentials;
mod desk;
mod fleet;
mod keys;
mod limits;
mod money;
mod nights;
mod noted;
mod paging;
mod parse;
mod restrictions;
mod rush;
mod shapes;
mod strange;
mod vendor;

pub use clause::{CLAUSES, Clause, Level, Outcome, assert_kept, assert_some_kept};
pub use vendor::{Golden, Meaning, Portfolio, Price, Stage, Vendor, Written};

/// Gives an adapter a test for each clause. The argument is an expression that makes its
/// [`Vendor`].
///
/// ```text
/// rackrate_conformance::suite!(acme::vendor());
/// ```
#[macro_export]
macro_rules! suite {
    ($vendor:expr) => {
        $crate::suite!(@each $vendor,
            c1_an_unknown_setting_is_refused "C1"
            c2_a_wildcard_scope_is_refused "C2"
            c3_plain_http_to_another_machine_is_refused "C3"
            c4_scopes_go_by_operation "C4"
            a1_requests_go_to_declared_addresses_only "A1"
            a2_no_secret_is_in_an_address_or_printed "A2"
            a3_a_token_is_not_sent_to_the_token_endpoint "A3"
            a4_a_missing_secret_is_named "A4"
            a5_codes_and_refresh_tokens_go_to_the_token_endpoint_only "A5"
            s1_a_chunk_over_the_shape_is_never_built "S1"
            s2_a_chunk_that_is_no_push_is_never_built "S2"
            s3_every_row_is_in_the_request_once "S3"
            s4_only_pushes_change_anything "S4"
            t1_each_restriction_is_set_left_and_cleared "T1"
            t2_a_restriction_it_does_not_list_is_refused "T2"
            t3_prices_and_restrictions_that_travel_apart_do_not_mix "T3"
            t4_what_a_row_leaves_alone_stays "T4"
            n1_a_write_without_the_note_it_needs_is_refused "N1"
            n2_a_note_that_it_cannot_read_is_refused "N2"
            p1_a_good_answer_is_understood "P1"
            p2_a_failure_under_a_good_status_is_no_success "P2"
            p3_a_cut_answer_is_no_success "P3"
            p4_no_answer_makes_a_parser_panic "P4"
            p5_a_refusing_status_is_no_success "P5"
            p6_what_may_have_been_done_is_not_refused "P6"
            m1_amounts_are_written_exactly "M1"
            m2_amounts_are_read_exactly_or_not_at_all "M2"
            r1_paging_ends "R1"
            r2_every_price_is_read_once "R2"
            r3_half_a_page_tells_nothing "R3"
            j1_an_unknown_job_state_is_running "J1"
            i1_a_key_marks_its_write_and_nothing_else "I1"
            i2_a_repeated_key_applies_once "I2"
            l1_every_charge_names_a_quota "L1"
            l2_a_throttle_keeps_the_vendors_wait "L2"
            l3_each_allowance_is_dated "L3"
            l4_within_the_charges_nothing_is_throttled "L4"
            l5_beyond_an_allowance_the_vendor_throttles "L5"
            v1_what_is_pushed_is_read_back "V1"
            v2_a_revoked_token_is_seen_and_replaced "V2"
            v3_a_restart_keeps_the_simulators_state "V3"
        );
    };
    (@each $vendor:expr, $($name:ident $id:literal)*) => {
        $(
            #[test]
            fn $name() {
                $crate::assert_kept($id, &$vendor);
            }
        )*

        #[test]
        fn some_clause_is_kept_and_all_are_asked_for() {
            $crate::assert_some_kept(&[$($id),*], &$vendor);
        }
    };
}

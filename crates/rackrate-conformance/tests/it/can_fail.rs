//! For each clause an adapter that breaks it, and is found out; and one that keeps it.

use rackrate_conformance::{CLAUSES, Level, Outcome, Vendor, assert_kept};
use rackrate_core::exchange::{Operation, Response};

use crate::faulty::{Fault, Form, built, vendor};

/// The sample with an adapter of that form and fault.
macro_rules! with {
    ($form:ident, $fault:ident) => {
        Vendor {
            build: |config| built(config, Form::$form, Fault::$fault),
            ..vendor(Form::$form)
        }
    };
}

macro_rules! found_out {
    ($($name:ident: $form:ident $fault:ident breaks $id:literal saying $words:literal;)*) => {$(
        #[test]
        fn $name() {
            let good = check($id, &with!($form, None));
            assert_eq!(good, Outcome::Kept);
            match check($id, &with!($form, $fault)) {
                Outcome::Broken(text) => assert!(text.contains($words), "{text}"),
                other => panic!("{other:?}"),
            }
        }
    )*};
}

fn check(id: &str, vendor: &Vendor) -> Outcome {
    let clause = CLAUSES.iter().find(|clause| clause.id == id);
    clause.unwrap().check(vendor)
}

found_out! {
    a_restriction_lost: Plain DropsRestrictions breaks "T1" saying "min_stay_arrival: it was set";
    a_clear_lost: Plain DropsClears breaks "T1" saying "cleared";
    a_price_spoilt_by_a_restriction: Plain ForgetsPricesWithRestrictions breaks "T1" saying "price";
    a_restriction_lost_apart: Apart DropsClears breaks "T1" saying "cleared";
    an_unlisted_restriction_dropped: Plain DropsUnlisted breaks "T2" saying "min_stay_through";
    an_unlisted_restriction_dropped_apart: Apart DropsUnlisted breaks "T2" saying "restrictions";
    a_restriction_taken_among_prices: Apart MixesRestrictionsIn breaks "T3" saying "among prices";
    a_price_taken_among_restrictions: Apart MixesPricesIn breaks "T3" saying "among restrictions";
    a_restriction_lifted_by_a_price: Plain ClearsWithPrices breaks "T4" saying "min_stay_arrival None";
    a_neighbour_changed: Plain SpillsOver breaks "T4" saying "for 2 is";
    a_write_without_its_note: Noted BuildsWithoutNote breaks "N1" saying "without its note";
    a_note_of_somebody_else_ignored: Noted IgnoresOddNotes breaks "N2" saying "was taken";
    a_range_cut_to_fit: Plain CutsLongRanges breaks "S1" saying "too many nights";
    a_span_built_beyond_the_shape: Short BuildsLongSpans breaks "S1" saying "too long a span";
    an_allowance_counted_by_the_wrong_thing: Plain CountsByConnection breaks "L4" saying "too fast";
    an_allowance_stated_too_high: Plain StatesTooMuch breaks "L4" saying "too fast";
    an_allowance_stated_too_low: Plain StatesTooLittle breaks "L5" saying "nobody minds";
    an_allowance_without_a_date: Plain ForgetsTheDate breaks "L3" saying "no year";
    plain_http_taken: Plain TakesPlainHttp breaks "C3" saying "plain http";
}

#[test]
fn notes_that_a_read_leaves_reach_the_write() {
    assert_eq!(check("T1", &with!(Noted, None)), Outcome::Kept);
}

#[test]
fn a_list_of_hotels_without_an_end_is_found_out() {
    let (operation, page) = (
        Operation::Discover,
        include_bytes!("../../../../examples/acme/fixtures/hotels.json"),
    );
    let vendor = Vendor {
        first_pages: vec![(operation, Response::new(200, page.as_slice()))],
        ..with!(Plain, ListsForEver)
    };
    assert!(matches!(check("R1", &vendor), Outcome::Broken(text) if text.contains("for ever")));
}

#[test]
fn pages_of_a_job_without_an_end_are_found_out() {
    let first_pages = || vec![(Operation::Poll, Response::new(200, "{}"))];
    let good = Vendor {
        first_pages: first_pages(),
        ..with!(Jobs, None)
    };
    assert_eq!(check("R1", &good), Outcome::Kept);
    let bad = Vendor {
        first_pages: first_pages(),
        ..with!(Jobs, PollsForEver)
    };
    assert!(matches!(check("R1", &bad), Outcome::Broken(text) if text.contains("for ever")));
}

#[test]
fn what_is_only_advised_is_told_and_passes() {
    let vendor = with!(Plain, ForgetsTheDate);
    let clause = CLAUSES.iter().find(|clause| clause.id == "L3").unwrap();
    assert_eq!(clause.level, Level::Should);
    assert_kept("L3", &vendor);
}

#[test]
#[should_panic(expected = "T2 is broken")]
fn what_is_demanded_fails_its_test() {
    assert_kept("T2", &with!(Plain, DropsUnlisted));
}

#[test]
fn scopes_that_are_too_many_or_too_few_are_found_out() {
    for (vendor, words) in [
        (with!(Plain, AsksForGuests), "more than rates"),
        (with!(Plain, AsksToWrite), "who only looks"),
        (with!(Plain, AsksTooLittle), "not asked for"),
    ] {
        let outcome = check("C4", &vendor);
        assert!(
            matches!(&outcome, Outcome::Broken(text) if text.contains(words)),
            "{words}: {outcome:?}"
        );
    }
}

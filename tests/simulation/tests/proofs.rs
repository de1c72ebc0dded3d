//! What must hold, as tests: seeds over all vendors, allowances, and tokens that die.

use rackrate_simulation::limits;
use rackrate_simulation::revocation::Cost;
use rackrate_simulation::tally::Plan;

#[test]
fn nothing_is_lost_doubled_or_reordered_over_two_hundred_seeds() {
    let vendors: Vec<_> = rackrate_catalog::VENDORS
        .iter()
        .map(|entry| entry.id)
        .collect();
    let plan = Plan {
        seeds: 200,
        first: false,
        vendors: &vendors,
    };
    let tally = plan.play(|_, _| {});
    let failed = tally.failed.iter();
    let lines: Vec<_> = failed
        .map(|(seed, why)| format!("seed {seed}: {why}\n  replay: {}", plan.replay(*seed)))
        .collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
    assert!(tally.counts().all(|(_, count)| count == 0), "{tally}");
}

#[test]
fn a_property_is_written_as_fast_as_its_allowance_lets_it() {
    let measured = limits::one_property(1).unwrap();
    assert!(measured.is_kept(), "{}\n{measured}", limits::HEADING);
}

#[test]
fn forty_properties_share_one_allowance_without_exceeding_it() {
    let measured = limits::shared(1).unwrap();
    assert!(measured.is_kept(), "{}\n{measured}", limits::HEADING);
}

#[test]
fn tokens_that_die_under_all_attempts_cost_one_token_request_and_nothing_else() {
    let cost = Cost::of(1).unwrap();
    assert!(cost.is_kept(), "{cost}");
}

//! The simulator's record is honest, and survives a restart.

use bytes::Bytes;
use rackrate_core::money::Minor;
use rackrate_core::simulator::Control;

use crate::support::*;
use crate::vendor::{at, seed_for, still};

#[test]
fn the_same_wish_under_a_new_key_is_doubled_but_there_and_back_is_not() {
    let doubled = |steps: &[(u64, &str)]| {
        let mut desk = Desk::signed_in(still(2));
        for (price, key) in steps {
            assert!(desk.push(&at(*price), key).is_success());
            desk.wait_millis(2_500);
        }
        desk.server.record().doubled
    };
    assert_eq!(doubled(&[(100, "1"), (100, "2")]), 1);
    assert_eq!(doubled(&[(100, "1"), (100, "1")]), 0);
    assert_eq!(doubled(&[(100, "1"), (200, "2"), (100, "3")]), 0);
    assert_eq!(
        doubled(&[(100, "1"), (200, "2"), (100, "3"), (100, "4")]),
        1
    );
}

#[test]
fn a_wish_repeated_after_a_change_by_hand_is_not_doubled() {
    let mut desk = Desk::signed_in(still(2));
    desk.push(&at(100), "1");
    desk.wait_millis(2_500);
    let mut by_hand = desk.server.held()[0].clone();
    by_hand.price = Some(Minor(999));
    desk.server.control(&Control::SetPrice(by_hand), desk.now);
    desk.push(&at(100), "2");
    desk.wait_millis(2_500);
    let record = desk.server.record();
    assert_eq!((record.applied, record.doubled), (2, 0));
    let prices: Vec<_> = record
        .changes
        .iter()
        .map(|change| (change.write, change.price))
        .collect();
    assert_eq!(
        prices,
        [
            (1, Some(Minor(100))),
            (0, Some(Minor(999))),
            (2, Some(Minor(100)))
        ]
    );
}

#[test]
fn a_batch_during_a_job_overlaps_and_its_replay_does_not() {
    let mut desk = Desk::signed_in(still(seed_for(202)));
    desk.push(&at(100), "1");
    desk.push(&at(100), "1");
    assert_eq!(desk.server.record().overlaps, 0);
    desk.push(&at(200), "2");
    assert_eq!(desk.server.record().overlaps, 1);
}

#[test]
fn a_job_nobody_asks_for_is_noted_when_it_is_gone() {
    let mut desk = Desk::signed_in(still(seed_for(202)));
    desk.push(&example(), "1");
    let due = desk.server.next().unwrap();
    desk.server.advance(due);
    assert_eq!(
        (desk.server.next(), desk.server.record().applied),
        (None, 1)
    );
    assert_eq!(desk.server.record().unpolled_jobs, 0);
    desk.wait_millis(25 * 3_600_000);
    assert_eq!(desk.server.record().unpolled_jobs, 1);
}

#[test]
fn tokens_asked_for_at_once_are_counted() {
    let mut desk = Desk::new(setup(1));
    let request = || {
        http::Request::post("https://pms.test/oauth/token")
            .body(Bytes::new())
            .unwrap()
    };
    for number in [900, 901] {
        desk.server.arrive(number, request(), desk.now);
    }
    desk.wait_millis(200);
    desk.server.arrive(902, request(), desk.now);
    assert_eq!(desk.server.record().tokens_at_once, 2);
}

#[test]
fn what_must_survive_a_restart_does() {
    let status = 202;
    let mut desk = Desk::signed_in(still(seed_for(status)));
    let first = desk.push(&example(), "1");
    let saved = desk.server.save();
    let mut setup = still(seed_for(status));
    setup.epoch = setup.epoch.after(std::time::Duration::from_secs(10));
    setup.saved = Some(saved.clone());
    let mut restarted = Desk::new(setup);
    assert_eq!(restarted.server.save(), saved);
    restarted.sign_in();
    let again = restarted.push(&example(), "1");
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(first.body, again.body);
    assert_eq!(restarted.server.held().len(), 1, "the job went on");
    let record = restarted.server.record();
    assert_eq!((record.pushes, record.applied, record.replays), (2, 1, 1));
    restarted.push(&at(6_800), "2");
    let new = text(&restarted.push(&at(1), "3"));
    assert_ne!(new, text(&first), "no job's name comes twice");
}

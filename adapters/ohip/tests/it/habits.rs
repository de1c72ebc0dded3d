//! What the documents leave open, and a vendor may do one way or the other.

use rackrate_core::adapter::Adapter;
use rackrate_core::chunk::Chunk;
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::Operation;
use rackrate_core::ids::Ids;
use rackrate_core::jobs::JobState;
use rackrate_core::rules::Rules;

use crate::support::*;

#[test]
fn good_rows_apply_though_others_fail() {
    let (adapter, mut world) = world(1);
    let unknown = row(ids("XXX", "MYDAILY"), DATE, DATE, &[(2, 100)], Rules::LEAVE);
    let mut chunk = priced(DATE, &[(2, 10_000)]);
    chunk.rows.push(unknown);
    let receipt = world.write(&adapter, &chunk);
    assert_eq!((receipt.refused.len(), receipt.unattributed.len()), (0, 1));
    assert_eq!(receipt.unattributed[0].code, "RTP00012");
    let seen = world.read(&adapter, &ask(DATE, DATE));
    assert_eq!(seen.price(&dlx(), 2, DATE), price(10_000));
    assert_eq!(world.vendor.record().refused_rows, 1);
}

#[test]
fn locked_seasonal_and_cheap_plans_refuse_their_rows() {
    for (switch, value, code) in [
        ("locked", "MYDAILY", "RTP00032"),
        ("seasonal", "MYDAILY", "RTP00031"),
        ("floor", "MYDAILY=100.01", "RTP00033"),
    ] {
        let (adapter, mut world) = world(1);
        world.switch(switch, value);
        let receipt = world.write(&adapter, &priced(DATE, &[(2, 10_000)]));
        assert_eq!(receipt.unattributed[0].code, code);
        assert!(world.vendor.held().is_empty());
    }
}

#[test]
fn a_vendor_that_ignores_a_row_in_silence_is_found_out_by_reading() {
    let (adapter, mut world) = world(1);
    world.switch("seasonal", "MYDAILY");
    world.switch("silent_seasonal", "on");
    let receipt = world.write(&adapter, &priced(DATE, &[(2, 10_000)]));
    assert!(receipt.unattributed.is_empty());
    let seen = world.read(&adapter, &ask(DATE, DATE));
    assert_eq!(seen.price(&dlx(), 2, DATE), None);
}

#[test]
fn jobs_can_fail_never_end_or_lose_their_result() {
    for (switch, value) in [
        ("jobs", "invalid"),
        ("jobs", "forever"),
        ("result", "no_content"),
    ] {
        let (adapter, mut world) = world(1);
        world.switch(switch, value);
        let chunk = priced(DATE, &[(2, 10_000)]);
        let job = world.start(&adapter, &chunk).unwrap();
        world.wait(600);
        let state = world.poll(&adapter, &chunk, &job);
        let expected = match value {
            "invalid" => matches!(state, JobState::Failed(_)),
            "forever" => matches!(state, JobState::Running { .. }),
            _ => state == JobState::Gone,
        };
        assert!(expected, "{value}: {state:?}");
    }
}

#[test]
fn what_else_a_night_holds_survives_a_vendor_that_clears_what_is_left_out() {
    let (adapter, mut world) = world(1);
    world.switch("left_out", "clear");
    let body = r#"{"dailyRatePlanSchedule":[{"rateAmounts":{"onePersonRate":90,"twoPersonRate":100,"extraPersonRate":30},"rateDate":"2027-02-27","ratePlanCode":"MYDAILY","roomType":"DLX"}]}"#;
    let mut by_hand = adapter.push(&priced(DATE, &[(2, 10_000)])).unwrap();
    by_hand.body = rackrate_core::exchange::Body::Json(body.into());
    world.send(&adapter, by_hand);
    world.wait(60);
    let seen = world.read(&adapter, &ask(DATE, DATE));
    let chunk = priced(DATE, &[(2, 11_000)]);
    let target = std::sync::Arc::new(seen.notes.attach(&chunk.target, &chunk.rows));
    world.write(&adapter, &Chunk { target, ..chunk });
    let seen = world.read(&adapter, &ask(DATE, DATE));
    assert_eq!(seen.price(&dlx(), 1, DATE), price(9_000));
    assert_eq!(seen.price(&dlx(), 2, DATE), price(11_000));
    let target = seen
        .notes
        .attach(&target_of("HTL1"), &priced(DATE, &[]).rows);
    assert!(
        target
            .note(&dlx(), night(DATE))
            .unwrap()
            .contains("extraPersonRate")
    );
}

#[test]
fn an_unknown_external_system_is_told_as_a_wrong_setting() {
    let (adapter, mut world) = world(1);
    world.switch("external_system", "OTHER");
    let error = world
        .start(&adapter, &priced(DATE, &[(2, 10_000)]))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misconfigured);
    assert!(error.text().contains("external system"));
}

#[test]
fn a_result_that_nobody_fetches_is_thrown_away() {
    let (adapter, mut world) = world(1);
    world
        .start(&adapter, &priced(DATE, &[(2, 10_000)]))
        .unwrap();
    world.wait(25 * 3600);
    assert_eq!(world.vendor.record().unpolled_jobs, 1);
}

#[test]
fn two_hundred_rows_are_one_job_and_their_pages_are_all_read() {
    let adapter = ohip();
    for (rows, pages) in [("separate", 2), ("merged", 2)] {
        let mut world = World::new(&adapter, setup(5));
        world.switch("rows", rows);
        let first = night("2027-01-01");
        for part in 0..4_i32 {
            let both = [dlx(), ids("STD", "MYDAILY")];
            let each = |(at, ids): (i32, &Ids)| {
                let mut rows = Vec::new();
                for day in 0..90 {
                    let minor = 10_000 + u64::from(part.unsigned_abs()) * 100 + day;
                    let date = first.plus(part * 90 + i32::try_from(day).unwrap());
                    let date = date.to_string();
                    let price = (2, minor * 2 + u64::from(at.unsigned_abs()));
                    rows.push(row(ids.clone(), &date, &date, &[price], Rules::LEAVE));
                }
                rows
            };
            let rows: Vec<_> = (0..).zip(&both).flat_map(each).collect();
            let receipt = world.write(&adapter, &chunk(Operation::Push, rows));
            assert!(receipt.unattributed.is_empty());
        }
        let before = world.vendor.record().calls;
        let seen = world.read(&adapter, &ask("2027-01-01", "2027-12-26"));
        // Two pages of the daily plan, one of the computed one, and four of restrictions.
        assert_eq!(
            world.vendor.record().calls - before,
            pages + 1 + 4,
            "{rows}"
        );
        let own = seen.prices.iter().filter(|one| one.0 != ids("DLX", "NRF"));
        assert_eq!(own.count(), 720);
    }
}

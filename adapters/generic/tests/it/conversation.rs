//! The adapter talks to the simulator, from the token to the price read back.

use rackrate_core::adapter::{Adapter, Carry, Discovery, Step, Submission};
use rackrate_core::chunk::Chunk;
use rackrate_core::exchange::Response;
use rackrate_core::jobs::JobState;
use rackrate_core::money::Minor;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::series::Seen;

use crate::support::*;

/// Pushes, polls until the end, and returns what was refused.
fn write(desk: &mut Desk, chunk: &Chunk, key: &str) -> usize {
    let answer = desk.push(chunk, key);
    match adapter().parse_push(chunk, &answer).unwrap() {
        Submission::Answered(receipt) => receipt.refused.len(),
        Submission::Queued(job) => loop {
            desk.wait_millis(500);
            let answer = desk.send(adapter().jobs().unwrap().poll(chunk, &job).unwrap());
            match state(chunk, &job, &answer) {
                JobState::Running { .. } => {}
                JobState::Finished(receipt) => return receipt.refused.len(),
                other => panic!("{other:?}"),
            }
        },
    }
}

fn state(chunk: &Chunk, job: &rackrate_core::ids::JobRef, answer: &Response) -> JobState {
    let adapter = adapter();
    match adapter
        .jobs()
        .unwrap()
        .parse_poll(chunk, job, &Carry::default(), answer)
    {
        Ok(Step::Done(state)) => state,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_pushed_is_read_back_for_every_seed() {
    for seed in 0..50 {
        let mut desk = Desk::signed_in(setup(seed));
        let mut found = Discovery::default();
        let listed = desk.send(adapter().discover(&discover_ask()).unwrap());
        adapter()
            .parse_discover(&discover_ask(), &Carry::default(), &listed, &mut found)
            .unwrap();
        assert_eq!(found.properties[0].sellables.len(), 2);

        let wish = chunk(vec![row(
            "2027-01-01",
            "2027-01-03",
            &[(1, 6_000), (2, 6_850)],
            Set::To(2),
        )]);
        assert_eq!(write(&mut desk, &wish, "one"), 0);
        let ask = read_ask("2027-01-01", "2027-01-03");
        assert!(
            desk.read(&ask).unwrap().prices.is_empty(),
            "not settled yet"
        );
        desk.wait_millis(2_000);
        let seen = desk.read(&ask).unwrap();
        let price = |plan: &str, adults, price| {
            ask.first.through(ask.last).all(|night| {
                seen.prices.contains(&(
                    format!("STD/{plan}"),
                    adults,
                    night,
                    Seen::Price(Minor(price)),
                ))
            })
        };
        assert!(price("BAR", 1, 6_000) && price("BAR", 2, 6_850));
        assert!(price("NRF", 1, 5_400) && price("NRF", 2, 6_165));
        assert_eq!(seen.prices.len(), 12);
        assert!(
            seen.rules
                .contains(&("STD/BAR".to_owned(), ask.last, Set::To(2)))
        );

        let record = desk.server.record();
        assert_eq!(
            (
                record.pushes,
                record.applied,
                record.replays,
                record.doubled
            ),
            (1, 1, 0, 0)
        );
        assert_eq!(
            (record.overlaps, record.breaches, record.unauthorised),
            (0, 0, 0)
        );
    }
}

#[test]
fn a_cleared_stay_is_read_back_as_cleared_and_a_left_one_stays() {
    let mut desk = Desk::signed_in(setup(3));
    let day =
        |prices: &[(u8, u64)], stay| chunk(vec![row("2027-01-01", "2027-01-01", prices, stay)]);
    let ask = read_ask("2027-01-01", "2027-01-01");
    let mut stay_after = |wish: &Chunk, key: &str| {
        assert_eq!(write(&mut desk, wish, key), 0);
        desk.wait_millis(2_000);
        desk.read(&ask).unwrap().rules[0].2
    };
    assert_eq!(stay_after(&day(&[(2, 100)], Set::To(4)), "a"), Set::To(4));
    assert_eq!(stay_after(&day(&[(2, 200)], Set::Leave), "b"), Set::To(4));
    assert_eq!(stay_after(&day(&[], Set::Clear), "c"), Set::Clear);
}

#[test]
fn a_derived_plan_is_refused_by_its_row() {
    for seed in 0..10 {
        let mut desk = Desk::signed_in(setup(seed));
        let mut derived = row("2027-01-01", "2027-01-02", &[(2, 100)], Set::Leave);
        derived.ids = ids("STD", "NRF");
        let wish = chunk(vec![example().rows.remove(0), derived]);
        assert_eq!(write(&mut desk, &wish, "a"), 1);
        assert_eq!(desk.server.record().refused_rows, 2);
        assert_eq!(desk.server.held().len(), 1);
    }
}

#[test]
fn a_window_of_many_pages_is_read_whole() {
    let mut setup = setup(5);
    let prices = night("2027-01-01")
        .through(night("2027-04-02"))
        .flat_map(|night| {
            (1..=9).map(move |adults| rackrate_core::simulator::Held {
                property: id("P00017"),
                ids: ids("STD", "BAR"),
                night,
                adults,
                price: Some(Minor(10_000 + u64::from(adults))),
                rules: Rules::LEAVE,
            })
        });
    setup.hotels[0].prices = prices.collect();
    let mut desk = Desk::signed_in(setup);
    let seen = desk.read(&read_ask("2027-01-01", "2027-04-02")).unwrap();
    let mut cells: Vec<_> = seen
        .prices
        .iter()
        .map(|(ids, adults, night, _)| (ids, adults, night))
        .collect();
    cells.sort();
    cells.dedup();
    assert_eq!((cells.len(), seen.prices.len()), (92 * 9 * 2, 92 * 9 * 2));
    assert_eq!(desk.server.record().calls, 3, "a token and two pages");
}

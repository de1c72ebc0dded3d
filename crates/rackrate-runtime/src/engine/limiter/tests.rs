//! Allowances: what is given, when it counts, and what comes back.

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn limiter(usable: u32, window: Window) -> Limiter {
    Limiter::new([QuotaSpec {
        name: "q".into(),
        window,
        usable,
    }])
}

fn one() -> [Use; 1] {
    [Use { quota: 0, cost: 1 }]
}

fn at(seconds: u64) -> Mono {
    Mono(seconds * 1_000_000)
}

#[test]
fn a_permit_counts_one_window_from_its_answer() {
    let mut limiter = limiter(1, Window::Rolling(MINUTE));
    assert_eq!(limiter.acquire(&one(), Class::First, at(0)), Ok(()));
    assert_eq!(
        limiter.acquire(&one(), Class::First, at(9)),
        Err(Refused::UntilAnswer)
    );
    limiter.answered(&one(), Class::First, at(10));
    assert_eq!(
        limiter.acquire(&one(), Class::First, at(69)),
        Err(Refused::Until(at(70)))
    );
    assert_eq!(limiter.acquire(&one(), Class::First, at(70)), Ok(()));
}

#[test]
fn a_lost_request_counts_from_its_horizon() {
    let mut limiter = limiter(1, Window::Rolling(MINUTE));
    assert_eq!(limiter.acquire(&one(), Class::First, at(0)), Ok(()));
    limiter.lost(&one(), Class::First, at(90));
    assert_eq!(
        limiter.acquire(&one(), Class::First, at(100)),
        Err(Refused::Until(at(150)))
    );
}

#[test]
fn all_quotas_hold_at_once_or_none_is_touched() {
    let spec = |usable| QuotaSpec {
        name: "q".into(),
        window: Window::Rolling(MINUTE),
        usable,
    };
    let mut limiter = Limiter::new([spec(1), spec(5)]);
    let both = [Use { quota: 0, cost: 1 }, Use { quota: 1, cost: 1 }];
    assert_eq!(limiter.acquire(&both, Class::First, at(0)), Ok(()));
    assert_eq!(
        limiter.acquire(&both, Class::First, at(0)),
        Err(Refused::UntilAnswer)
    );
    assert_eq!(limiter.meters[1].in_flight, 1);
}

#[test]
fn read_back_yields_to_waiting_writes() {
    let mut limiter = limiter(10, Window::Concurrency);
    for _ in 0..10 {
        assert_eq!(limiter.acquire(&one(), Class::First, at(0)), Ok(()));
    }
    assert!(limiter.acquire(&one(), Class::First, at(0)).is_err());
    for _ in 0..8 {
        limiter.answered(&one(), Class::First, at(1));
    }
    let reads = (0..8).filter(|_| limiter.acquire(&one(), Class::ReadBack, at(1)).is_ok());
    assert_eq!(reads.count(), 3);
    limiter.new_round();
    assert_eq!(limiter.acquire(&one(), Class::ReadBack, at(1)), Ok(()));
}

#[test]
fn a_rest_that_is_not_over_is_handed_on() {
    let mut limiter = limiter(3, Window::Rolling(MINUTE));
    limiter.rest_all(at(60), Duration::ZERO);
    assert_eq!(limiter.usage(at(1)), [("q", 3, at(120))]);
    assert_eq!(limiter.usage(at(120)), []);
}

#[test]
fn a_long_allowance_is_used_only_as_far_as_it_is_set_aside() {
    let hour = Duration::from_secs(3600);
    let mut limiter = limiter(40, Window::Rolling(hour));
    let refused = Err(Refused::Unreserved(0));
    assert_eq!(limiter.acquire(&one(), Class::First, at(0)), refused);
    let part = limiter.reserve(0).unwrap();
    assert_eq!((part.quota, part.count, part.window), ("q", 2, hour));
    assert_eq!(limiter.reserve(0), None);
    assert_eq!(limiter.acquire(&one(), Class::First, at(0)), refused);
    limiter.reserved(0);
    for _ in 0..2 {
        assert_eq!(limiter.acquire(&one(), Class::First, at(1)), Ok(()));
    }
    assert_eq!(limiter.acquire(&one(), Class::First, at(1)), refused);
    limiter.cancelled(&one(), Class::First);
    assert_eq!(limiter.acquire(&one(), Class::First, at(1)), Ok(()));
}

#[test]
fn a_vendor_may_ask_for_as_long_as_its_window() {
    let day = Duration::from_secs(86_400);
    for (window, until) in [(MINUTE, 300), (day, 3_600)] {
        let mut limiter = limiter(1, Window::Rolling(window));
        limiter.block(&one(), at(0), Duration::from_secs(3_600), MINUTE * 5);
        let refused = limiter.acquire(&one(), Class::First, at(1));
        assert_eq!(refused, Err(Refused::Until(at(until))));
    }
}

#[test]
fn concurrency_frees_with_the_answer() {
    let mut limiter = limiter(1, Window::Concurrency);
    assert_eq!(limiter.acquire(&one(), Class::First, at(0)), Ok(()));
    limiter.answered(&one(), Class::First, at(1));
    assert_eq!(limiter.acquire(&one(), Class::First, at(1)), Ok(()));
}

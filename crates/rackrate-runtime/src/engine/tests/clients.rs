//! A client that its vendor suspends: all its grants stop at once, and the next process asks
//! one thing before anything else.

use rackrate_ledger::op::{Drawer, Filed};

use super::*;

/// So many hotels, each an account with a grant of its own, all of one client.
fn fleet(hotels: usize) -> Setup {
    let mut all = setup(Guarantee::None, false);
    let (grant, connection) = (all.grants[0].clone(), all.connections[0].clone());
    let lane = all.lanes[0].clone();
    (all.grants, all.connections, all.lanes) = Default::default();
    for hotel in 0..hotels {
        let id = ConnectionId::new(&format!("pms-{hotel}")).unwrap();
        let mut target = (*target()).clone();
        target.connection = id.clone();
        target.property = PropertyCode::new(&format!("hotel-{hotel}")).unwrap();
        all.grants.push(grant.clone());
        all.connections.push(ConnectionSpec {
            id: id.clone(),
            grant: GrantIx(hotel),
            ..connection.clone()
        });
        all.lanes.push(LaneSpec {
            key: LaneKey {
                connection: id,
                property: target.property.clone(),
            },
            connection: ConnIx(hotel),
            target: Arc::new(target),
            ..lane.clone()
        });
    }
    all
}

fn suspended() -> Answer {
    failed(ErrorKind::Suspended, Delivery::Refused)
}

fn sends(effects: &[Effect]) -> Vec<SendId> {
    let send = |effect: &Effect| match effect {
        Effect::Send { send, .. } => Some(*send),
        _ => None,
    };
    effects.iter().filter_map(send).collect()
}

fn filed(effects: &[Effect]) -> Vec<Filed> {
    let ops = effects.iter().filter_map(|effect| match effect {
        Effect::Commit { ops, .. } => Some(ops),
        _ => None,
    });
    let filed = ops.flatten().filter_map(|op| match op {
        LedgerOp::Filed(filed) => Some(filed.clone()),
        _ => None,
    });
    filed.collect()
}

fn read_all(engine: &mut Engine, hotels: usize, now: Now) -> Vec<Effect> {
    let night = Night::from_days(20_000);
    let each = (0..hotels).flat_map(|hotel| {
        let (lane, first, last) = (LaneIx(hotel), night, night);
        engine.on(now, Event::Read { lane, first, last })
    });
    each.collect()
}

#[test]
fn the_first_word_of_a_suspension_stops_every_grant_of_the_client_with_one_report() {
    let mut engine = Engine::new(fleet(3), Recovered::default(), at(0));
    engine.on(at(0), Event::Start);
    assert_eq!(sends(&read_all(&mut engine, 2, at(1))).len(), 2);
    let effects = engine.on(at(2), answer(0, suspended()));
    let is_report = |effect: &&Effect| matches!(effect, Effect::Report(Report::Suspended(..)));
    assert_eq!(effects.iter().filter(is_report).count(), 1);
    let [record] = &filed(&effects)[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(record.drawer, Drawer::Suspended);
    assert_eq!(record.name, "pms");
    insta::assert_snapshot!(
        record.body.as_deref().unwrap(),
        @r#"{"form":1,"since":2000,"why":"no","connections":["pms-0","pms-1","pms-2"]}"#
    );
    let late = engine.on(at(3), answer(1, suspended()));
    assert!(!late.iter().any(|effect| is_report(&effect)));
    assert!(filed(&late).is_empty());
    assert!(sends(&read_all(&mut engine, 3, at(4))).is_empty());
}

#[test]
fn the_next_process_asks_one_thing_before_anything_else() {
    let recovered = Recovered {
        suspended: vec!["pms".to_owned()],
        ..Recovered::default()
    };
    let mut engine = Engine::new(fleet(3), recovered.clone(), at(0));
    engine.on(at(0), Event::Start);
    assert_eq!(sends(&read_all(&mut engine, 3, at(1))), [SendId(0)]);
    let still = engine.on(at(2), answer(0, suspended()));
    assert!(sends(&still).is_empty() && filed(&still).is_empty());

    let mut engine = Engine::new(fleet(3), recovered, at(0));
    engine.on(at(0), Event::Start);
    read_all(&mut engine, 3, at(1));
    let no_answer = failed(ErrorKind::TimedOut, Delivery::Unknown);
    assert!(sends(&engine.on(at(2), answer(0, no_answer))).len() <= 1);
    let mut wall = 2;
    let mut probe = SendId(1);
    while !engine.flights.contains_key(&probe) {
        wall += 1;
        let sent = sends(&engine.on(at(wall), Event::Clock));
        probe = sent.first().copied().unwrap_or(probe);
    }
    let not_found = failed(ErrorKind::Rejected, Delivery::Refused);
    let over = engine.on(at(wall), answer(probe.0, not_found));
    assert_eq!(filed(&over)[0].body, None);
    assert!(!sends(&over).is_empty(), "the others go on");
}

#[test]
fn another_client_goes_on() {
    let mut setup = fleet(2);
    setup.clients.push(ClientSpec {
        name: "other".to_owned(),
    });
    setup.grants[1].client = ClientIx(1);
    let mut engine = Engine::new(setup, Recovered::default(), at(0));
    engine.on(at(0), Event::Start);
    read_all(&mut engine, 1, at(1));
    engine.on(at(2), answer(0, suspended()));
    assert_eq!(sends(&read_all(&mut engine, 2, at(3))), [SendId(1)]);
}

proptest::proptest! {
    /// Whatever the order of answers: nothing leaves after the first word of a suspension, so at
    /// most what was under way and the one that brought the word are served a refusal.
    #[test]
    fn of_fifty_grants_no_request_leaves_after_the_word(
        order in proptest::collection::vec(0..50_usize, 1..50),
        good in 0..5_usize,
    ) {
        let mut engine = Engine::new(fleet(50), Recovered::default(), at(0));
        engine.on(at(0), Event::Start);
        let night = Night::from_days(20_000);
        let mut flying = Vec::new();
        for lane in &order {
            let (lane, first, last) = (LaneIx(*lane), night, night);
            flying.extend(sends(&engine.on(at(1), Event::Read { lane, first, last })));
        }
        for _ in 0..good.min(flying.len().saturating_sub(1)) {
            let send = flying.remove(0);
            let refused = failed(ErrorKind::Rejected, Delivery::Refused);
            flying.extend(sends(&engine.on(at(2), answer(send.0, refused))));
        }
        let under_way = flying.len();
        let mut after = 0;
        let mut now = 3;
        while !flying.is_empty() {
            let send = flying.remove(0);
            let more = sends(&engine.on(at(now), answer(send.0, suspended())));
            after += more.len();
            flying.extend(more);
            now += 1;
        }
        after += sends(&read_all(&mut engine, 50, at(now))).len();
        after += sends(&engine.on(at(now + 100), Event::Clock)).len();
        proptest::prop_assert!(under_way <= 50);
        proptest::prop_assert_eq!(after, 0);
    }
}

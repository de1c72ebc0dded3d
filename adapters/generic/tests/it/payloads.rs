//! What goes over the wire, word for word.

use rackrate_core::adapter::{Adapter, Carry, Step};
use rackrate_core::auth::{Ask, Grant};
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::JobRef;
use rackrate_core::key::Key;
use rackrate_core::rules::Set;

use crate::support::*;

/// The request as text; values of secret headers stay hidden.
fn wire(request: &Request) -> String {
    let request = request.expose(&adapter().manifest().vendor).unwrap();
    let mut text = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        text.push_str(&format!("{name}: {value:?}\n"));
    }
    text + std::str::from_utf8(request.body()).unwrap()
}

#[test]
fn a_token_request() {
    let Grant::Exchange(request) = adapter().auth().grant(&secrets(), Ask::First).unwrap() else {
        panic!("exchanged");
    };
    insta::assert_snapshot!(wire(&request));
}

#[test]
fn reading_requests() {
    let adapter = adapter();
    let job = JobRef::new("00c0ffee00000001").unwrap();
    let all = [
        adapter.discover(&discover_ask()).unwrap(),
        adapter.read(&read_ask("2027-01-01", "2027-01-07")).unwrap(),
        adapter.jobs().unwrap().poll(&example(), &job).unwrap(),
    ];
    insta::assert_snapshot!(all.iter().map(wire).collect::<String>());
}

#[test]
fn a_batch_with_a_key_and_a_token() {
    let desk = Desk::signed_in(setup(1));
    let rows = vec![
        row(
            "2027-01-01",
            "2027-01-02",
            &[(1, 6_000), (2, 6_800)],
            Set::Leave,
        ),
        row("2027-01-03", "2027-01-03", &[], Set::Clear),
    ];
    let mut request = adapter().push(&chunk(rows)).unwrap();
    adapter()
        .idempotency()
        .stamp(&Key::of(&[b"1"]), &mut request);
    adapter()
        .auth()
        .apply(&secrets(), desk.token.as_ref(), &mut request)
        .unwrap();
    insta::assert_snapshot!(wire(&request).replace("},{", "},\n{"));
}

#[test]
fn a_batch_writes_the_currencys_decimals() {
    for (currency, amount) in [("EUR", "129.00"), ("JPY", "12900"), ("KWD", "12.900")] {
        let mut chunk = chunk(vec![row(
            "2027-01-01",
            "2027-01-01",
            &[(2, 12_900)],
            Set::Leave,
        )]);
        chunk.target = target_in(currency);
        let text = wire(&adapter().push(&chunk).unwrap());
        assert!(
            text.contains(&format!(
                "\"amount\":\"{amount}\",\"currency\":\"{currency}\""
            )),
            "{text}"
        );
    }
}

#[test]
fn the_next_page_is_asked_with_its_cursor() {
    let ask = read_ask("2027-01-01", "2027-01-07");
    let answer = Response::new(200, r#"{"property":"P00017","rates":[],"next":"a&b="}"#);
    let step = adapter()
        .parse_read(&ask, &Carry::default(), &answer, &mut Noted::default())
        .unwrap();
    let Step::Next { request, carry } = step else {
        panic!("there is more")
    };
    assert!(
        request
            .url()
            .as_str()
            .ends_with("to=2027-01-08&cursor=a%26b%3D"),
        "{}",
        request.url()
    );
    let again = adapter()
        .parse_read(&ask, &carry, &answer, &mut Noted::default())
        .unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Malformed);
}

#[test]
fn a_chunk_beyond_the_shape_is_a_bug() {
    let wide = |nights: i32, adults: &[(u8, u64)]| {
        let mut row = row("2027-01-01", "2027-01-01", adults, Set::Leave);
        row.last = row.first.plus(nights - 1);
        chunk(vec![row])
    };
    let of = |operation| rackrate_core::chunk::Chunk {
        operation,
        ..example()
    };
    assert!(adapter().push(&wide(250, &[(1, 1), (2, 2)])).is_ok());
    let mut lost = example();
    lost.rows[0].ids.room = None;
    for (case, chunk) in [
        ("501 wire rows", wide(251, &[(1, 1), (2, 2)])),
        ("another operation", of(Operation::Read)),
        ("no rows", chunk(Vec::new())),
        (
            "nothing said",
            chunk(vec![row("2027-01-01", "2027-01-01", &[], Set::Leave)]),
        ),
        (
            "no night",
            chunk(vec![row("2027-01-02", "2027-01-01", &[(2, 1)], Set::Leave)]),
        ),
        (
            "no adults",
            chunk(vec![row("2027-01-01", "2027-01-01", &[(0, 1)], Set::Leave)]),
        ),
        ("no room type", lost),
    ] {
        assert_eq!(
            adapter().push(&chunk).unwrap_err().kind(),
            ErrorKind::Bug,
            "{case}"
        );
    }
}

#[test]
fn a_window_beyond_the_shape_and_a_job_that_leads_elsewhere_are_bugs() {
    let ask = read_ask("2027-01-01", "2027-12-31");
    assert_eq!(adapter().read(&ask).unwrap_err().kind(), ErrorKind::Bug);
    for name in ["..", "a/b", "a?b", "%2e%2e", "é"] {
        let job = JobRef::new(name).unwrap();
        let error = adapter()
            .jobs()
            .unwrap()
            .poll(&example(), &job)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Bug, "{name}");
    }
}

#[test]
fn the_token_goes_to_the_api_only() {
    let desk = Desk::signed_in(setup(1));
    let adapter = adapter();
    let Grant::Exchange(mut token) = adapter.auth().grant(&secrets(), Ask::First).unwrap() else {
        panic!("exchanged");
    };
    adapter
        .auth()
        .apply(&secrets(), desk.token.as_ref(), &mut token)
        .unwrap();
    assert!(token.headers.is_empty());
    let mut strange = Request::get(Operation::Read, &"https://evil.test".parse().unwrap(), "/");
    assert!(
        adapter
            .auth()
            .apply(&secrets(), desk.token.as_ref(), &mut strange)
            .is_err()
    );
}

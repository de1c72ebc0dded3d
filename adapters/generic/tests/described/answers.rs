//! The ways of a description that neither pms-v2 nor Channex uses: forms, ranges with an
//! exclusive end, minor units, lists of prices, links, Basic credentials.

use rackrate_core::adapter::{Adapter, Carry, Step, Submission};
use rackrate_core::auth::{Ask, Grant};
use rackrate_core::chunk::Chunk;
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::{Operation, Response};
use rackrate_core::idempotency::Guarantee;
use rackrate_core::money::Minor;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::series::Seen;
use rackrate_core::shape::{Item, LaneRule};
use rackrate_generic::described::Description;

use crate::sample;
use crate::support::{Noted, build, described, settings, window};

const INN: &str = include_str!("inn.toml");

fn inn_with(from: &str, to: &str) -> Box<dyn Adapter> {
    assert!(INN.contains(from), "{from}");
    build(&settings("inn.toml", &INN.replace(from, to))).unwrap()
}

fn inn() -> Box<dyn Adapter> {
    build(&settings("inn.toml", INN)).unwrap()
}

/// Two prices a night and a minimum stay, for five nights.
fn chunk() -> Chunk {
    let mut chunk = sample::vendor().chunks.remove(0);
    chunk.rows[0].rules = Rules {
        stop_sell: Set::To(true),
        ..Rules::LEAVE
    };
    chunk
}

fn body(adapter: &dyn Adapter, chunk: &Chunk) -> String {
    let request = adapter.push(chunk).unwrap();
    let wire = request.expose(&adapter.manifest().vendor).unwrap();
    String::from_utf8(wire.body().to_vec()).unwrap()
}

#[test]
fn a_range_lists_its_prices_in_minor_units_up_to_an_exclusive_end() {
    let text = body(&*inn(), &chunk());
    insta::assert_snapshot!(text, @r#"{"hotel":"P00017","dryRun":false,"updates":[{"unit":"STD","rate":"BAR","from":"2027-01-01T00:00:00Z","until":"2027-01-06T00:00:00Z","prices":[{"guests":1,"cents":6000},{"guests":2,"cents":6805}],"closed":"Y"}]}"#);
    let mut cleared = chunk();
    cleared.rows[0].rules.stop_sell = Set::Clear;
    cleared.rows[0].prices.clear();
    let text = body(&*inn(), &cleared);
    assert!(
        text.ends_with(r#"until":"2027-01-06T00:00:00Z","closed":"N"}]}"#),
        "{text}"
    );
}

#[test]
fn a_form_numbers_its_rows() {
    let json = INN.find("body_is").unwrap();
    let answer = INN.find("[push.answer]").unwrap();
    let form = r#"body_is = "form"
body = { hotel = "{property}" }
[push.row]
"u[{row}][rate]" = "{plan}"
"u[{row}][from]" = "{first}"
"u[{row}][to]" = "{last}"
"u[{row}][guests]" = "{adults}"
"u[{row}][cents]" = "{amount}"
"u[{row}][closed]" = "{stop_sell}"
"#;
    let text = format!("{}{form}{}", &INN[..json], &INN[answer..])
        .replace("item = \"range\"", "item = \"price\"")
        .replace("max_nights_in_row = 30", "");
    let adapter = build(&settings("inn.toml", &text)).unwrap();
    let mut chunk = chunk();
    chunk.rows[0].last = chunk.rows[0].first;
    let text = body(&*adapter, &chunk);
    let plain: Vec<_> = form_urlencoded::parse(text.as_bytes()).collect();
    let shown: Vec<_> = plain
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    insta::assert_snapshot!(shown.join(" "), @"hotel=P00017 u[0][rate]=BAR u[0][from]=2027-01-01 u[0][to]=2027-01-01 u[0][guests]=1 u[0][cents]=6000 u[0][closed]=Y u[1][rate]=BAR u[1][from]=2027-01-01 u[1][to]=2027-01-01 u[1][guests]=2 u[1][cents]=6805 u[1][closed]=Y");
}

#[test]
fn a_range_that_is_read_is_cut_to_the_window() {
    let answer = r#"{"calendar":[{"unit":"STD","rate":"BAR","from":"2026-12-30","until":"2027-01-03",
        "guests":"2","cents":12905,"closed":"N"}],"links":{"next":null}}"#;
    let mut noted = Noted::default();
    let ask = window("2027-01-01", "2027-01-07");
    let step = inn().parse_read(
        &ask,
        &Carry::default(),
        &Response::new(200, answer),
        &mut noted,
    );
    assert!(matches!(step, Ok(Step::Done(()))));
    let nights: Vec<_> = noted
        .prices
        .iter()
        .map(|one| (one.2.to_string(), one.1, one.3))
        .collect();
    let price = |day: &str| (day.to_owned(), 2, Seen::Price(Minor(12_905)));
    assert_eq!(nights, [price("2027-01-01"), price("2027-01-02")]);
    assert_eq!(noted.rules[0].2.stop_sell, Set::Clear);
}

#[test]
fn a_link_is_followed_to_the_api_and_nowhere_else() {
    let ask = window("2027-01-01", "2027-01-07");
    let next = |link: &str| {
        let body = format!(r#"{{"calendar":[],"links":{{"next":"{link}"}}}}"#);
        let answer = Response::new(200, body);
        inn().parse_read(&ask, &Carry::default(), &answer, &mut Noted::default())
    };
    let Ok(Step::Next { request, .. }) = next("/api/calendar?page=2") else {
        panic!("there is more")
    };
    assert_eq!(
        request.url().as_str(),
        "https://pms.example.test/api/calendar?page=2"
    );
    let error = next("https://evil.test/api/calendar").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

#[test]
fn a_client_may_show_itself_by_basic() {
    let adapter = inn();
    let secrets = sample::vendor().secrets;
    let Ok(Grant::Exchange(request)) = adapter.auth().grant(&secrets, Ask::First) else {
        panic!("exchanged")
    };
    assert!(!format!("{request:?}").contains("planted"));
    let wire = request.expose(&adapter.manifest().vendor).unwrap();
    assert_eq!(wire.body(), "grant_type=client_credentials");
    // planted-client-41c7:planted-secret-93e2
    let basic = "Basic cGxhbnRlZC1jbGllbnQtNDFjNzpwbGFudGVkLXNlY3JldC05M2Uy";
    assert_eq!(wire.headers()["authorization"], basic);
}

#[test]
fn what_is_promised_is_what_was_described() {
    let adapter = inn();
    let shape = adapter.shape(Operation::Push).unwrap();
    assert_eq!(shape.item, Item::Range { max_nights: 30 });
    assert_eq!(shape.lane, LaneRule::Pipelined);
    let guarantee = adapter.idempotency().guarantee(Operation::Push);
    assert_eq!(guarantee, Guarantee::None);
    assert_eq!(adapter.limits().quotas().len(), 0);
    assert!(adapter.jobs().is_none());
}

#[test]
fn a_chunk_that_the_vendor_cannot_take_is_a_bug() {
    let mut long = chunk();
    long.rows[0].last = long.rows[0].first.plus(30);
    let mut many = chunk();
    many.rows = vec![many.rows[0].clone(); 11];
    let mut strange = chunk();
    strange.rows[0].rules.min_stay_through = Set::To(2);
    let mut homeless = chunk();
    homeless.rows[0].ids.room = None;
    for (what, chunk) in [
        ("too many nights", long),
        ("too many rows", many),
        ("an unknown restriction", strange),
        ("no room", homeless),
    ] {
        let error = inn().push(&chunk).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Bug, "{what}");
    }
}

#[test]
fn an_identifier_does_not_change_where_a_path_leads() {
    let adapter = inn_with(
        "path = \"/updates\"",
        "path = \"/hotels/{property}/updates\"",
    );
    assert_eq!(
        adapter.push(&chunk()).unwrap().path,
        "/hotels/P00017/updates"
    );
    for odd in ["..", "a/b", "a?b", "a#b", "%2e%2e"] {
        let mut chunk = chunk();
        let mut target = chunk.target.as_ref().clone();
        target.vendor_property = odd.parse().unwrap();
        chunk.target = target.into();
        assert_eq!(
            adapter.push(&chunk).unwrap_err().kind(),
            ErrorKind::Bug,
            "{odd}"
        );
    }
}

#[test]
fn refusals_that_name_no_row_leave_all_rows_unknown() {
    let adapter = inn();
    let read = |body: &str| adapter.parse_push(&chunk(), &Response::new(200, body.to_owned()));
    let said = read(r#"{"ok":true,"problems":["no such rate"]}"#);
    let Ok(Submission::Answered(receipt)) = said else {
        panic!("{said:?}")
    };
    assert_eq!((receipt.refused.len(), receipt.unattributed.len()), (0, 1));
    assert_eq!(receipt.unattributed[0].text, "no such rate");
    for odd in [
        r#"{"ok":true}"#,
        r#"{"ok":"true","problems":[]}"#,
        r#"{"problems":[]}"#,
    ] {
        assert_eq!(read(odd).unwrap_err().kind(), ErrorKind::Malformed, "{odd}");
    }
}

#[test]
fn scopes_and_addresses_of_a_connection_are_within_the_description() {
    let with = |more: &str| {
        let config = settings("pms-v2.toml", crate::support::PMS_V2);
        build(&config.replacen('{', &format!("{{{more},"), 1)).map(|_| ())
    };
    assert_eq!(with(r#""scopes":["rates:read"]"#), Ok(()));
    assert!(
        with(r#""scopes":["guests:read"]"#)
            .unwrap_err()
            .contains("scopes")
    );
    assert!(with(r#""scopes":[]"#).is_err());
    assert!(
        with(r#""token_base_url":"http://pms.test""#)
            .unwrap_err()
            .contains("https")
    );
    assert_eq!(
        with(r#""token_base_url":"https://login.test","settle_ms":5"#),
        Ok(())
    );
    assert_eq!(described().manifest().bases.len(), 1);
    let nowhere = Description::parse("inn.toml", INN).map(|_| ());
    assert_eq!(nowhere, Ok(()));
}

//! Every request, as it leaves; and what is never built.

use rackrate_core::adapter::Adapter;
use rackrate_core::auth::{Ask, Grant};
use rackrate_core::chunk::Sellable;
use rackrate_core::error::ErrorKind;
use rackrate_core::ids::VendorId;
use rackrate_core::rules::{Rules, Set};

use crate::support::*;

#[test]
fn a_push_is_an_array_of_one_listings_ranges() {
    let mut stay = row(SEA, "2026-12-07", "2026-12-08", 9_950);
    stay.rules = rules(Set::To(3), Set::To(true), Set::Leave);
    let mut clear = row(SEA, "2026-12-09", "2026-12-09", 1);
    clear.prices.clear();
    clear.rules = none();
    let mut departure = row(SEA, "2026-12-10", "2026-12-10", 1);
    departure.prices.clear();
    departure.rules = rules(Set::Leave, Set::Leave, Set::To(true));
    let rows = vec![
        row(SEA, "2026-12-01", "2026-12-05", 18_000),
        stay,
        clear,
        departure,
    ];
    insta::assert_snapshot!(shown(&guesty().push(&chunk(rows)).unwrap()), @r#"
    PUT https://open-api.guesty.com/v1/availability-pricing/api/calendar/listings
    content-type: application/json
    [{"listingId":"5fa02fa358d2db673e17bc2d","startDate":"2026-12-01","endDate":"2026-12-05","price":180},{"listingId":"5fa02fa358d2db673e17bc2d","startDate":"2026-12-07","endDate":"2026-12-08","price":99.5,"minNights":3,"cta":true},{"listingId":"5fa02fa358d2db673e17bc2d","startDate":"2026-12-09","endDate":"2026-12-09","minNights":1,"cta":false,"ctd":false},{"listingId":"5fa02fa358d2db673e17bc2d","startDate":"2026-12-10","endDate":"2026-12-10","ctd":true}]
    "#);
}

#[test]
fn discovery_asks_for_complexes_only_where_they_are_properties() {
    let tags = "adults = 2\ngroup_by = 'tag'\ntag_prefix = 'hotel:'";
    let requests = ["adults = 2", "adults = 2\ngroup_by = 'complex'", tags];
    let shown = requests.map(|text| shown(&adapter(text).discover(&discover_ask()).unwrap()));
    insta::assert_snapshot!(shown.join(""), @r#"
    GET https://open-api.guesty.com/v1/listings?limit=100&skip=0&fields=_id+title+nickname+type+tags+timezone+prices
    GET https://open-api.guesty.com/v1/properties-api/complexes
    GET https://open-api.guesty.com/v1/listings?limit=100&skip=0&fields=_id+title+nickname+type+tags+timezone+prices
    "#);
}

#[test]
fn a_read_names_the_listings_or_asks_for_them_first() {
    let mut known = ask("2026-12-01", "2026-12-31");
    let sellable = |listing: &str| Sellable {
        ids: ids(listing),
        name: listing.into(),
        currency: None,
        derived: false,
        adults: Vec::new(),
        extra: [].into(),
    };
    let mut target = (*known.target).clone();
    target.facts.sellables = [SEA, GARDEN].map(|id| (ids(id), sellable(id))).into();
    known.target = target.into();
    let mut comma = ask("2026-12-01", "2026-12-31");
    comma.target = target_of("a,b/c", "EUR");
    let unknown = ask("2026-12-01", "2026-12-31");
    let tags = adapter("adults = 2\ngroup_by = 'tag'\ntag_prefix = 'hotel:'");
    let requests = [
        guesty().read(&known),
        guesty().read(&unknown),
        tags.read(&unknown),
        adapter("adults = 2").read(&unknown),
        adapter("adults = 2").read(&comma),
    ];
    let shown: String = requests.map(|request| shown(&request.unwrap())).concat();
    insta::assert_snapshot!(shown, @r#"
    GET https://open-api.guesty.com/v1/availability-pricing/api/calendar/listings?listingIds=5988346d3c31bf0f00747eb6%2C5fa02fa358d2db673e17bc2d&startDate=2026-12-01&endDate=2026-12-31
    GET https://open-api.guesty.com/v1/properties-api/complexes/645774fe76e5da340bf915e7
    GET https://open-api.guesty.com/v1/listings?limit=100&skip=0&fields=_id+title+nickname+type+tags+timezone+prices&tags=hotel%3A645774fe76e5da340bf915e7
    GET https://open-api.guesty.com/v1/availability-pricing/api/calendar/listings?listingIds=645774fe76e5da340bf915e7&startDate=2026-12-01&endDate=2026-12-31
    GET https://open-api.guesty.com/v1/availability-pricing/api/calendar/listings/a%2Cb%2Fc?startDate=2026-12-01&endDate=2026-12-31
    "#);
}

#[test]
fn a_token_is_asked_for_by_form_at_the_root_of_the_host() {
    let adapter = guesty();
    let Ok(Grant::Exchange(request)) = adapter.auth().grant(&secrets(), Ask::First) else {
        panic!("client credentials are exchanged");
    };
    insta::assert_snapshot!(shown(&request), @r#"
    POST https://open-api.guesty.com/oauth2/token
    content-type: application/x-www-form-urlencoded
    accept: application/json
    grant_type=client_credentials&client_id=client-1&client_secret=s3cret+%26+more&scope=open-api
    "#);
}

#[test]
fn what_is_beyond_the_shape_is_our_fault() {
    let adapter = guesty();
    let one = || row(SEA, "2026-12-01", "2026-12-02", 18_000);
    let with = |change: &dyn Fn(&mut rackrate_core::chunk::Row)| {
        let mut row = one();
        change(&mut row);
        vec![row]
    };
    let stop_sell = Rules {
        stop_sell: Set::To(true),
        ..Rules::LEAVE
    };
    let days = (0..101).map(|day| {
        let mut row = one();
        row.first = row.first.plus(day * 2);
        row.last = row.first;
        row
    });
    let wide = format!("{:é<40000}", "x");
    for (what, rows) in [
        ("no rows", vec![]),
        ("too many ranges", days.collect()),
        ("a night twice", vec![one(), one()]),
        (
            "two listings",
            vec![one(), row(GARDEN, "2026-12-05", "2026-12-05", 1)],
        ),
        (
            "731 nights",
            vec![row(SEA, "2026-12-01", "2028-11-30", 100)],
        ),
        ("another number of adults", with(&|row| row.prices[0].0 = 3)),
        (
            "two prices",
            with(&|row| row.prices.push((3, row.prices[0].1))),
        ),
        ("nothing", with(&|row| row.prices.clear())),
        ("a price of zero", with(&|row| row.prices[0].1.0 = 0)),
        ("availability", with(&|row| row.rules = stop_sell)),
        (
            "a rate plan",
            with(&|row| row.ids.plan = VendorId::new("BAR").ok()),
        ),
        ("no listing", with(&|row| row.ids.room = None)),
        ("backwards", with(&|row| row.last = row.first.previous())),
        (
            "too many bytes",
            with(&|row| row.ids.room = VendorId::new(&wide).ok()),
        ),
    ] {
        let error = adapter.push(&chunk(rows)).expect_err(what);
        assert_eq!(error.kind(), ErrorKind::Bug, "{what}");
    }
    assert!(
        adapter
            .push(&chunk(vec![row(SEA, "2026-12-01", "2028-11-29", 100)]))
            .is_ok()
    );
    assert!(adapter.read(&ask("2027-01-01", "2027-07-01")).is_ok());
    assert!(adapter.read(&ask("2027-01-01", "2027-07-02")).is_err());
    assert!(adapter.read(&ask("2027-01-02", "2027-01-01")).is_err());
}

#[test]
fn a_sub_unit_is_never_written() {
    let mut chunk = chunk(vec![row(SEA, "2026-12-01", "2026-12-02", 18_000)]);
    let mut target = (*chunk.target).clone();
    let sub_unit = Sellable {
        ids: ids(SEA),
        name: "Room 1".into(),
        currency: None,
        derived: true,
        adults: Vec::new(),
        extra: [].into(),
    };
    target.facts.sellables = [(ids(SEA), sub_unit)].into();
    chunk.target = target.into();
    assert_eq!(guesty().push(&chunk).unwrap_err().kind(), ErrorKind::Bug);
}

#[test]
fn availability_and_base_values_are_in_no_payload() {
    let mut all = row(SEA, "2026-12-01", "2026-12-05", 18_000);
    for wish in [Set::Clear, Set::To(1)] {
        all.rules = rules(wish, Set::To(true), Set::Clear);
        let text = shown(&guesty().push(&chunk(vec![all.clone()])).unwrap());
        for word in ["status", "isBase", "blockReason", "note", "useChildValues"] {
            assert!(!text.contains(word), "{text}");
        }
    }
}

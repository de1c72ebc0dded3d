//! What each answer means.

use std::time::Duration;

use rackrate_core::adapter::{Adapter, Carry, DiscoverAsk, Discovery};
use rackrate_core::error::{Delivery, Error, ErrorKind};
use rackrate_core::exchange::Response;
use rackrate_core::limit::Scope;
use rackrate_core::money::Basis;

use crate::support::*;

fn pushed(response: &Response) -> Error {
    let chunk = priced("2027-02-27", &[(2, 12_900)]);
    ohip().parse_push(&chunk, response).unwrap_err()
}

#[test]
fn each_status_says_who_must_act_and_whether_it_may_have_arrived() {
    use Delivery::{Refused, Unknown};
    let uncertain = ErrorKind::Unauthenticated { certain: false };
    for (status, kind, delivery) in [
        (400, ErrorKind::Rejected, Refused),
        (401, uncertain, Refused),
        (402, ErrorKind::Rejected, Refused),
        (403, ErrorKind::Forbidden, Refused),
        (404, ErrorKind::Misconfigured, Refused),
        (405, ErrorKind::Bug, Refused),
        (406, ErrorKind::Bug, Refused),
        (408, ErrorKind::Unavailable, Unknown),
        (413, ErrorKind::Rejected, Refused),
        (414, ErrorKind::Rejected, Refused),
        (415, ErrorKind::Bug, Refused),
        (429, ErrorKind::Throttled, Refused),
        (500, ErrorKind::Unavailable, Unknown),
        (502, ErrorKind::Unavailable, Unknown),
        (503, ErrorKind::Unavailable, Unknown),
        (504, ErrorKind::Unavailable, Unknown),
        (302, ErrorKind::Malformed, Unknown),
        (200, ErrorKind::Malformed, Unknown),
        (201, ErrorKind::Malformed, Unknown),
        (204, ErrorKind::Malformed, Unknown),
        (202, ErrorKind::Malformed, Unknown),
    ] {
        let error = pushed(&answer(status, &[], ""));
        let told = (error.kind(), error.delivery());
        assert_eq!(told, (kind, delivery), "{status}");
    }
}

#[test]
fn the_vendors_words_and_code_are_kept_however_the_status_is_spelled() {
    let body = include_str!("../../fixtures/refused.json");
    for body in [body.to_owned(), body.replace("\"400\"", "400")] {
        let error = pushed(&answer(400, &[], &body));
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"ohip push rates: Rejected (RTP00005): Invalid Rate Plan");
        }
    }
}

#[test]
fn a_refusal_without_a_body_says_what_it_usually_means() {
    let error = pushed(&answer(403, &[], ""));
    insta::assert_snapshot!(error, @"ohip push rates: Forbidden: status 403: the application is not subscribed, or the hotel or this address is not allowed");
}

#[test]
fn the_refusal_of_an_equal_job_may_be_about_this_very_write() {
    let body = r#"{"status":400,"detail":"Previous request exists within the allowed 3-hour time frame."}"#;
    let error = pushed(&answer(400, &[], body));
    let told = (error.kind(), error.delivery());
    assert_eq!(told, (ErrorKind::Throttled, Delivery::Unknown));
}

#[test]
fn a_refusal_that_breaks_off_may_be_that_of_an_equal_job() {
    let body = r#"{"status":400,"detail":"Previous requ"#;
    let error = pushed(&answer(400, &[], body));
    let told = (error.kind(), error.delivery());
    assert_eq!(told, (ErrorKind::Malformed, Delivery::Unknown));
}

#[test]
fn a_link_that_leads_elsewhere_leaves_the_write_unknown() {
    for location in [
        "https://elsewhere.example.test/17",
        "//elsewhere.example.test/17",
        " ",
    ] {
        let error = pushed(&answer(202, &[("location", location)], ""));
        let told = (error.kind(), error.delivery());
        assert_eq!(
            told,
            (ErrorKind::Malformed, Delivery::Unknown),
            "{location}"
        );
    }
}

#[test]
fn a_wait_is_only_taken_from_a_throttle() {
    let adapter = ohip();
    let request = adapter.push(&priced("2027-02-27", &[(2, 100)])).unwrap();
    let wait = |status| {
        let response = answer(status, &[("retry-after", "7")], "");
        adapter.limits().feedback(&request, &response).wait
    };
    assert_eq!((wait(429), wait(503)), (Some(Duration::from_secs(7)), None));
}

/// What the token endpoint says of credentials, as published; no bodies are, but that one code.
/// What it says of a client that is suspended, or of a hotel that has left, is not.
const CREDENTIALS: [(&str, u16, &str, ErrorKind); 4] = [
    (SPEC, 400, "", ErrorKind::Misconfigured),
    (SPEC, 401, "", ErrorKind::Misconfigured),
    (SPEC, 403, "", ErrorKind::Misconfigured),
    (
        "docs.oracle.com/en/industries/hospitality/integration-platform/ohipu/c_common_error_messages.htm",
        402,
        r#"{"error":"invalid_grant"}"#,
        ErrorKind::Reconnect,
    ),
];
/// The description of the token endpoint.
const SPEC: &str = "github.com/oracle/hospitality-api-docs, rest-api-specs/property/v1, oauth";

#[test]
fn a_token_that_is_refused_says_what_to_mend() {
    let told = |status, body: &str| {
        let response = answer(status, &[], body);
        ohip().auth().parse_grant(&response).unwrap_err().kind()
    };
    for (source, status, body, kind) in CREDENTIALS {
        assert_eq!(told(status, body), kind, "{source}: {status}");
    }
    assert_eq!(told(429, ""), ErrorKind::Throttled);
    assert_eq!(told(503, ""), ErrorKind::Unavailable);
    let not_one = r#"{"expires_in":3600,"token_type":"Bearer"}"#;
    assert_eq!(told(200, not_one), ErrorKind::Malformed);
}

#[test]
fn a_refresh_token_is_not_kept_because_no_call_takes_it() {
    let body = r#"{"access_token":"jwt","refresh_token":"r","expires_in":3600}"#;
    let token = ohip().auth().parse_grant(&answer(200, &[], body)).unwrap();
    assert!(token.refresh.is_none());
}

fn discovered(today: &str, response: &Response) -> Discovery {
    let ask = DiscoverAsk {
        mapped: Vec::new(),
        property: Some(id("HTL1")),
        today: night(today),
    };
    let mut out = Discovery::default();
    let adapter = ohip();
    adapter
        .parse_discover(&ask, &Carry::default(), response, &mut out)
        .unwrap();
    out
}

const PLANS: &str = include_str!("../../fixtures/rate_plans.json");

#[test]
fn a_plan_says_its_currency_its_tax_and_what_it_is_based_on() {
    let found = discovered("2027-01-01", &answer(200, &[], PLANS));
    let hotel = &found.properties[0];
    assert_eq!(hotel.basis, Some(Basis::Gross));
    assert_eq!(hotel.currency.map(|one| one.code()), Some("EUR"));
    let names = hotel
        .sellables
        .iter()
        .map(|one| (one.name.as_str(), one.derived));
    let names: Vec<_> = names.collect();
    assert_eq!(
        names,
        [("Deluxe, Daily", false), ("Deluxe, Non refundable", true)]
    );
}

#[test]
fn plans_that_disagree_leave_the_hotels_facts_open() {
    let body = PLANS.replacen(
        "\"EUR\",\"rateIncludesTax\":true",
        "\"USD\",\"rateIncludesTax\":false",
        1,
    );
    let found = discovered("2027-01-01", &answer(200, &[], &body));
    let hotel = &found.properties[0];
    assert_eq!((hotel.currency, hotel.basis), (None, None));
    let own = hotel.sellables[0].currency.map(|one| one.code());
    assert_eq!(own, Some("USD"));
}

#[test]
fn plans_that_ended_are_left_out_and_seasonal_ones_are_not_written() {
    let found = discovered("2029-01-01", &answer(200, &[], PLANS));
    assert!(found.properties[0].sellables.is_empty());
    let seasonal = PLANS.replacen("\"daily\":true", "\"daily\":false", 1);
    let found = discovered("2027-01-01", &answer(200, &[], &seasonal));
    assert!(found.properties[0].sellables[0].derived);
}

#[test]
fn a_hotel_without_plans_is_still_a_hotel() {
    let found = discovered("2027-01-01", &answer(204, &[], ""));
    assert_eq!(found.properties[0].sellables, []);
}

#[test]
fn a_refused_discovery_names_its_hotel() {
    let ask = DiscoverAsk {
        mapped: Vec::new(),
        property: Some(id("HTL1")),
        today: night("2027-01-01"),
    };
    let (adapter, mut out) = (ohip(), Discovery::default());
    let refused = answer(404, &[], r#"{"detail":"no","o:errorCode":"GEN1"}"#);
    let error = adapter
        .parse_discover(&ask, &Carry::default(), &refused, &mut out)
        .unwrap_err();
    insta::assert_snapshot!(error, @"ohip discover: Misconfigured (GEN1): hotel HTL1: no");
}

#[test]
fn without_hotels_there_is_nobody_to_ask_for() {
    let config = "gateway = 'https://gw.example.test'\nenterprise = 'E'\nexternal_system = 'EXT'";
    let adapter = rackrate_ohip::Ohip::new(toml::from_str(config).unwrap()).unwrap();
    let ask = |property| DiscoverAsk {
        mapped: Vec::new(),
        property,
        today: night("2027-01-01"),
    };
    let error = adapter.discover(&ask(None)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misconfigured);
    assert!(adapter.discover(&ask(Some(id("HTL1")))).is_ok());
}

#[test]
fn all_connections_of_a_gateway_share_its_allowances() {
    let adapter = ohip();
    let mut quotas = adapter.limits().quotas().iter();
    assert!(quotas.all(|quota| quota.scope == Scope::Address));
}

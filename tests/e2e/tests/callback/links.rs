//! Hotels that follow the link that we sent them.

use rackrate_e2e::http::visit;
use rackrate_e2e::person::Reception;
use rackrate_e2e::{Hotel, Stage, said};

use super::{REDIRECT, exchanged, generic, installs, link, partner};

#[test]
fn a_hotel_that_follows_its_link_is_connected_and_can_be_pushed_to() {
    for (stage, name) in [
        (partner(vec![Hotel::lisbon(2)]), "cloudbeds"),
        (generic(), "generic"),
    ] {
        stage.calendar(|_| Some(120));
        let link = link(&stage, name);
        let reception = Reception::start(&stage, "");
        let page = reception.consent(&link);
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains("connected"), "{}", page.body);
        // Another command works while it goes on waiting.
        let _ = stage.run("plan rates.csv").with_code(0);
        let _ = stage.run("apply plan.json").with_code(0);
        let ended = reception.stop().with_code(0);
        assert!(ended.stdout.contains(&format!("{name} is connected")));
        let _ = stage.run("creds list").with_code(0);
        assert_eq!(exchanged(&stage.vendors.record(name)), (1, 0));
    }
}

#[test]
fn who_was_told_that_a_connection_fails_hears_at_once_that_it_works_again() {
    let stage = generic();
    stage.calendar(|_| Some(120));
    let _ = stage.run("plan rates.csv").with_code(5);
    let link = link(&stage, "generic");
    let reception = Reception::start(&stage, "");
    assert_eq!(reception.consent(&link).status, 200);
    reception.until("alert: Nobody has to act: it works again.");
    let _ = reception.stop().with_code(0);
}

#[test]
fn before_a_link_is_out_the_list_says_so() {
    let list = generic().run("creds installs").with_code(0);
    assert!(list.stdout.starts_with("No link is out"), "{list:?}");
}

#[test]
fn a_grant_of_more_than_was_asked_for_connects_and_is_told() {
    let stage = generic();
    stage
        .vendors
        .switch("generic", "scopes", "guests:read rates:write rates:read");
    let link = link(&stage, "generic");
    let reception = Reception::start(&stage, "");
    assert_eq!(reception.consent(&link).status, 200);
    let ended = reception.stop().with_code(0);
    said(&ended, "credential.scope_extra");
    assert!(ended.stdout.contains("generic is connected"), "{ended:?}");
    assert_eq!(installs(&stage, 0)[0]["connection"], "generic");
    assert!(installs(&stage, 0)[0]["standing"]["connected"].is_object());
}

#[test]
fn a_link_works_once_even_after_a_restart() {
    let stage = generic();
    let link = link(&stage, "generic");
    let there = visit(&link).location.unwrap();
    let reception = Reception::start(&stage, "");
    assert_eq!(reception.visit(&there).status, 200);
    assert_eq!(reception.visit(&there).status, 410);
    let _ = reception.stop().with_code(0);
    let reception = Reception::start(&stage, "");
    assert_eq!(reception.visit(&there).status, 410);
    // Neither does the vendor's page bring another code to the same link.
    assert_eq!(reception.consent(&link).status, 410);
    let _ = reception.stop().with_code(0);
    assert_eq!(exchanged(&stage.vendors.record("generic")), (1, 0));
}

#[test]
fn what_is_not_ours_is_turned_away_and_the_vendor_hears_nothing() {
    let stage = generic();
    let link = link(&stage, "generic");
    let there = visit(&link).location.unwrap();
    let reception = Reception::start(&stage, "-vvv");
    let (state, code) = (carried(&there, "state"), carried(&there, "code"));
    for (address, status) in [
        (REDIRECT.to_owned(), 400),
        (format!("{REDIRECT}?code=c&state=guessed"), 400),
        (format!("{REDIRECT}?state={state}"), 400),
        (format!("{REDIRECT}?code=c&state={state}&state=x"), 400),
        (format!("{REDIRECT}/../x?code=c&state={state}"), 400),
        ("https://rates.example.test/elsewhere".to_owned(), 400),
    ] {
        assert_eq!(reception.visit(&address).status, status, "{address}");
    }
    assert_eq!(stage.vendors.record("generic").token_requests, 0);
    // None of them used the link up.
    assert_eq!(reception.visit(&there).status, 200);
    let ended = reception.stop().with_code(0);
    for secret in [state, code, "guessed"] {
        assert!(!ended.stderr.contains(secret), "{}", ended.stderr);
        assert!(!ended.stdout.contains(secret), "{}", ended.stdout);
    }
}

/// What an address carries under a name.
fn carried<'a>(address: &'a str, name: &str) -> &'a str {
    let (_, query) = address.split_once('?').unwrap();
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(own, _)| *own == name).unwrap().1
}

#[test]
fn a_link_of_yesterday_and_one_that_was_replaced_are_refused() {
    let stage = generic();
    let old = visit(&link(&stage, "generic")).location.unwrap();
    let newer = visit(&link(&stage, "generic")).location.unwrap();
    let reception = Reception::start(&stage, "");
    assert_eq!(reception.visit(&old).status, 410);
    outdate(&stage);
    let page = reception.visit(&newer);
    assert_eq!(page.status, 410);
    assert!(page.body.contains("too old"), "{}", page.body);
    let _ = reception.stop().with_code(0);
    assert_eq!(stage.vendors.record("generic").token_requests, 0);
}

/// Lets all links that are out have ended long ago.
fn outdate(stage: &Stage) {
    let db = rusqlite::Connection::open(stage.path("rackrate.db")).unwrap();
    let sql = "UPDATE filed SET body = json_set(body, '$.standing.invited.until', 1)
        WHERE json_extract(body, '$.standing.invited.until') IS NOT NULL";
    assert_eq!(db.execute(sql, []).unwrap(), 1);
}

#[test]
fn a_no_uses_the_link_up_and_connects_nothing() {
    let stage = generic();
    stage.vendors.switch("generic", "consent", "refused");
    let link = link(&stage, "generic");
    let reception = Reception::start(&stage, "");
    let page = reception.consent(&link);
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(!page.body.contains("access_denied"), "{}", page.body);
    assert_eq!(reception.consent(&link).status, 410);
    let ended = reception.stop().with_code(0);
    assert!(ended.stdout.contains("declined"), "{ended:?}");
    assert_eq!(stage.vendors.record("generic").token_requests, 0);
}

//! Whole runs over sockets, and how they end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rackrate_ledger::model::MemoryLedger;
use rackrate_ledger::op::Ending;
use rackrate_ledger::store::Ledger;
use rackrate_runtime::driver::Clock;
use rackrate_runtime::engine::types::{Event, Report};
use rackrate_runtime::transport::Bounds;
use wiremock::{Request, Respond, ResponseTemplate};

use crate::support::{
    CONNECTION, EPOCH, Host, Served, chunk, driver, night, read, short, vendor, wish,
};

fn clock() -> Clock {
    Clock::new(1, || EPOCH)
}

#[tokio::test]
async fn a_wish_is_pushed_followed_read_back_and_confirmed() {
    let server = vendor(Served::new()).await;
    let mut host = Host::start(&server.uri(), Bounds::default(), Clock::system()).await;
    host.handle.ask(Event::Discover(CONNECTION)).unwrap();
    host.report(|report| matches!(report, Report::Discovered(..)))
        .await;
    let chunks = vec![chunk("2027-01-01", 6_800), chunk("2027-01-02", 7_000)];
    host.handle.ask(wish(chunks)).unwrap();
    host.handle.finish().unwrap();
    while host.reports.next().await.is_some() {}

    let ended = host.reports.join().await.unwrap();

    let model = host.ledger.snapshot();
    let endings: Vec<_> = model.outcomes().map(|outcome| outcome.ending).collect();
    assert_eq!(endings, [Ending::Confirmed, Ending::Confirmed]);
    assert!(ended.is_clean() && model.recovered().clean);
}

#[tokio::test]
async fn reading_gives_what_the_vendor_shows() {
    let server = vendor(Served::new()).await;
    let mut host = Host::start(&server.uri(), Bounds::default(), Clock::system()).await;
    let (first, last) = (night("2027-01-01"), night("2027-01-03"));
    host.handle.ask(read(first, last)).unwrap();
    let report = host
        .report(|report| matches!(report, Report::Read(..)))
        .await;
    assert!(matches!(report, Report::Read(_, seen) if seen.span() == (first, last)));
}

#[tokio::test]
async fn a_stop_waits_for_no_longer_than_its_grace_and_leaves_the_ledger_open() {
    let server = vendor(|request: &Request| match request.url.path() {
        "/oauth/token" => ResponseTemplate::new(200).set_body_string(r#"{"access_token":"t"}"#),
        _ => ResponseTemplate::new(200).set_delay(Duration::from_secs(3600)),
    })
    .await;
    let ledger = Arc::new(MemoryLedger::default());
    let shared: Arc<dyn Ledger> = ledger.clone();
    let driver = driver(&server.uri(), Bounds::default(), clock(), shared);
    let (handle, reports) = driver.grace(Duration::from_millis(50)).start();
    handle
        .ask(read(night("2027-01-01"), night("2027-01-01")))
        .unwrap();
    // The token is there, so the read is on its way in the same turn or already.
    handle
        .token(rackrate_runtime::engine::types::GrantIx(0))
        .await
        .unwrap();
    handle.stop().unwrap();
    let ended = reports.join().await.unwrap();
    assert_eq!(ended.abandoned, 1);
    assert!(!ledger.snapshot().recovered().clean);
}

#[tokio::test]
async fn a_stop_takes_the_answers_under_way() {
    let (arrived, mut arrivals) = tokio::sync::mpsc::unbounded_channel();
    let (release, released) = std::sync::mpsc::channel();
    let released = Mutex::new(released);
    let simulator = Served::new();
    let server = vendor(move |request: &Request| {
        if request.url.path() != "/oauth/token" {
            arrived.send(()).unwrap();
            released.lock().unwrap().recv().unwrap();
        }
        simulator.respond(request)
    })
    .await;
    let mut host = Host::start(&server.uri(), Bounds::default(), Clock::system()).await;
    let day = night("2027-01-01");
    host.handle.ask(read(day, day)).unwrap();
    arrivals.recv().await.unwrap();
    host.handle.stop().unwrap();
    release.send(()).unwrap();
    host.report(|report| matches!(report, Report::Read(..)))
        .await;
    assert!(host.reports.join().await.unwrap().is_clean());
    assert!(host.ledger.snapshot().recovered().clean);
}

#[tokio::test]
async fn a_run_whose_handles_are_gone_ends_by_itself() {
    let server = vendor(Served::new()).await;
    let host = Host::start(&server.uri(), short(), clock()).await;
    drop(host.handle);
    assert!(host.reports.join().await.unwrap().is_clean());
    assert!(host.ledger.snapshot().recovered().clean);
}

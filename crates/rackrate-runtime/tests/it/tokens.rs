//! Ten thousand callers and one token endpoint.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rackrate_core::clock::Wall;
use rackrate_core::error::ErrorKind;
use rackrate_runtime::driver::Clock;
use rackrate_runtime::engine::types::GrantIx;
use rackrate_runtime::handle::{Handle, NoToken};
use rackrate_runtime::transport::Bounds;
use tokio::sync::Barrier;
use wiremock::{MockServer, Request, ResponseTemplate};

use crate::support::{EPOCH, Host, night, read, short, vendor};

const CALLERS: usize = 10_000;
const GRANT: GrantIx = GrantIx(0);

/// All callers ask at once; what each of them got, as text.
async fn all_ask(handle: &Handle) -> Vec<Result<String, NoToken>> {
    let ready = Arc::new(Barrier::new(CALLERS));
    let callers = (0..CALLERS).map(|_| {
        let (tokens, ready) = (handle.tokens(GRANT), Arc::clone(&ready));
        tokio::spawn(async move {
            ready.wait().await;
            let token = tokens.get().await?;
            Ok(token.access().expose().to_owned())
        })
    });
    let callers: Vec<_> = callers.collect();
    let mut got = Vec::new();
    for caller in callers {
        got.push(caller.await.unwrap());
    }
    got
}

async fn requests(server: &MockServer) -> usize {
    let count = server.received_requests().await.unwrap().len();
    // Ten thousand answers use up what a task may do in one go. A server that is dropped in
    // that state waits for itself without end, so the test goes on with a new turn.
    tokio::task::yield_now().await;
    count
}

fn kinds(got: &[Result<String, NoToken>]) -> BTreeSet<String> {
    let kind = |one: &Result<String, NoToken>| match one {
        Err(NoToken::Failed(failure)) => format!("{:?}", failure.kind),
        other => format!("{other:?}"),
    };
    got.iter().map(kind).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_callers_of_an_expired_token_share_one_request() {
    let count = AtomicI64::new(0);
    let server = vendor(move |_: &Request| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        let body = format!(r#"{{"access_token":"t{number}","expires_in":3600}}"#);
        ResponseTemplate::new(200).set_body_string(body)
    })
    .await;
    let wall = Arc::new(AtomicI64::new(EPOCH.0));
    let shown = Arc::clone(&wall);
    let clock = Clock::new(1, move || Wall(shown.load(Ordering::SeqCst)));
    let host = Host::start(&server.uri(), Bounds::default(), clock).await;
    let first = host.handle.token(GRANT).await.unwrap();
    assert_eq!(first.access().expose(), "t1");

    wall.fetch_add(3_600_000, Ordering::SeqCst);
    let got = all_ask(&host.handle).await;

    assert!(got.iter().all(|one| one.as_deref() == Ok("t2")));
    assert_eq!(requests(&server).await, 2);
    host.handle.finish().unwrap();
    assert!(host.reports.join().await.unwrap().is_clean());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_endpoint_out_of_order_is_tried_three_times_for_all_callers() {
    let server = vendor(ResponseTemplate::new(500)).await;
    let host = Host::start(&server.uri(), Bounds::default(), Clock::system()).await;
    let got = all_ask(&host.handle).await;
    assert_eq!(kinds(&got), BTreeSet::from(["Unavailable".to_owned()]));
    assert_eq!(requests(&server).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_of_a_hanging_endpoint_give_up_together_at_the_deadline() {
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(3600));
    let server = vendor(slow).await;
    let host = Host::start(&server.uri(), short(), Clock::system()).await;
    let got = all_ask(&host.handle).await;
    assert_eq!(
        kinds(&got),
        BTreeSet::from([format!("{:?}", ErrorKind::TimedOut)])
    );
    assert!(requests(&server).await <= 3);
}

#[tokio::test]
async fn a_wrong_secret_is_told_at_once_and_not_tried_again() {
    let answer = ResponseTemplate::new(401).set_body_string(r#"{"error":"invalid_client"}"#);
    let server = vendor(answer).await;
    let host = Host::start(&server.uri(), Bounds::default(), Clock::system()).await;
    for _ in 0..2 {
        let why = host.handle.token(GRANT).await.unwrap_err();
        assert!(
            matches!(why, NoToken::Failed(failure) if failure.kind == ErrorKind::Misconfigured)
        );
    }
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn those_who_wait_for_a_token_learn_that_the_run_ended() {
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(3600));
    let server = vendor(slow).await;
    let mut host = Host::start(&server.uri(), short(), Clock::system()).await;
    let waiting = tokio::spawn({
        let tokens = host.handle.tokens(GRANT);
        async move { tokens.get().await }
    });
    host.handle.stop().unwrap();
    while host.reports.next().await.is_some() {}
    assert!(waiting.await.unwrap().is_err());
    assert_eq!(host.handle.token(GRANT).await.unwrap_err(), NoToken::Ended);
    assert_eq!(
        host.handle.token(GrantIx(9)).await.unwrap_err(),
        NoToken::Unknown
    );
}

#[tokio::test]
async fn a_refused_token_is_given_to_nobody_while_the_next_is_fetched() {
    let (asked, mut asks) = tokio::sync::mpsc::unbounded_channel();
    let (release, released) = std::sync::mpsc::channel();
    let released = Mutex::new(released);
    let count = AtomicI64::new(0);
    let server = vendor(move |request: &Request| {
        if request.url.path() != "/oauth/token" {
            let first = request.headers["authorization"] == "Bearer t1";
            return ResponseTemplate::new(if first { 401 } else { 503 });
        }
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        if number == 2 {
            asked.send(()).unwrap();
            released.lock().unwrap().recv().unwrap();
        }
        let body = format!(r#"{{"access_token":"t{number}","expires_in":3600}}"#);
        ResponseTemplate::new(200).set_body_string(body)
    })
    .await;
    let host = Host::start(&server.uri(), Bounds::default(), Clock::system()).await;
    host.handle.token(GRANT).await.unwrap();
    let day = night("2027-01-01");
    host.handle.ask(read(day, day)).unwrap();
    asks.recv().await.unwrap();

    let waiting = tokio::spawn({
        let tokens = host.handle.tokens(GRANT);
        async move { tokens.get().await }
    });
    // The test runs on one thread: the caller has asked and found nothing by now.
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    release.send(()).unwrap();

    let token = waiting.await.unwrap().unwrap();
    assert_eq!(token.access().expose(), "t2");
}

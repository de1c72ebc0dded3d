//! A secret that changes while a run is under way, at a token endpoint that takes one only.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use rackrate_core::error::ErrorKind;
use rackrate_core::ids::ConnectionId;
use rackrate_core::secret::Secret;
use rackrate_ledger::model::MemoryLedger;
use rackrate_runtime::driver::{Clock, Reports};
use rackrate_runtime::engine::types::GrantIx;
use rackrate_runtime::handle::{Handle, NoToken};
use rackrate_runtime::places::{Fetched, Places};
use rackrate_runtime::transport::Bounds;
use wiremock::{MockServer, Request, ResponseTemplate};

use crate::support::{driver, vendor};

const GRANT: GrantIx = GrantIx(0);
const NEW: &str = "the+next&one";

/// A place where another secret is, and how often it was asked.
#[derive(Debug)]
struct Place {
    holds: &'static str,
    asked: AtomicUsize,
}

#[async_trait]
impl Places for Place {
    async fn again(&self, connection: &ConnectionId) -> Vec<Fetched> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        vec![Fetched {
            connection: connection.clone(),
            name: "client_secret".to_owned(),
            secret: Secret::new(self.holds.to_owned()),
        }]
    }
}

/// A token endpoint that has changed the secret to [`NEW`], and a run with the old one.
async fn run(holds: &'static str) -> (MockServer, Arc<Place>, Handle, Reports) {
    let server = vendor(|request: &Request| {
        let form = url::form_urlencoded::parse(&request.body);
        let is_new = form.into_iter().any(|(_, value)| value == NEW);
        match is_new {
            true => ResponseTemplate::new(200).set_body_string(r#"{"access_token":"t"}"#),
            false => ResponseTemplate::new(401).set_body_string(r#"{"error":"invalid_client"}"#),
        }
    })
    .await;
    let place = Arc::new(Place {
        holds,
        asked: AtomicUsize::new(0),
    });
    let places: Arc<dyn Places> = place.clone();
    let ledger = Arc::new(MemoryLedger::default());
    let driver = driver(&server.uri(), Bounds::default(), Clock::system(), ledger);
    let (handle, reports) = driver.places(Some(places)).start();
    (server, place, handle, reports)
}

#[tokio::test]
async fn a_changed_secret_is_read_again_and_nobody_notices() {
    let (server, place, handle, reports) = run(NEW).await;
    let token = handle.token(GRANT).await.unwrap();
    assert_eq!(token.access().expose(), "t");
    assert_eq!(place.asked.load(Ordering::SeqCst), 1);
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
    handle.finish().unwrap();
    assert!(reports.join().await.unwrap().is_clean());
}

#[tokio::test]
async fn a_secret_that_is_wrong_at_its_place_too_is_sent_twice_at_most() {
    for (holds, requests) in [(crate::support::PLANTED, 1), ("wrong, too", 2)] {
        let (server, place, handle, _reports) = run(holds).await;
        for _ in 0..2 {
            let why = handle.token(GRANT).await.unwrap_err();
            let kind = match why {
                NoToken::Failed(failure) => failure.kind,
                other => panic!("{other:?}"),
            };
            assert_eq!(kind, ErrorKind::Misconfigured);
        }
        assert_eq!(place.asked.load(Ordering::SeqCst), 1);
        let received = server.received_requests().await.unwrap();
        assert_eq!(received.len(), requests, "{holds}");
    }
}

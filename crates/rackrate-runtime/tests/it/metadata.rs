//! Servers that describe themselves, and servers that mean no good by it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rackrate_core::ids::{ConnectionId, Vendor};
use rackrate_core::metadata::{Issuer, Metadata, Unfit};
use rackrate_runtime::metadata::{NotKnown, Servers};
use rackrate_runtime::transport::Fault;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::hostile::{READ_AT_MOST, endpoint, flood, says};

async fn asked(issuer: &str) -> Result<Metadata, NotKnown> {
    let servers = Servers::within(Duration::from_millis(400)).unwrap();
    let (house, vendor) = (
        ConnectionId::new("house").unwrap(),
        Vendor::constant("acme"),
    );
    let issuer = Issuer::new(issuer).unwrap();
    servers.ask(&issuer, &house, &vendor).await
}

async fn asked_of(answer: String) -> Result<Metadata, NotKnown> {
    let address = endpoint(move |socket| drop(socket.write_all(answer.as_bytes())));
    asked(&address).await
}

/// A server that describes itself there, and nowhere else.
async fn server(place: &str, tenant: &str) -> (MockServer, String) {
    let server = MockServer::start().await;
    let issuer = format!("{}{tenant}", server.uri());
    let told = format!(r#"{{"issuer":"{issuer}","token_endpoint":"{issuer}/t"}}"#);
    Mock::given(method("GET"))
        .and(path(place))
        .respond_with(ResponseTemplate::new(200).set_body_string(told))
        .mount(&server)
        .await;
    (server, issuer)
}

#[tokio::test]
async fn a_server_is_found_where_either_standard_has_it() {
    for place in [
        "/.well-known/oauth-authorization-server/tenant",
        "/tenant/.well-known/openid-configuration",
    ] {
        let (_server, issuer) = server(place, "/tenant").await;
        let known = asked(&issuer).await.unwrap();
        assert_eq!(known.token.url().as_str(), format!("{issuer}/t"));
    }
}

#[tokio::test]
async fn where_nothing_is_the_second_place_is_told() {
    let server = MockServer::start().await;
    let why = asked(&server.uri()).await.unwrap_err();
    let NotKnown::Status(place, 404) = why else {
        panic!("{why}");
    };
    assert_eq!(place.path(), "/.well-known/openid-configuration");
}

#[tokio::test]
async fn words_that_are_no_metadata_are_not_believed() {
    let page = asked_of(says("200 OK", "", "<html>sign in</html>")).await;
    assert!(matches!(page, Err(NotKnown::Unfit(_, Unfit::NoMetadata))));
    let other = r#"{"issuer":"https://evil.test","token_endpoint":"https://evil.test/t"}"#;
    let other = asked_of(says("200 OK", "", other)).await;
    assert!(matches!(
        other,
        Err(NotKnown::Unfit(_, Unfit::OtherIssuer(_)))
    ));
    let busy = asked_of(says("503 Service Unavailable", "", "")).await;
    assert!(matches!(busy, Err(NotKnown::Status(_, 503))));
}

#[tokio::test]
async fn a_redirect_is_no_description() {
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let to = format!("location: http://{}/\r\n", trap.local_addr().unwrap());
    let moved = asked_of(says("302 Found", &to, "")).await;
    assert!(matches!(moved, Err(NotKnown::Status(_, 302))));
    assert!(trap.accept().is_err(), "somebody came");
}

#[tokio::test]
async fn a_description_without_end_is_left_unread() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n";
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&taken);
    let spaces = " ".repeat(0x10000);
    let address = endpoint(move |socket| flood(socket, head, spaces.as_bytes(), &counted));
    let huge = asked(&address).await;
    assert!(matches!(
        huge,
        Err(NotKnown::Unanswered(_, Fault::TooLarge(_)))
    ));
    assert!(taken.load(Ordering::SeqCst) < READ_AT_MOST);
}

#[tokio::test]
async fn a_description_that_drips_ends_at_the_deadline() {
    let address = endpoint(|socket| {
        drop(socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"));
        // The next byte never comes; whoever waits for it hangs up some day.
        while socket.read(&mut [0; 64]).unwrap_or(0) > 0 {}
    });
    let late = asked(&address).await;
    assert!(matches!(
        late,
        Err(NotKnown::Unanswered(_, Fault::TimedOut(_)))
    ));
}

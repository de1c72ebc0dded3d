//! One attempt: what each way to fail means, and what is told of it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rackrate_core::error::{Delivery, ErrorKind};
use rackrate_core::exchange::{Operation, Response, Touch};
use rackrate_core::ids::{ConnectionId, PropertyCode, Vendor};
use rackrate_runtime::transport::{About, Bounds, Call, Fault, Transport};
use wiremock::ResponseTemplate;

use crate::support::{PLANTED, short, vendor};

fn call(url: &str, operation: Operation) -> Call {
    let mut request = http::Request::post(url)
        .body(Bytes::from_static(b"{}"))
        .unwrap();
    let secret = http::HeaderValue::from_static(PLANTED);
    request
        .headers_mut()
        .insert("authorization", secret.clone());
    request.headers_mut().insert("x-key", secret);
    let about = About {
        id: "1-1".into(),
        vendor: Vendor::new("acme").unwrap(),
        connection: ConnectionId::new("house").unwrap(),
        property: PropertyCode::new("algarve").ok(),
        operation,
        touch: Touch::Write,
        url: url.parse().unwrap(),
        trace_header: Some("x-trace"),
    };
    Call {
        about: Arc::new(about),
        request,
    }
}

async fn sent(url: &str, operation: Operation, bounds: Bounds) -> Result<Response, Fault> {
    let transport = Transport::new(bounds).unwrap();
    transport.send(call(url, operation)).await
}

fn meaning(result: Result<Response, Fault>) -> (ErrorKind, Delivery, bool) {
    let failure = result.unwrap_err().failure();
    (failure.kind, failure.delivery, failure.answered)
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let away = ResponseTemplate::new(307).insert_header("location", "/elsewhere");
    let server = vendor(away).await;
    let response = sent(&server.uri(), Operation::Push, Bounds::default())
        .await
        .unwrap();
    assert_eq!(response.status.as_u16(), 307);
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_token_endpoint_may_say_less_than_others() {
    let server = vendor(ResponseTemplate::new(200).set_body_bytes(vec![b'x'; 65 * 1024])).await;
    let push = sent(&server.uri(), Operation::Push, Bounds::default()).await;
    assert_eq!(push.unwrap().body.len(), 65 * 1024);
    let token = sent(&server.uri(), Operation::Token, Bounds::default()).await;
    assert_eq!(
        meaning(token),
        (ErrorKind::Malformed, Delivery::Unknown, true)
    );
}

#[tokio::test]
async fn a_small_compressed_answer_cannot_grow_beyond_the_limit() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..32 {
        gzip.write_all(&vec![0; 1024 * 1024]).unwrap();
    }
    let bomb = gzip.finish().unwrap();
    assert!(bomb.len() < 64 * 1024);
    let packed = ResponseTemplate::new(200).insert_header("content-encoding", "gzip");
    let server = vendor(packed.set_body_bytes(bomb)).await;
    let result = sent(&server.uri(), Operation::Read, Bounds::default()).await;
    assert_eq!(result.unwrap_err(), Fault::TooLarge(16 * 1024 * 1024));
}

#[tokio::test]
async fn who_cannot_be_reached_got_nothing() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for url in [format!("http://{free}/"), format!("https://{free}/")] {
        let result = sent(&url, Operation::Push, Bounds::default()).await;
        assert_eq!(
            meaning(result),
            (ErrorKind::Unavailable, Delivery::NotSent, false)
        );
    }
}

#[tokio::test]
async fn a_failed_handshake_left_nothing_at_the_vendor() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let plain = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        socket
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
        let _ = socket.read(&mut [0; 4096]);
    });
    let result = sent(&url, Operation::Push, Bounds::default()).await;
    assert_eq!(
        meaning(result),
        (ErrorKind::Unavailable, Delivery::NotSent, false)
    );
    plain.join().unwrap();
}

#[tokio::test]
async fn a_vendor_that_hangs_up_after_reading_may_have_acted() {
    for half in ["", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let reader = std::thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let _ = socket.read(&mut [0; 4096]).unwrap();
            socket.write_all(half.as_bytes()).unwrap();
            drop(socket);
            // Nobody tries a second time.
            listener.set_nonblocking(true).unwrap();
            listener
        });
        let result = sent(&url, Operation::Push, Bounds::default()).await;
        assert_eq!(
            meaning(result),
            (ErrorKind::Unavailable, Delivery::Unknown, false),
            "{half}"
        );
        assert!(reader.join().unwrap().accept().is_err());
    }
}

#[tokio::test]
async fn a_vendor_that_never_answers_may_have_acted() {
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(3600));
    let server = vendor(slow).await;
    let result = sent(&server.uri(), Operation::Push, short()).await;
    assert_eq!(
        meaning(result),
        (ErrorKind::TimedOut, Delivery::Unknown, false)
    );
}

#[tokio::test(start_paused = true)]
async fn the_deadline_counts_the_whole_attempt() {
    let never = tower::service_fn(|_: http::Request<Bytes>| {
        std::future::pending::<Result<http::Response<http_body_util::Empty<Bytes>>, Fault>>()
    });
    let transport = Transport::over(never, Bounds::default());
    let result = transport
        .send(call("https://acme.test/", Operation::Read))
        .await;
    assert_eq!(
        result.unwrap_err(),
        Fault::TimedOut(Duration::from_secs(30))
    );
}

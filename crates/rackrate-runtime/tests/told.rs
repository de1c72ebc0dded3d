//! What is told of an attempt. A process of its own, because what listens is global.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::io::Write;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use rackrate_core::exchange::{Operation, Touch};
use rackrate_core::ids::{ConnectionId, PropertyCode, Vendor};
use rackrate_runtime::transport::{About, Bounds, Call, Transport, describe};
use wiremock::{Mock, MockServer, ResponseTemplate};

const PLANTED: &str = "s3cret & more";

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

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn an_attempt_is_told_in_full_and_its_secrets_are_not() {
    let log = Log::default();
    let lines = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || lines.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new()
        .install_recorder()
        .unwrap();
    describe();
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(202).insert_header("x-trace", "abc-1");
    Mock::given(wiremock::matchers::any())
        .respond_with(answer)
        .mount(&server)
        .await;
    let url = format!("{}/v2/rates?page=2", server.uri());
    let transport = Transport::new(Bounds::default()).unwrap();
    transport.send(call(&url, Operation::Push)).await.unwrap();
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for part in [
        "correlation_id=1-1",
        "vendor=acme",
        "connection=house",
        "property=algarve",
        "/v2/rates?page=2",
        "http.response.status_code=202",
        "vendor_request_id=\"abc-1\"",
        "latency_ms=",
    ] {
        assert!(log.contains(part), "{part} in {log}");
    }
    assert!(!log.contains("s3cret"), "{log}");
    let counted = recorder.render();
    let line = r#"rackrate_vendor_requests_total{vendor="acme",operation="push",outcome="2xx"} 1"#;
    assert!(counted.contains(line), "{counted}");
    assert!(
        counted.contains("rackrate_vendor_request_duration_seconds_count"),
        "{counted}"
    );
}

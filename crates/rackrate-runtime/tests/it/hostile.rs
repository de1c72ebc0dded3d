//! A token endpoint that means no good: what its callers are told, and that nothing of it is
//! followed, believed or read without end.

use std::io::{ErrorKind as Io, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rackrate_core::error::ErrorKind;
use rackrate_core::secret::Secret;
use rackrate_runtime::desk::Code;
use rackrate_runtime::driver::Clock;
use rackrate_runtime::engine::types::{Event, GrantIx, Report};
use rackrate_runtime::handle::NoToken;
use rackrate_runtime::transport::Bounds;

use crate::support::{Host, PLANTED, chunk, consenting, night, read, short, wish};

const GRANT: GrantIx = GrantIx(0);

/// More than sockets on their way can hold, and far less than was offered.
pub(crate) const READ_AT_MOST: usize = 16 * 1024 * 1024;

/// Answers each request so, on a thread that ends with the test.
pub(crate) fn endpoint(answer: impl Fn(&mut TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let mut head = Vec::new();
            while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                let mut byte = [0];
                if socket.read(&mut byte).unwrap_or(0) == 0 {
                    break;
                }
                head.extend(byte);
            }
            answer(&mut socket);
        }
    });
    address
}

pub(crate) fn says(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
    )
}

/// What the caller of a token is told.
async fn told(address: &str) -> Result<String, ErrorKind> {
    let host = Host::start(address, short(), Clock::system()).await;
    match host.handle.token(GRANT).await {
        Ok(token) => Ok(token.access().expose().to_owned()),
        Err(NoToken::Failed(failure)) => Err(failure.kind),
        Err(other) => panic!("{other:?}"),
    }
}

async fn told_by(answer: String) -> Result<String, ErrorKind> {
    let address = endpoint(move |socket| drop(socket.write_all(answer.as_bytes())));
    told(&address).await
}

#[tokio::test]
async fn words_that_are_no_token_are_not_taken_for_one() {
    let token = |rest: &str| says("200 OK", "", &format!(r#"{{"access_token":"t"{rest}}}"#));
    let cases = [
        (
            "HTML with 200",
            says("200 OK", "", "<html>sign in</html>"),
            ErrorKind::Malformed,
        ),
        (
            "nothing with 200",
            says("200 OK", "", ""),
            ErrorKind::Malformed,
        ),
        (
            "no access_token",
            says("200 OK", "", r#"{"expires_in":60}"#),
            ErrorKind::Malformed,
        ),
        (
            "an error with 200",
            says("200 OK", "", r#"{"error":"invalid_grant"}"#),
            ErrorKind::Malformed,
        ),
        (
            "another type",
            token(r#","token_type":"mac""#),
            ErrorKind::Malformed,
        ),
        (
            "dead on arrival",
            token(r#","expires_in":0"#),
            ErrorKind::Malformed,
        ),
        (
            "a negative life",
            token(r#","expires_in":-1"#),
            ErrorKind::Malformed,
        ),
        (
            "a life in words",
            token(r#","expires_in":"soon""#),
            ErrorKind::Malformed,
        ),
        (
            "half a second",
            token(r#","expires_in":0.5"#),
            ErrorKind::Malformed,
        ),
        (
            "a life as a list",
            token(r#","expires_in":[60]"#),
            ErrorKind::Malformed,
        ),
        (
            "400 invalid_client",
            says("400 Bad Request", "", r#"{"error":"invalid_client"}"#),
            ErrorKind::Misconfigured,
        ),
        (
            "401 invalid_client",
            says("401 Unauthorized", "", r#"{"error":"invalid_client"}"#),
            ErrorKind::Misconfigured,
        ),
        (
            "401 empty",
            says("401 Unauthorized", "", ""),
            ErrorKind::Misconfigured,
        ),
    ];
    for (case, answer, kind) in cases {
        assert_eq!(told_by(answer).await, Err(kind), "{case}");
        println!("{case:<24} {kind:?}");
    }
    for life in ["60", "\"60\"", "60.9", "99999999999999999999"] {
        let answer = token(&format!(r#","token_type":"BEARER","expires_in":{life}"#));
        assert_eq!(told_by(answer).await.as_deref(), Ok("t"), "{life}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_wherever_it_leads() {
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let away = format!("http://{}/oauth/token", trap.local_addr().unwrap());
    for to in [away.as_str(), "http://169.254.169.254/latest/meta-data/"] {
        for status in [
            "302 Found",
            "307 Temporary Redirect",
            "308 Permanent Redirect",
        ] {
            let answer = says(status, &format!("location: {to}\r\n"), "");
            assert_eq!(told_by(answer).await, Err(ErrorKind::Malformed), "{status}");
        }
    }
    let nobody = trap.accept().unwrap_err();
    assert_eq!(nobody.kind(), Io::WouldBlock, "somebody came");
}

/// Writes for as long as somebody reads; how much was taken.
pub(crate) fn flood(socket: &mut TcpStream, head: &str, part: &[u8], taken: &AtomicUsize) {
    if socket.write_all(head.as_bytes()).is_err() {
        return;
    }
    while socket.write_all(part).is_ok() {
        taken.fetch_add(part.len(), Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_body_without_end_is_left_unread() {
    let gigabyte = "HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n";
    let endless = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    for (head, part) in [(gigabyte, " ".repeat(0x10000)), (endless, chunk)] {
        let taken = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&taken);
        let address = endpoint(move |socket| flood(socket, head, part.as_bytes(), &counted));
        assert_eq!(told(&address).await, Err(ErrorKind::Malformed), "{head}");
        assert!(taken.load(Ordering::SeqCst) < READ_AT_MOST);
    }
}

#[tokio::test]
async fn a_small_answer_that_unpacks_to_a_large_one_is_left_unread() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&vec![b' '; 32 * 1024 * 1024]).unwrap();
    let bomb = gzip.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        bomb.len()
    );
    let address = endpoint(move |socket| {
        drop(socket.write_all(head.as_bytes()));
        drop(socket.write_all(&bomb));
    });
    assert_eq!(told(&address).await, Err(ErrorKind::Malformed));
}

#[tokio::test]
async fn a_body_that_drips_ends_at_the_deadline() {
    let address = endpoint(|socket| {
        drop(socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"));
        // The next byte never comes; whoever waits for it hangs up some day.
        while socket.read(&mut [0; 64]).unwrap_or(0) > 0 {}
    });
    assert_eq!(told(&address).await, Err(ErrorKind::TimedOut));
}

/// The body of the one request that comes, which is answered so.
fn heard(answer: String) -> (String, std::sync::mpsc::Receiver<String>) {
    let (tell, told) = std::sync::mpsc::channel();
    let address = endpoint(move |socket| {
        let mut body = [0; 4096];
        let length = socket.read(&mut body).unwrap_or(0);
        drop(tell.send(String::from_utf8_lossy(&body[..length]).into_owned()));
        drop(socket.write_all(answer.as_bytes()));
    });
    (address, told)
}

/// Answers with a token of that scope, and nothing else.
async fn granted(scope: &str) -> Host {
    let body = format!(r#"{{"access_token":"t","expires_in":3600,"scope":"{scope}"}}"#);
    let answer = says("200 OK", "", &body);
    let address = endpoint(move |socket| drop(socket.write_all(answer.as_bytes())));
    Host::start(&address, Bounds::default(), Clock::system()).await
}

#[tokio::test]
async fn a_scope_too_small_stops_the_write_and_names_the_operation() {
    let mut host = granted("rates:read").await;
    let wish = wish(vec![chunk("2027-03-01", 12_900)]);
    host.handle.ask(wish).unwrap();
    let held = host
        .report(|report| matches!(report, Report::Held(..)))
        .await;
    let Report::Held(_, failure) = held else {
        panic!("{held:?}");
    };
    assert_eq!(failure.kind, ErrorKind::Unscoped);
    assert!(failure.text.contains("rates:write"), "{}", failure.text);
}

#[tokio::test]
async fn a_scope_that_covers_nothing_stops_the_read_too() {
    for scope in ["", "Rates:Read", "guests:read"] {
        let mut host = granted(scope).await;
        let night = night("2027-03-01");
        host.handle.ask(read(night, night)).unwrap();
        let told = host
            .report(|report| matches!(report, Report::ReadFailed(..)))
            .await;
        assert!(
            format!("{told:?}").contains("Unscoped"),
            "{scope}: {told:?}"
        );
    }
}

#[tokio::test]
async fn a_scope_larger_than_asked_for_is_told_and_does_not_stop() {
    let mut host = granted("rates:write admin guests:read rates:read").await;
    let _ = host.handle.token(GRANT).await.unwrap();
    let told = host
        .report(|report| matches!(report, Report::MoreGranted(..)))
        .await;
    let Report::MoreGranted(_, scopes) = told else {
        panic!("{told:?}");
    };
    assert_eq!(scopes, ["admin", "guests:read"]);
}

/// Whatever the server makes of it: one request, with the verifier, and no second one without.
#[tokio::test]
async fn a_code_never_goes_without_its_verifier_even_where_the_server_wants_none() {
    let token = r#"{"access_token":"t","expires_in":60,"refresh_token":"r"}"#;
    let no_pkce = r#"{"error":"invalid_request","error_description":"unknown code_verifier"}"#;
    for (answer, connects) in [
        (says("200 OK", "", token), true),
        (says("400 Bad Request", "", no_pkce), false),
    ] {
        let (address, bodies) = heard(answer);
        let code = Code {
            code: Secret::new("c0de".to_owned()),
            redirect: "http://127.0.0.1:9/callback".parse().unwrap(),
            verifier: Some(Secret::new("v3rifier".to_owned())),
        };
        let (mut host, invited) = consenting(&address, code).await;
        assert!(invited.contains("code_challenge_method=S256"), "{invited}");
        host.handle.ask(Event::Consented(GRANT)).unwrap();
        let told = host
            .report(|report| matches!(report, Report::Connected(_) | Report::NoToken(..)))
            .await;
        assert_eq!(matches!(told, Report::Connected(_)), connects, "{told:?}");
        host.handle.finish().unwrap();
        assert!(host.reports.join().await.unwrap().is_clean());
        let bodies: Vec<_> = bodies.try_iter().collect();
        assert_eq!(bodies.len(), 1);
        assert!(bodies[0].contains("code_verifier=v3rifier"));
        assert!(!bodies[0].contains(PLANTED));
    }
}

//! A token endpoint that means no good: what its callers are told, and that nothing of it is
//! followed, believed or read without end.

use std::io::{ErrorKind as Io, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rackrate_core::error::ErrorKind;
use rackrate_runtime::driver::Clock;
use rackrate_runtime::engine::types::GrantIx;
use rackrate_runtime::handle::NoToken;

use crate::support::{Host, short};

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

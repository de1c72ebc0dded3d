//! Why no whole answer came.
//!
//! Invariant: only what certainly never left is [`Fault::NoConnection`] or
//! [`Fault::Unsendable`].

use rackrate_core::error::innermost;

/// Why no whole answer came, without the address that was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The name was not found, nobody listens there, or the TLS handshake failed.
    #[error("no connection: {0}")]
    NoConnection(String),
    /// The request cannot be put on the wire at all.
    #[error("the request cannot be sent: {0}")]
    Unsendable(String),
    /// The deadline passed; the request may have left.
    #[error("it did not answer in time")]
    TimedOut,
    /// The connection broke after the request may have left.
    #[error("the connection broke: {0}")]
    Broken(String),
}

impl Fault {
    /// Whether the machine is reached and its certificate is one that nobody here vouches for:
    /// that stays so, however often it is tried.
    pub fn is_untrusted(&self) -> bool {
        matches!(self, Self::NoConnection(cause) if cause.contains("certificate"))
    }
}

impl From<reqwest::Error> for Fault {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let cause = innermost(&error);
        // A connection that is waited for in vain ran out of time too, and nothing left.
        if error.is_connect() {
            Self::NoConnection(cause)
        } else if error.is_builder() {
            Self::Unsendable(cause)
        } else if error.is_timeout() {
            Self::TimedOut
        } else {
            Self::Broken(cause)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::time::Duration;

    use bytes::Bytes;

    use super::*;
    use crate::Clients;

    async fn sent(address: &str) -> Result<u16, Fault> {
        let clients = Clients::new(|builder| builder.timeout(Duration::from_millis(100)));
        let request = http::Request::post(address).body(Bytes::from_static(b"x"));
        let answer = clients.unwrap().send(request.unwrap()).await?;
        Ok(answer.status().as_u16())
    }

    /// A server that takes one request and answers so.
    fn answering(bytes: &'static [u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/MARKER", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let read = stream.read(&mut [0; 4096]).unwrap();
            assert!(read > 0);
            stream.write_all(bytes).unwrap();
        });
        address
    }

    #[tokio::test]
    async fn nobody_who_listens_is_no_connection() {
        let fault = sent("http://127.0.0.1:1/MARKER").await.unwrap_err();
        assert!(matches!(fault, Fault::NoConnection(_)), "{fault:?}");
        assert!(!format!("{fault} {fault:?}").contains("MARKER"));
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_is_no_missing_connection() {
        let fault = sent(&answering(b"HTTP/1.1 2")).await.unwrap_err();
        assert!(matches!(fault, Fault::Broken(_)), "{fault:?}");
        assert!(!format!("{fault} {fault:?}").contains("MARKER"));
    }

    #[tokio::test]
    async fn silence_is_told_as_such() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/MARKER", silent.local_addr().unwrap());
        assert_eq!(sent(&address).await, Err(Fault::TimedOut));
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer() {
        let elsewhere =
            b"HTTP/1.1 307 T\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(sent(&answering(elsewhere)).await, Ok(307));
    }

    #[test]
    fn a_certificate_that_nobody_vouches_for_stays_so() {
        let untrusted = "invalid peer certificate: UnknownIssuer";
        assert!(Fault::NoConnection(untrusted.to_owned()).is_untrusted());
        let refused = "Connection refused (os error 111)";
        assert!(!Fault::NoConnection(refused.to_owned()).is_untrusted());
    }
}

//! Places where alerts arrive: an HTTP server and a mail server, which keep what they get.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::runtime::Runtime;
use wiremock::matchers::path_regex;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// What webhooks are signed with.
pub(crate) const SIGNING: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// Takes what is posted.
pub(crate) struct Inbox {
    runtime: Runtime,
    pub(crate) server: MockServer,
}

impl Inbox {
    pub(crate) fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(MockServer::start());
        let inbox = Self { runtime, server };
        inbox.answers(200);
        inbox
    }

    pub(crate) fn answers(&self, status: u16) {
        self.gives(ResponseTemplate::new(status));
    }

    /// Takes everything, and says so only after a while.
    pub(crate) fn answers_late(&self) {
        self.gives(ResponseTemplate::new(200).set_delay(Duration::from_secs(3)));
    }

    fn gives(&self, answer: ResponseTemplate) {
        let mock = Mock::given(path_regex(".*")).respond_with(answer);
        self.runtime.block_on(async {
            self.server.reset().await;
            mock.mount(&self.server).await;
        });
    }

    pub(crate) fn all(&self) -> Vec<Request> {
        let requests = self.runtime.block_on(self.server.received_requests());
        requests.unwrap()
    }

    /// What came to a path since the last look at any.
    pub(crate) fn taken(&self) -> Vec<Request> {
        let all = self.all();
        self.answers(200);
        all
    }
}

/// Takes mails.
pub(crate) struct Mailbox {
    pub(crate) port: u16,
    mails: Arc<Mutex<Vec<String>>>,
}

impl Mailbox {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mails = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&mails);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.unwrap(), &taken);
            }
        });
        Self { port, mails }
    }

    pub(crate) fn taken(&self) -> Vec<String> {
        std::mem::take(&mut self.mails.lock().unwrap())
    }
}

/// One conversation with a mail server that takes everything.
fn serve(stream: TcpStream, mails: &Mutex<Vec<String>>) {
    let mut write = stream.try_clone().unwrap();
    let mut say = |line: &str| write.write_all(line.as_bytes()).unwrap();
    say("220 ready\r\n");
    let mut mail: Option<String> = None;
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        match (&mut mail, line.split(' ').next().unwrap_or_default()) {
            (Some(text), ".") => {
                mails.lock().unwrap().push(std::mem::take(text));
                mail = None;
                say("250 taken\r\n");
            }
            (Some(text), _) => *text += &format!("{line}\n"),
            (None, "EHLO") => say("250-here\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n"),
            (None, "AUTH") => say("235 welcome\r\n"),
            (None, "DATA") => {
                mail = Some(String::new());
                say("354 go on\r\n");
            }
            (None, "QUIT") => return say("221 bye\r\n"),
            (None, _) => say("250 fine\r\n"),
        }
    }
}

/// Whether a request was signed by the Standard Webhooks with that secret.
pub(crate) fn is_signed(request: &Request) -> bool {
    let header = |name: &str| request.headers[name].to_str().unwrap().to_owned();
    let key = SIGNING.strip_prefix("whsec_").unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(key).unwrap());
    let head = format!("{}.{}.", header("webhook-id"), header("webhook-timestamp"));
    let signed = [head.as_bytes(), &request.body].concat();
    let signature = header("webhook-signature");
    let signature = STANDARD.decode(signature.strip_prefix("v1,").unwrap());
    hmac::verify(&key, &signed, &signature.unwrap()).is_ok()
}

//! Mail, by one server.
//!
//! Invariant: unless the server is on this machine, nothing is said before the connection is
//! protected, and a server without TLS gets nothing.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls as Protection, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message as Mail, Tokio1Executor};
use rackrate_core::clock::Wall;

use super::{Sink, SinkError, Sources, secret};
use crate::message::Message;
use crate::settings::{Smtp, Tls};

/// For one attempt's connection and each of its commands.
const ATTEMPT: Duration = Duration::from_secs(4);

/// A mail server, and who gets what.
pub(super) struct Mailer {
    settings: Smtp,
    server: AsyncSmtpTransport<Tokio1Executor>,
}

impl Mailer {
    pub(super) async fn open(settings: &Smtp, sources: Sources<'_>) -> Result<Self, SinkError> {
        let broken = |_| SinkError::lasting("this machine cannot make TLS connections");
        let tls = match settings.tls {
            Tls::None => Protection::None,
            Tls::Starttls => Protection::Required(tls(settings).map_err(broken)?),
            Tls::Tls => Protection::Wrapper(tls(settings).map_err(broken)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.server)
            .port(settings.port)
            .timeout(Some(ATTEMPT))
            .tls(tls);
        if let (Some(user), Some(password)) = (&settings.user, &settings.password) {
            let password = secret(password, sources).await?;
            let password = password.expose().trim_end_matches(['\r', '\n']).to_owned();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Self {
            settings: settings.clone(),
            server: builder.build(),
        })
    }
}

fn tls(settings: &Smtp) -> Result<TlsParameters, lettre::transport::smtp::Error> {
    TlsParameters::new(settings.server.clone())
}

#[async_trait]
impl Sink for Mailer {
    async fn send(&self, message: &Message, _: Wall) -> Result<(), SinkError> {
        let mail = mail(message, &self.settings)?;
        match self.server.send(mail).await {
            Ok(_) => Ok(()),
            Err(error) => Err(told(&error)),
        }
    }
}

/// The server's words are left out: it may repeat what it was told.
fn told(error: &lettre::transport::smtp::Error) -> SinkError {
    match error.status() {
        Some(status) if error.is_permanent() => {
            SinkError::lasting(format!("the mail server refuses with {status}"))
        }
        Some(status) => SinkError::passing(format!("the mail server answers {status}")),
        None if error.is_timeout() => SinkError::passing("the mail server did not answer in time"),
        None if error.is_tls() => SinkError::passing("the mail server offers no TLS we can trust"),
        None => SinkError::passing("no usable connection to the mail server"),
    }
}

/// Machines do not answer what says of itself that a machine wrote it (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The mail of a message.
///
/// # Errors
/// When it cannot be written as a mail.
pub fn mail(message: &Message, settings: &Smtp) -> Result<Mail, SinkError> {
    let millis = u64::try_from(message.at.0).unwrap_or_default();
    let domain = settings.from.email.domain();
    let mut mail = Mail::builder()
        .from(settings.from.clone())
        .subject(format!("[rackrate] {}", message.title()))
        .date(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
        .message_id(Some(format!("<{}@{domain}>", message.id)))
        .header(AutoSubmitted)
        .header(ContentType::TEXT_PLAIN);
    for to in &settings.to {
        mail = mail.to(to.clone());
    }
    mail.body(message.text())
        .map_err(|_| SinkError::lasting("it cannot be written as a mail"))
}

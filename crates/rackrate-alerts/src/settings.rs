//! One way out, as the configuration writes it.
//!
//! Which keys belong together is checked while it is read, so that a mistake has its place in
//! the file. What is secret is a reference, and is followed only when a message has to leave.
//!
//! Invariant: nothing that lets somebody post in our name stands in the configuration.

use std::fmt;

use lettre::message::Mailbox;
use rackrate_auth::source::SecretRef;
use rackrate_core::address;
use serde::{Deserialize, Serialize, Serializer};
use url::{Host, Url};

/// A way out with its name.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "Written")]
pub struct SinkSettings {
    /// What it is called on record and in messages. Default: its kind.
    pub name: String,
    /// Where it leads.
    #[serde(flatten)]
    pub way: Way,
}

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Way {
    /// To a program of ours, signed by the Standard Webhooks.
    Webhook {
        /// Its address.
        url: WebhookUrl,
        /// The secret it is signed with: `whsec_` and base64.
        secret: SecretRef,
    },
    /// To a channel of Slack.
    Slack {
        /// The address of the incoming webhook; who knows it can post.
        url: SecretRef,
    },
    /// To a channel of Microsoft Teams.
    Teams {
        /// The address of the workflow; who knows it can post.
        url: SecretRef,
    },
    /// To people's mailboxes.
    Smtp(Smtp),
    /// To standard error.
    Stderr,
}

/// An address that is no secret, or a reference to one that is.
#[derive(Clone, PartialEq, Eq)]
pub enum WebhookUrl {
    /// As it stands there.
    Plain(Url),
    /// Somewhere else.
    Kept(SecretRef),
}

/// A mail server, and who gets what.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Smtp {
    /// Its name or address.
    pub server: String,
    /// Its port. Default: 587 with `starttls`, 465 with `tls`, 25 with `none`.
    pub port: u16,
    /// How the connection is protected. Default: `starttls`.
    pub tls: Tls,
    /// As whom we log in. Default: as nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The password for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretRef>,
    /// Who writes.
    pub from: Mailbox,
    /// Who is written to.
    pub to: Vec<Mailbox>,
}

/// How a connection to a mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// Plain at first, and nothing is said before it is protected.
    #[default]
    Starttls,
    /// From the first byte.
    Tls,
    /// Not at all: for a server on this machine only.
    None,
}

/// The table as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    kind: Kind,
    name: Option<String>,
    url: Option<String>,
    secret: Option<SecretRef>,
    server: Option<String>,
    port: Option<u16>,
    tls: Option<Tls>,
    user: Option<String>,
    password: Option<SecretRef>,
    from: Option<String>,
    to: Option<Vec<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Webhook,
    Slack,
    Teams,
    Smtp,
    Stderr,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::Teams => "teams",
            Self::Smtp => "smtp",
            Self::Stderr => "stderr",
        }
    }

    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Webhook => &["url", "secret"],
            Self::Slack | Self::Teams => &["url"],
            Self::Smtp => &["server", "port", "tls", "user", "password", "from", "to"],
            Self::Stderr => &[],
        }
    }
}

impl Written {
    /// The keys that are there, without `kind` and `name`.
    fn keys(&self) -> impl Iterator<Item = &'static str> {
        let keys = [
            ("url", self.url.is_some()),
            ("secret", self.secret.is_some()),
            ("server", self.server.is_some()),
            ("port", self.port.is_some()),
            ("tls", self.tls.is_some()),
            ("user", self.user.is_some()),
            ("password", self.password.is_some()),
            ("from", self.from.is_some()),
            ("to", self.to.is_some()),
        ];
        keys.into_iter().filter(|(_, is)| *is).map(|(key, _)| key)
    }
}

impl TryFrom<Written> for SinkSettings {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let kind = written.kind;
        if let Some(stranger) = written.keys().find(|key| !kind.keys().contains(key)) {
            return Err(format!("a sink of kind {} has no {stranger}", kind.word()));
        }
        let name = written.name.clone();
        let name = name.unwrap_or_else(|| kind.word().to_owned());
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || !name.chars().all(is_name) {
            return Err("the name of a sink is made of letters, digits, -, _ and .".to_owned());
        }
        let way = match kind {
            Kind::Webhook => Way::Webhook {
                url: webhook(&needed(written.url, "url")?)?,
                secret: needed(written.secret, "secret")?,
            },
            Kind::Slack => Way::Slack {
                url: kept(&needed(written.url, "url")?)?,
            },
            Kind::Teams => Way::Teams {
                url: kept(&needed(written.url, "url")?)?,
            },
            Kind::Smtp => Way::Smtp(smtp(written)?),
            Kind::Stderr => Way::Stderr,
        };
        Ok(Self { name, way })
    }
}

fn needed<T>(value: Option<T>, key: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("the sink needs {key}"))
}

fn webhook(text: &str) -> Result<WebhookUrl, String> {
    if let Ok(kept) = SecretRef::parse(text) {
        return Ok(WebhookUrl::Kept(kept));
    }
    let url = Url::parse(text).map_err(|error| format!("url is no address: {error}"))?;
    // What stands in a query is likely a secret, so it has to be kept elsewhere.
    address::check("url", &url).map_err(|error| error.to_string())?;
    Ok(WebhookUrl::Plain(url))
}

fn kept(text: &str) -> Result<SecretRef, String> {
    SecretRef::parse(text)
        .map_err(|error| format!("url: who knows it can post, so it is a secret; {error}"))
}

fn smtp(written: Written) -> Result<Smtp, String> {
    let server = needed(written.server, "server")?;
    let host = Host::parse(&server).map_err(|error| format!("server is no name: {error}"))?;
    let tls = written.tls.unwrap_or_default();
    if tls == Tls::None && !address::is_own_host(&host) {
        return Err("tls none is for a mail server on this machine only".to_owned());
    }
    if written.user.is_some() != written.password.is_some() {
        return Err("user and password go together".to_owned());
    }
    let to = needed(written.to, "to")?;
    if to.is_empty() {
        return Err("to names nobody".to_owned());
    }
    let to: Result<Vec<_>, _> = to.iter().map(|text| mailbox("to", text)).collect();
    Ok(Smtp {
        server,
        port: written.port.unwrap_or(match tls {
            Tls::Starttls => 587,
            Tls::Tls => 465,
            Tls::None => 25,
        }),
        tls,
        user: written.user,
        password: written.password,
        from: mailbox("from", &needed(written.from, "from")?)?,
        to: to?,
    })
}

fn mailbox(key: &str, text: &str) -> Result<Mailbox, String> {
    let mailbox = text.parse();
    mailbox.map_err(|_| format!("{key} holds no mail address such as ana@example.com"))
}

impl Way {
    /// The references it follows.
    pub fn references(&self) -> Vec<&SecretRef> {
        match self {
            Self::Webhook { url, secret } => match url {
                WebhookUrl::Plain(_) => vec![secret],
                WebhookUrl::Kept(url) => vec![url, secret],
            },
            Self::Slack { url } | Self::Teams { url } => vec![url],
            Self::Smtp(smtp) => smtp.password.iter().collect(),
            Self::Stderr => Vec::new(),
        }
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(url) => write!(f, "{url}"),
            Self::Kept(reference) => write!(f, "{reference}"),
        }
    }
}

impl Serialize for WebhookUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(url) => serializer.collect_str(url),
            Self::Kept(reference) => reference.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SinkSettings, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_sink_is_called_like_its_kind_unless_it_has_a_name() {
        let name = |text| read(text).unwrap().name;
        assert_eq!(name("kind = 'slack'\nurl = 'env:SLACK'"), "slack");
        assert_eq!(
            name("kind = 'slack'\nname = 'night'\nurl = 'env:SLACK'"),
            "night"
        );
    }

    #[test]
    fn what_lets_others_post_is_a_reference() {
        let slack = read("kind = 'slack'\nurl = 'https://hooks.slack.test/MARKER'").unwrap_err();
        assert!(slack.starts_with("url: who knows it can post"), "{slack}");
        assert!(!slack.contains("MARKER"), "{slack}");
        let at = |url: &str| {
            read(&format!(
                "kind = 'webhook'\nurl = '{url}'\nsecret = 'env:S'"
            ))
        };
        assert!(at("https://alerts.example.test/in").is_ok() && at("env:URL").is_ok());
        assert!(at("http://127.0.0.1:9/in").is_ok());
        for bad in [
            "http://alerts.example.test/in",
            "https://a.test/?key=1",
            "x",
        ] {
            assert!(at(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_mail_leaves_in_clear_only_on_this_machine() {
        let mail = |more: &str| {
            read(&format!(
                "kind = 'smtp'\nfrom = 'rackrate@example.test'\nto = ['Ana <ana@example.test>']\n{more}"
            ))
        };
        let Way::Smtp(smtp) = mail("server = 'mail.example.test'").unwrap().way else {
            panic!("it is a mail server");
        };
        assert_eq!((smtp.port, smtp.tls), (587, Tls::Starttls));
        assert!(mail("server = '127.0.0.1'\ntls = 'none'").is_ok());
        assert_eq!(
            mail("server = 'mail.example.test'\ntls = 'none'").unwrap_err(),
            "tls none is for a mail server on this machine only"
        );
        assert_eq!(
            mail("server = 'mail.example.test'\nuser = 'a'").unwrap_err(),
            "user and password go together"
        );
    }

    #[test]
    fn keys_of_another_kind_and_unknown_ones_are_refused() {
        assert_eq!(
            read("kind = 'slack'\nurl = 'env:S'\nto = []").unwrap_err(),
            "a sink of kind slack has no to"
        );
        assert!(
            read("kind = 'stderr'\nurll = 'env:S'")
                .unwrap_err()
                .contains("urll")
        );
        assert_eq!(read("kind = 'teams'").unwrap_err(), "the sink needs url");
    }

    #[test]
    fn what_was_read_is_written_as_it_was() {
        let text = "kind = 'webhook'\nname = 'ops'\nurl = 'https://a.test/in'\nsecret = 'env:S'\n";
        let settings = read(text).unwrap();
        let again = toml::to_string(&settings).unwrap();
        assert_eq!(read(&again).unwrap(), settings, "{again}");
    }
}

//! Slack, by an incoming webhook (<https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>).
//!
//! Invariant: no text is markup, so that no name of a hotel calls a whole channel.

use async_trait::async_trait;
use http::HeaderMap;
use rackrate_auth::source::SecretRef;
use rackrate_core::clock::Wall;
use serde_json::{Value, json};

use super::web::Web;
use super::{Sink, SinkError, Sources};
use crate::message::Message;

/// Limits of Slack's blocks, in characters
/// (<https://docs.slack.dev/reference/block-kit/blocks>).
const HEADER: usize = 150;
const SECTION: usize = 3000;

/// A channel.
pub(super) struct Slack(Web);

impl Slack {
    pub(super) async fn open(url: &SecretRef, sources: Sources<'_>) -> Result<Self, SinkError> {
        Web::kept(url, sources).await.map(Self)
    }
}

#[async_trait]
impl Sink for Slack {
    async fn send(&self, message: &Message, _: Wall) -> Result<(), SinkError> {
        self.0.post(payload(message), HeaderMap::new()).await
    }
}

/// The body of a message.
pub fn payload(message: &Message) -> String {
    let mut blocks = vec![
        json!({"type": "header", "text": plain(&message.title(), HEADER)}),
        section(&message.first()),
        section(&message.details().join("\n")),
    ];
    if let Some(mail) = message.mail() {
        blocks.push(json!({"type": "divider"}));
        let text = format!(
            "To: {}\nSubject: {}\n\n{}",
            mail.to, mail.subject, mail.body
        );
        blocks.push(section(&text));
    }
    // Notifications show this text, which is markup; the blocks are what is read.
    json!({"text": escaped(&message.first()), "blocks": blocks}).to_string()
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": plain(text, SECTION)})
}

fn plain(text: &str, most: usize) -> Value {
    let text = match text.chars().count() > most {
        true => text.chars().take(most - 1).chain(['…']).collect(),
        false => text.to_owned(),
    };
    json!({"type": "plain_text", "text": text, "emoji": false})
}

/// The three characters that begin markup
/// (<https://docs.slack.dev/messaging/formatting-message-text>).
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

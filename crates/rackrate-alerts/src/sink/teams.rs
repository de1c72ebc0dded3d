//! Microsoft Teams, by a workflow that posts what a webhook gets
//! (<https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook>).
//!
//! Invariant: texts are runs of a rich text block, which has no markup, so no name becomes a
//! link.

use async_trait::async_trait;
use http::HeaderMap;
use rackrate_auth::source::SecretRef;
use rackrate_core::clock::Wall;
use serde_json::{Value, json};

use super::web::Web;
use super::{Sink, SinkError, Sources};
use crate::message::Message;

/// A channel.
pub(super) struct Teams(Web);

impl Teams {
    pub(super) async fn open(url: &SecretRef, sources: Sources<'_>) -> Result<Self, SinkError> {
        Web::kept(url, sources).await.map(Self)
    }
}

#[async_trait]
impl Sink for Teams {
    async fn send(&self, message: &Message, _: Wall) -> Result<(), SinkError> {
        self.0.post(payload(message), HeaderMap::new()).await
    }
}

/// The body of a message: one adaptive card.
pub fn payload(message: &Message) -> String {
    let mut body = vec![
        text(&message.first(), "default", true),
        text(&message.title(), "large", false),
    ];
    let details = message.details();
    body.extend(details.iter().map(|line| text(line, "default", false)));
    if let Some(mail) = message.mail() {
        let head = [
            format!("To: {}", mail.to),
            format!("Subject: {}", mail.subject),
        ];
        let lines = head.iter().map(String::as_str).chain(mail.body.lines());
        let lines = lines.filter(|line| !line.is_empty());
        let items: Vec<_> = lines.map(|line| text(line, "small", false)).collect();
        body.push(json!({"type": "Container", "style": "emphasis", "items": items}));
    }
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": message.first(),
        "body": body,
    });
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card,
        }],
    })
    .to_string()
}

fn text(line: &str, size: &str, bold: bool) -> Value {
    let weight = if bold { "bolder" } else { "default" };
    json!({
        "type": "RichTextBlock",
        "inlines": [{"type": "TextRun", "text": line, "size": size, "weight": weight}],
    })
}

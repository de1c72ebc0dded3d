//! Signed webhooks, by the Standard Webhooks
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).
//!
//! Invariant: the id of a message stays the same over all its attempts, so a receiver can drop
//! what it already has; the signature covers id, time and body.

use async_trait::async_trait;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use rackrate_auth::source::SecretRef;
use rackrate_core::clock::Wall;
use rackrate_core::secret::Secret;
use serde_json::json;

use super::web::Web;
use super::{Sink, SinkError, Sources, secret};
use crate::message::Message;
use crate::settings::WebhookUrl;

/// What signing secrets begin with.
const BEGINNING: &str = "whsec_";

/// The lengths of key that the standard allows, in bytes.
const KEY: std::ops::RangeInclusive<usize> = 24..=64;

/// A program that takes messages.
pub(super) struct Webhook {
    web: Web,
    key: hmac::Key,
}

impl Webhook {
    pub(super) async fn open(
        url: &WebhookUrl,
        signs: &SecretRef,
        sources: Sources<'_>,
    ) -> Result<Self, SinkError> {
        let key = key(&secret(signs, sources).await?).ok_or_else(|| {
            let what = "is whsec_ and 24 to 64 random bytes in base64";
            SinkError::lasting(format!("{signs}: a signing secret {what}"))
        })?;
        let web = match url {
            WebhookUrl::Plain(url) => Web::plain(url.clone())?,
            WebhookUrl::Kept(url) => Web::kept(url, sources).await?,
        };
        Ok(Self { web, key })
    }
}

#[async_trait]
impl Sink for Webhook {
    async fn send(&self, message: &Message, now: Wall) -> Result<(), SinkError> {
        let body = payload(message);
        let seconds = now.timestamp().as_second();
        let signature = signature(&self.key, &message.id, seconds, &body);
        let headers = [
            ("webhook-id", message.id.clone()),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signature),
        ];
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            let value = HeaderValue::try_from(value);
            let value = value.map_err(|_| SinkError::lasting("its id cannot be sent"))?;
            all.insert(HeaderName::from_static(name), value);
        }
        self.web.post(body, all).await
    }
}

/// The body of a message.
pub fn payload(message: &Message) -> String {
    let body = json!({
        "type": format!("credential.{}", message.event.slug()),
        "timestamp": message.at.to_string(),
        "data": {
            "title": message.title(),
            "first": message.first(),
            "details": message.details(),
            "since": message.since.to_string(),
            "alert": message.alert,
        },
    });
    body.to_string()
}

fn key(text: &Secret) -> Option<hmac::Key> {
    let encoded = text.expose().trim().strip_prefix(BEGINNING)?;
    let bytes = STANDARD.decode(encoded).ok()?;
    let long_enough = KEY.contains(&bytes.len());
    long_enough.then(|| hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

fn signature(key: &hmac::Key, id: &str, seconds: i64, body: &str) -> String {
    let signed = format!("{id}.{seconds}.{body}");
    let tag = hmac::sign(key, signed.as_bytes());
    format!("v1,{}", STANDARD.encode(tag.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the standard's own libraries
    /// (<https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/rust/src/lib.rs>).
    #[test]
    fn a_signature_is_that_of_the_standards_libraries() {
        let secret = Secret::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned());
        let key = key(&secret).unwrap();
        let body = r#"{"email":"test@example.com","username":"test_user"}"#;
        assert_eq!(
            signature(&key, "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body),
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
        );
    }

    #[test]
    fn a_secret_that_is_none_makes_no_key() {
        let is = |text: &str| key(&Secret::new(text.to_owned())).is_some();
        assert!(is("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\n"));
        assert!(!is("C2FVsBQIhrscChlQIMV+b5sSYspob7oD"));
        assert!(!is("whsec_c2hvcnQ=") && !is("whsec_?"));
    }
}

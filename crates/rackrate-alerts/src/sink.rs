//! Carries messages to where people look: at most three tries each, all within a short time.
//!
//! Each way out composes its payload in a pure function and acts in one place. What has to
//! leave is [`crate::decide`]'s to say.
//!
//! Invariants: a way out that fails holds up no other and no command for longer than
//! [`Pace::deadline`]; its error shows neither address nor secret. Secrets are fetched when a
//! message has to leave, and dropped afterwards.

pub mod slack;
pub mod smtp;
pub mod stderr;
pub mod teams;
mod web;
pub mod webhook;

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use rackrate_auth::source::SecretRef;
use rackrate_core::clock::Wall;
use rackrate_core::secret::Secret;
use rackrate_secrets::SecretSource;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::message::Message;
use crate::settings::{SinkSettings, Way};

/// Where secrets come from.
pub type Sources<'s> = &'s dyn SecretSource<Place = SecretRef>;

/// One way out.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Makes one attempt to hand a message over, at this time.
    ///
    /// # Errors
    /// Why it was not taken, and whether another attempt may help.
    async fn send(&self, message: &Message, now: Wall) -> Result<(), SinkError>;
}

/// Why a message was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct SinkError {
    text: String,
    again: bool,
}

impl SinkError {
    /// It may be taken later.
    pub fn passing(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            again: true,
        }
    }

    /// It will not be taken, however often it is tried.
    pub fn lasting(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            again: false,
        }
    }
}

/// How often and how long.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Attempts for each message.
    pub tries: u32,
    /// Between the first two of them; doubles.
    pub pause: Duration,
    /// For everything a way out has to take.
    pub deadline: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            tries: 3,
            pause: Duration::from_millis(500),
            deadline: Duration::from_secs(10),
        }
    }
}

/// What became of one message on one way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handed {
    /// What the alert is called on record.
    pub alert: String,
    /// The way out.
    pub sink: String,
    /// Whether it was taken.
    pub result: Result<(), SinkError>,
}

/// Hands messages over, each to its ways out; what was handed over comes back in the order of
/// the ways out.
pub async fn deliver(
    sinks: &[SinkSettings],
    sources: Sources<'_>,
    send: &[(Message, BTreeSet<String>)],
    now: &(dyn Fn() -> Wall + Sync),
    pace: Pace,
) -> Vec<Handed> {
    let each = sinks.iter().map(|sink| {
        let meant = send.iter().filter(|(_, to)| to.contains(&sink.name));
        let messages: Vec<_> = meant.map(|(message, _)| message).collect();
        all(sink, sources, messages, now, pace)
    });
    join_all(each).await.into_iter().flatten().collect()
}

/// Everything one way out has to take.
async fn all(
    settings: &SinkSettings,
    sources: Sources<'_>,
    messages: Vec<&Message>,
    now: &(dyn Fn() -> Wall + Sync),
    pace: Pace,
) -> Vec<Handed> {
    if messages.is_empty() {
        return Vec::new();
    }
    let ends = Instant::now() + pace.deadline;
    let late = || SinkError::passing("it took too long");
    let opened = timeout_at(ends, open(&settings.way, sources)).await;
    let opened = opened.unwrap_or_else(|_| Err(late()));
    let mut handed = Vec::new();
    for message in messages {
        let result = match &opened {
            Ok(sink) => {
                let tried = timeout_at(ends, tried(sink.as_ref(), message, now, pace));
                tried.await.unwrap_or_else(|_| Err(late()))
            }
            Err(error) => Err(error.clone()),
        };
        handed.push(Handed {
            alert: message.alert.name(),
            sink: settings.name.clone(),
            result,
        });
    }
    handed
}

async fn tried(
    sink: &dyn Sink,
    message: &Message,
    now: &(dyn Fn() -> Wall + Sync),
    pace: Pace,
) -> Result<(), SinkError> {
    let mut pause = pace.pause;
    for _ in 1..pace.tries {
        match sink.send(message, now()).await {
            Err(error) if error.again => {}
            result => return result,
        }
        sleep_until(Instant::now() + pause).await;
        pause *= 2;
    }
    sink.send(message, now()).await
}

/// A way out that is ready: its secrets are at hand.
async fn open(way: &Way, sources: Sources<'_>) -> Result<Box<dyn Sink>, SinkError> {
    Ok(match way {
        Way::Webhook { url, secret } => {
            Box::new(webhook::Webhook::open(url, secret, sources).await?)
        }
        Way::Slack { url } => Box::new(slack::Slack::open(url, sources).await?),
        Way::Teams { url } => Box::new(teams::Teams::open(url, sources).await?),
        Way::Smtp(settings) => Box::new(smtp::Mailer::open(settings, sources).await?),
        Way::Stderr => Box::new(stderr::Stderr),
    })
}

async fn secret(reference: &SecretRef, sources: Sources<'_>) -> Result<Secret, SinkError> {
    let fetched = sources.fetch(reference).await;
    fetched.map_err(|error| SinkError::passing(format!("{reference}: {error}")))
}

#[cfg(test)]
mod tests;

//! Standard error, which is where a cron job's mail and a container's log come from.

use std::io::Write as _;

use async_trait::async_trait;
use rackrate_core::clock::Wall;

use super::{Sink, SinkError};
use crate::message::Message;

/// This process's standard error.
pub(super) struct Stderr;

#[async_trait]
impl Sink for Stderr {
    async fn send(&self, message: &Message, _: Wall) -> Result<(), SinkError> {
        // Nobody is left to be told that standard error is gone.
        let _ = std::io::stderr().write_all(text(message).as_bytes());
        Ok(())
    }
}

/// A message as it is printed: its first line behind a word, the others beneath.
pub fn text(message: &Message) -> String {
    let indented = message.text().replace('\n', "\n  ");
    let trimmed: Vec<_> = indented.lines().map(str::trim_end).collect();
    format!("alert: {}\n", trimmed.join("\n"))
}

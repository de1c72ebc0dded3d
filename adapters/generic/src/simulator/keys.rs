//! Section 8: the first answer to a key is remembered for a day.
//!
//! Only batches that were taken on are remembered (200 and 202): a refusal applied nothing,
//! so the same key may try again.

use serde::{Deserialize, Serialize};

use super::http_text::Answer;
use super::state::{At, State};

const RETENTION_MICROS: u64 = 24 * 3600 * 1_000_000;

/// A key's memory.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Remembered {
    pub(super) until: At,
    property: String,
    body: String,
    answer: Answer,
}

/// Whether a text is 1 to 64 visible ASCII characters.
pub(super) fn is_key(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl State {
    /// The answer that a known key gets; `None` for a new one.
    pub(super) fn recall(&mut self, key: &str, property: &str, body: &str) -> Option<Answer> {
        let known = self.keys.get(key)?;
        if known.property != property || known.body != body {
            return Some(Answer::error(422, "idempotency_key_reused"));
        }
        self.record.replays += 1;
        let answer = known.answer.clone();
        Some(answer.with("Idempotent-Replayed", "true"))
    }

    pub(super) fn remember(
        &mut self,
        key: &str,
        property: &str,
        body: &str,
        answer: &Answer,
        at: At,
    ) {
        let known = Remembered {
            until: at.plus_micros(RETENTION_MICROS),
            property: property.to_owned(),
            body: body.to_owned(),
            answer: answer.clone(),
        };
        self.keys.insert(key.to_owned(), known);
    }
}

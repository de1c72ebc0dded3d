//! What happened in a world: a digest for comparing two runs, and words for people.
//!
//! Invariant: the digest is the same whether words are kept or not. Words cost more than
//! everything else in a run, so they are made only when somebody will read them.

use rackrate_core::clock::Mono;

/// What happened, as a digest, and in words when they are wanted.
#[derive(Debug, Default)]
pub struct Trace {
    hasher: blake3::Hasher,
    lines: Option<Vec<String>>,
}

impl Trace {
    /// Keeps words from now on.
    pub(crate) fn keep_words(&mut self) {
        self.lines = Some(Vec::new());
    }

    /// Takes a happening: its kind and bytes into the digest, its words if they are kept.
    pub(crate) fn note(
        &mut self,
        now: Mono,
        kind: &'static str,
        bytes: &[&[u8]],
        words: impl FnOnce() -> String,
    ) {
        self.hasher.update(&now.0.to_le_bytes());
        self.hasher.update(kind.as_bytes());
        for part in bytes {
            self.hasher.update(&part.len().to_le_bytes());
            self.hasher.update(part);
        }
        if let Some(lines) = &mut self.lines {
            let (seconds, micros) = (now.0 / 1_000_000, now.0 % 1_000_000);
            lines.push(format!("{seconds:>6}.{micros:06} {}", words()));
        }
    }

    /// The words, oldest first; none when they were not kept.
    pub fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }

    /// The digest of all that happened so far.
    pub fn digest(&self) -> String {
        self.hasher.finalize().to_hex()[..16].to_owned()
    }
}

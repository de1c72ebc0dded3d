//! Standard output, line by line; a reader that goes away is no error.

use std::io::{self, Write};

/// Where results go.
#[derive(Debug)]
pub struct Page {
    out: io::Stdout,
    closed: bool,
}

impl Page {
    /// Standard output.
    pub fn stdout() -> Self {
        Self {
            out: io::stdout(),
            closed: false,
        }
    }

    /// Whether the reader has gone.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Writes a line. After the reader has gone, nothing.
    pub fn line(&mut self, text: impl AsRef<str>) {
        if !self.closed {
            let text = text.as_ref();
            self.closed = writeln!(self.out, "{}", text.trim_end())
                .and_then(|()| self.out.flush())
                .is_err();
        }
    }
}

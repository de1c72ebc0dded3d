//! Findings on standard error: the first 100, the rest counted, all of them in a file when
//! one is named.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use rackrate_core::finding::{Finding, Severity};

/// As many findings as a screen takes.
const MOST: usize = 100;

/// Tells findings. A file that cannot be written is told too, and not an error of its own.
pub fn tell(findings: &[Finding], errors_file: Option<&Path>) {
    let mut text = String::new();
    for finding in findings.iter().take(MOST) {
        let word = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{word}: {finding}");
    }
    if findings.len() > MOST {
        let rest = findings.len() - MOST;
        let more = if errors_file.is_some() {
            "in the errors file"
        } else {
            "with --errors-file FILE"
        };
        let _ = writeln!(text, "… and {rest} more, {more}");
    }
    if let Some(Err(error)) = errors_file.map(|file| write_all(findings, file)) {
        let _ = writeln!(text, "warning: the errors file cannot be written: {error}");
    }
    // Nobody is left to be told that standard error is gone.
    let _ = io::stderr().write_all(text.as_bytes());
}

fn write_all(findings: &[Finding], file: &Path) -> io::Result<()> {
    let mut out = io::BufWriter::new(std::fs::File::create(file)?);
    for finding in findings {
        serde_json::to_writer(&mut out, finding)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

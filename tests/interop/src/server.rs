//! A server that is not ours, as a process of its own.
//!
//! Invariant: it is waited for by what it says, never by time, and ends with its value.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;

/// What a server says once it is ready.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Listening {
    /// Where it is; of an authorization server the issuer, too.
    pub(crate) address: String,
    /// Private keys of its clients, in PEM, by algorithm.
    #[serde(default)]
    pub(crate) keys: std::collections::BTreeMap<String, String>,
}

/// One that runs.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) listening: Listening,
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Server {
    /// Starts it, and reads until it listens.
    pub(crate) fn start(program: impl AsRef<OsStr>, arguments: &[&Path]) -> Result<Self, String> {
        let mut process = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("it did not start: {error}"))?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (input, output) = pipes.ok_or("its pipes are gone")?;
        let mut output = BufReader::new(output);
        let listening = listening(&mut output).inspect_err(|_| {
            // It may have ended by itself.
            let _ = process.kill();
            let _ = process.wait();
        })?;
        Ok(Self {
            listening,
            process,
            input,
            output,
        })
    }

    /// Tells it something, and reads that it has understood.
    pub(crate) fn tell(&mut self, words: &str) -> Result<(), String> {
        let gone = |error: std::io::Error| format!("the server is gone: {error}");
        writeln!(self.input, "{words}").map_err(gone)?;
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(gone)?;
        match line.trim() {
            "ready" => Ok(()),
            other => Err(format!("the server says {other:?}")),
        }
    }
}

fn listening(output: &mut impl BufRead) -> Result<Listening, String> {
    for line in output.lines() {
        let line = line.map_err(|error| error.to_string())?;
        if let Some(said) = line.strip_prefix("listening ") {
            return serde_json::from_str(said).map_err(|error| error.to_string());
        }
    }
    Err("it ended before it listened".to_owned())
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

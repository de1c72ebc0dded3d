//! Children of this program: each measures one thing, and tells it by its last line.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

/// Named whole numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures(BTreeMap<String, u64>);

impl Figures {
    pub(crate) fn of<const N: usize>(figures: [(&str, u64); N]) -> Self {
        Self(
            figures
                .map(|(name, figure)| (name.to_owned(), figure))
                .into(),
        )
    }

    pub(crate) fn get(&self, name: &str) -> Result<u64> {
        let figure = self.0.get(name).copied();
        figure.with_context(|| format!("the child does not tell {name}"))
    }

    fn parse(line: &str) -> Result<Self> {
        let pairs = line.split_whitespace().map(|pair| {
            let (name, figure) = pair.split_once('=').context("no name=figure")?;
            Ok((name.to_owned(), figure.parse()?))
        });
        pairs.collect::<Result<_>>().map(Self)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs: Vec<_> = self
            .0
            .iter()
            .map(|(name, n)| format!("{name}={n}"))
            .collect();
        f.write_str(&pairs.join(" "))
    }
}

fn own(arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments);
    Ok(command)
}

/// Runs a child to its end.
pub(crate) fn figures(arguments: &[&str]) -> Result<Figures> {
    let output = own(arguments)?.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("{arguments:?} ended with {}", output.status);
    }
    let text = String::from_utf8(output.stdout)?;
    Figures::parse(text.lines().last().unwrap_or_default())
}

/// The vendor, in a process of its own, so that its work is not counted as ours.
pub(crate) struct Server {
    child: Child,
    url: String,
}

impl Server {
    pub(crate) fn start() -> Result<Self> {
        let mut command = own(&["serve"])?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let told = child.stdout.take().context("the server has no output")?;
        let mut url = String::new();
        BufReader::new(told).read_line(&mut url)?;
        let url = url.trim().to_owned();
        Ok(Self { child, url })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends with its input; a server that has died already needs no word.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_survive_their_line() {
        let line = Figures::of([("cells", 7), ("ms", 12)]).to_string();
        let read = Figures::parse(&line).unwrap();
        assert_eq!(
            (read.get("cells").unwrap(), read.get("ms").unwrap()),
            (7, 12)
        );
        assert!(read.get("bytes").is_err());
    }
}

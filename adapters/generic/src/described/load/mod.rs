//! Reads a description: TOML text in, a checked [`Description`] or all its mistakes out.
//!
//! [`report`] walks the file and knows where everything stands; [`contradictions`] looks at
//! what two sections say about each other; the other modules know what the keys mean.
//!
//! Invariant: a description that is returned has no mistake, and one with a mistake is
//! never returned.

mod contradictions;
mod head;
mod parts;
mod reading;
mod report;
mod writing;

use rackrate_core::finding::Finding;
use toml::de::DeTable;

use self::report::{Report, Section};
use super::description::Description;

/// The format of descriptions that this program reads.
const FORMAT: u32 = 1;

impl Description {
    /// Reads a description; `file` is its name in messages.
    ///
    /// # Errors
    /// Every mistake, with line and column: what is wrong, and what is allowed.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Finding>> {
        let report = Report::new(text);
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let at = error.span().map_or(0, |span| span.start);
            let words = error.message().lines().next().unwrap_or_default();
            report.wrong(at, "description.syntax", words);
        }
        // What a broken file seems to say is not worth looking at.
        let read = match errors.is_empty() {
            true => description(&Section::root(&report, table.get_ref())),
            false => None,
        };
        match read {
            Some(description) if report.is_clean() => Ok(description),
            _ => Err(report.findings(file)),
        }
    }
}

fn description(root: &Section<'_>) -> Option<Description> {
    let format = root
        .need("format")
        .and_then(|field| field.number(FORMAT, FORMAT));
    let vendor = root.need("vendor").and_then(head::vendor);
    let bases = head::bases(root.get("bases"));
    let auth = root.need("auth").and_then(head::auth);
    let money = root.need("money").and_then(head::money);
    let rules = head::rules(root.get("restrictions"));
    let errors = head::errors(root.get("errors"));
    let limits = head::limits(root.get("limits"));
    let keys = root.need("repeats").and_then(head::keys);
    let discover = root.need("discover").and_then(reading::discover);
    let read = root.need("read").and_then(reading::read);
    let push = root.need("push").and_then(writing::push);
    let job = parts::maybe(root, "job", writing::job);
    root.unknown();
    format?;
    let description = Description {
        vendor: vendor?,
        bases: bases?,
        auth: auth?,
        money: money?,
        rules: rules?,
        errors: errors?,
        limits: limits?,
        keys: keys?,
        discover: discover?,
        read: read?,
        push: push?,
        job: job?,
    };
    for (section, message) in contradictions::of(&description) {
        root.wrong_at(section, message);
    }
    Some(description)
}

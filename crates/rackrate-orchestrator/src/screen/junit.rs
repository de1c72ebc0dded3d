//! `verify` as JUnit: a suite per connection, a case per property.

use std::fmt::Write as _;

use crate::flow::verify::Verified;
use crate::screen::nights;

/// The report as XML.
pub fn junit(verified: &Verified) -> String {
    let mut cases = String::new();
    let mut failures = 0;
    for ((connection, property), cells) in &verified.cells {
        let differ = verified
            .differences
            .iter()
            .filter(|one| one.connection == *connection && one.property == *property);
        let lines: Vec<_> = differ
            .map(|one| {
                let adults = one
                    .adults
                    .map_or(String::new(), |adults| format!(" adults {adults}"));
                format!(
                    "{}{adults} {}: should be {}, is {}",
                    one.sold,
                    nights(one.first, one.last),
                    one.wish,
                    one.shown
                )
            })
            .collect();
        // Writing to a text cannot fail.
        let _ = write!(
            cases,
            "  <testcase classname=\"{}\" name=\"{}, {cells} cells\"",
            escape(connection.as_str()),
            escape(property.as_str())
        );
        if lines.is_empty() {
            cases.push_str("/>\n");
            continue;
        }
        failures += 1;
        let _ = writeln!(
            cases,
            ">\n    <failure message=\"{} differences\">{}</failure>\n  </testcase>",
            lines.len(),
            escape(&lines.join("\n"))
        );
    }
    for finding in &verified.findings {
        let _ = writeln!(
            cases,
            "  <testcase classname=\"read\" name=\"{}\">\n    <error message=\"{}\"/>\n  </testcase>",
            escape(&finding.place.to_string()),
            escape(&finding.message)
        );
    }
    let tests = verified.cells.len() + verified.findings.len();
    let errors = verified.findings.len();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"rackrate verify\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">\n{cases}</testsuite>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

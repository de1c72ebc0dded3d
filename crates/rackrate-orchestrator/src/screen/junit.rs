//! JUnit for pipelines. `verify`: a suite per connection, a case per property. Others: cases
//! that hold or not.

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

/// Something that holds or not.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is about.
    pub class: String,
    /// What should hold.
    pub name: String,
    /// Why it does not, where it does not.
    pub failure: Option<String>,
}

/// A suite of such cases as XML.
pub fn cases(suite: &str, all: &[Case]) -> String {
    let mut text = String::new();
    for Case {
        class,
        name,
        failure,
    } in all
    {
        let (class, name) = (escape(class), escape(name));
        let end = failure.as_ref().map_or("/>".to_owned(), |why| {
            let why = escape(why);
            format!(">\n    <failure message=\"{why}\"/>\n  </testcase>")
        });
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "  <testcase classname=\"{class}\" name=\"{name}\"{end}"
        );
    }
    let failures = all.iter().filter(|case| case.failure.is_some()).count();
    let tests = all.len();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">\n{text}</testsuite>",
        escape(suite)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

//! The conformance tests as JUnit: a suite per vendor, a case per clause.

use super::Conformance;
use crate::report::Verdict;

/// The results as XML.
pub(super) fn junit(results: &[Conformance]) -> String {
    let suites: String = results.iter().map(suite).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"conformance\">\n{suites}</testsuites>\n"
    )
}

fn suite(result: &Conformance) -> String {
    let count = |word: &str| {
        let answers = result.clauses.values();
        answers.filter(|answer| answer.starts_with(word)).count()
    };
    let (mut errors, mut skipped) = (0, count("n/a"));
    let cases = result.clauses.iter();
    let mut cases: String = cases
        .map(|(id, answer)| case(&result.vendor, id, answer))
        .collect();
    // A vendor whose clauses could not even be asked must not look like a good one.
    let whole = match &result.verdict {
        Verdict::Passed => None,
        Verdict::Failed(reason) if count("fail") == 0 => {
            errors += 1;
            Some(("error", reason))
        }
        Verdict::Failed(_) => None,
        Verdict::Skipped(reason) => {
            skipped += 1;
            Some(("skipped", reason))
        }
    };
    if let Some((end, reason)) = whole {
        cases.push_str(&ended(&result.vendor, "the whole suite", end, reason));
    }
    format!(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{errors}\" skipped=\"{skipped}\">\n{cases}  </testsuite>\n",
        escape(&result.vendor),
        result.clauses.len() + usize::from(whole.is_some()),
        count("fail"),
    )
}

fn case(vendor: &str, id: &str, answer: &str) -> String {
    match answer.split_once(' ') {
        Some(("fail", seen)) => ended(vendor, id, "failure", seen),
        Some(("n/a", reason)) => ended(vendor, id, "skipped", reason),
        Some(("should", seen)) => format!(
            "    <testcase classname=\"{}\" name=\"{}\"><system-out>should: {}</system-out></testcase>\n",
            escape(vendor),
            escape(id),
            escape(seen)
        ),
        _ => format!(
            "    <testcase classname=\"{}\" name=\"{}\"/>\n",
            escape(vendor),
            escape(id)
        ),
    }
}

fn ended(vendor: &str, name: &str, end: &str, reason: &str) -> String {
    format!(
        "    <testcase classname=\"{}\" name=\"{}\"><{end} message=\"{}\"/></testcase>\n",
        escape(vendor),
        escape(name),
        escape(reason)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::result;
    use super::*;

    #[test]
    fn clauses_are_cases_and_a_suite_that_said_nothing_is_an_error() {
        let lines = "clause A1 pass\nclause J1 n/a it has no jobs\nclause L3 should no year\nclause P1 fail \"x\" < y\n";
        let failed = || Verdict::Failed("see its output above".to_owned());
        let xml = junit(&[
            result("acme", failed(), lines),
            result("orbit", failed(), ""),
        ]);
        assert_eq!(
            xml,
            r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="conformance">
  <testsuite name="acme" tests="4" failures="1" errors="0" skipped="1">
    <testcase classname="acme" name="A1"/>
    <testcase classname="acme" name="J1"><skipped message="it has no jobs"/></testcase>
    <testcase classname="acme" name="L3"><system-out>should: no year</system-out></testcase>
    <testcase classname="acme" name="P1"><failure message="&quot;x&quot; &lt; y"/></testcase>
  </testsuite>
  <testsuite name="orbit" tests="1" failures="0" errors="1" skipped="0">
    <testcase classname="orbit" name="the whole suite"><error message="see its output above"/></testcase>
  </testsuite>
</testsuites>
"#
        );
    }
}

//! How steps ended: verdicts, counts, and the table at the end.
//!
//! Invariant: every step ends as passed, failed or skipped, and the last line adds them up.

use std::fmt;
use std::time::Duration;

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    Failed(String),
    Skipped(String),
}

impl Verdict {
    fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Skipped(_) => "skipped",
        }
    }

    fn reason(&self) -> &str {
        match self {
            Self::Passed => "",
            Self::Failed(reason) | Self::Skipped(reason) => reason,
        }
    }

    /// Whether it must fail the whole: in CI nobody looks for what was skipped.
    pub(crate) fn fails(&self, ci: bool) -> bool {
        match self {
            Self::Passed => false,
            Self::Failed(_) => true,
            Self::Skipped(_) => ci,
        }
    }
}

/// Numbers of tests or steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// Adds what a line of a test run counts; other lines change nothing.
    pub(crate) fn add_line(&mut self, line: &str) {
        let Some((_, rest)) = line.split_once("test result: ") else {
            return;
        };
        for part in rest.split([';', '.']) {
            match part.trim().split_once(' ') {
                Some((number, "passed")) => self.passed += number.parse().unwrap_or(0),
                Some((number, "failed")) => self.failed += number.parse().unwrap_or(0),
                Some((number, "ignored")) => self.skipped += number.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

/// The name of the test that this line of a test run says has failed.
pub(crate) fn broken(line: &str) -> Option<&str> {
    line.strip_prefix("test ")?.strip_suffix(" ... FAILED")
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            passed,
            failed,
            skipped,
        } = self;
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

/// A step and how it ended.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) step: &'static str,
    pub(crate) verdict: Verdict,
    /// The tests it ran; none for a step that is one check.
    pub(crate) tests: Counts,
    pub(crate) took: Duration,
}

impl Row {
    /// What it adds to the sum: its tests, or itself. A step that failed without a failed
    /// test, because it did not compile for example, is a failure of its own.
    fn counts(&self) -> Counts {
        let mut counts = self.tests;
        match self.verdict {
            Verdict::Passed if counts == Counts::default() => counts.passed = 1,
            Verdict::Failed(_) if counts.failed == 0 => counts.failed = 1,
            Verdict::Skipped(_) => counts.skipped += 1,
            _ => {}
        }
        counts
    }
}

/// The table, with the sum as its last line.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = String::from("step         ended      seconds\n");
    let mut sum = Counts::default();
    for row in rows {
        let line = format!(
            "{:<12} {:<8} {:>9.1}  {}",
            row.step,
            row.verdict.word(),
            row.took.as_secs_f64(),
            row.verdict.reason()
        );
        text.push_str(line.trim_end());
        text.push('\n');
        sum.add(row.counts());
    }
    format!("{text}{sum}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(step: &'static str, verdict: Verdict, tests: Counts) -> Row {
        Row {
            step,
            verdict,
            tests,
            took: Duration::from_millis(1_250),
        }
    }

    fn counted(lines: &str) -> Counts {
        let mut counts = Counts::default();
        lines.lines().for_each(|line| counts.add_line(line));
        counts
    }

    #[test]
    fn a_test_run_counts_by_its_result_lines() {
        let counts = counted(
            "running 9 tests\n\
             test result: FAILED. 7 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out\n\
             test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n",
        );
        assert_eq!(counts.to_string(), "10 passed, 1 failed, 1 skipped");
    }

    #[test]
    fn a_failed_test_is_named_by_its_line() {
        assert_eq!(broken("test crowd::one ... FAILED"), Some("crowd::one"));
        assert_eq!(broken("test crowd::one ... ok"), None);
        assert_eq!(broken("test result: FAILED. 7 passed; 1 failed"), None);
    }

    #[test]
    fn the_last_line_sums_tests_and_steps() {
        let tests = counted("test result: ok. 3 passed; 0 failed; 0 ignored");
        let table = table(&[
            row(
                "format",
                Verdict::Skipped("no rustfmt".into()),
                Counts::default(),
            ),
            row("tests", Verdict::Passed, tests),
            row("tidy", Verdict::Passed, Counts::default()),
        ]);
        assert_eq!(
            table,
            "step         ended      seconds\n\
             format       skipped        1.2  no rustfmt\n\
             tests        passed         1.2\n\
             tidy         passed         1.2\n\
             4 passed, 0 failed, 1 skipped"
        );
    }

    #[test]
    fn a_step_that_fails_before_its_tests_still_counts_as_failed() {
        let passed = counted("test result: ok. 3 passed; 0 failed; 0 ignored");
        let table = table(&[row("tests", Verdict::Failed("exit".into()), passed)]);
        assert!(
            table.ends_with("\n3 passed, 1 failed, 0 skipped"),
            "{table}"
        );
    }

    #[test]
    fn a_skip_fails_only_in_ci() {
        let skipped = Verdict::Skipped("no tool".into());
        assert!(!skipped.fails(false));
        assert!(skipped.fails(true));
    }
}

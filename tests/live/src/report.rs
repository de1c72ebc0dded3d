//! What every check came to: a table for people, JUnit for pipelines.
//!
//! Invariant: every check of [`checks`] has one row, also where it was not asked.

use std::fmt::Write as _;

use rackrate_core::rules::Restriction;
use rackrate_orchestrator::exit::Exit;
use rackrate_orchestrator::files;
use rackrate_orchestrator::problem::Result;
use rackrate_orchestrator::screen::{self, Page, Table};

use crate::flags::{Flags, Output};
use crate::subject::Subject;

/// All checks that every run has a row for, in their order.
pub(crate) fn checks() -> Vec<String> {
    let names = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    let kinds = Restriction::ALL.into_iter();
    let kinds = kinds.flat_map(|kind| [format!("{kind} set"), format!("{kind} cleared")]);
    let mut all = names(&["discovery", "read", "read again", "price", "price again"]);
    all.extend(kinds);
    all.extend(names(&["neighbours", "restore"]));
    all
}

/// What a check came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    verdict: Verdict,
    seen: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Passed,
    Failed,
    NotApplicable,
}

impl Answer {
    /// It is as it should be.
    pub(crate) fn passed(seen: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Passed,
            seen: seen.into(),
        }
    }

    /// It was not tried, for that reason.
    pub(crate) fn not_applicable(why: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::NotApplicable,
            seen: why.into(),
        }
    }

    /// What was seen, or what is wrong.
    pub(crate) fn of(said: Result<String, String>) -> Self {
        said.map_or_else(
            |seen| Self {
                verdict: Verdict::Failed,
                seen,
            },
            Self::passed,
        )
    }

    /// Whether something is wrong.
    pub(crate) fn is_failed(&self) -> bool {
        self.verdict == Verdict::Failed
    }
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotApplicable => "n/a",
        }
    }
}

/// All rows of a run.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    suite: String,
    rows: Vec<(String, Answer)>,
    /// The signal that ended it early.
    pub(crate) interrupted: Option<Exit>,
}

impl Report {
    /// A report on that without rows.
    pub(crate) fn new(subject: &Subject) -> Self {
        let Subject {
            connection,
            property,
            room_type,
            rate_plan,
            ..
        } = subject;
        let nights = screen::nights(subject.first, subject.last);
        Self {
            suite: format!("{connection}, {property} {room_type} {rate_plan}, {nights}"),
            rows: Vec::new(),
            interrupted: None,
        }
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, check: impl Into<String>, answer: Answer) {
        self.rows.push((check.into(), answer));
    }

    /// Replaces a row, or adds it.
    pub(crate) fn set(&mut self, check: &str, answer: Answer) {
        self.rows.retain(|(name, _)| name != check);
        self.add(check, answer);
    }

    /// Adds a failed row, after which nothing more stands to reason.
    pub(crate) fn failed<T>(&mut self, check: &str, why: String) -> Option<T> {
        self.add(check, Answer::of(Err(why)));
        None
    }

    /// Gives every check that has no row one that says why.
    pub(crate) fn fill(&mut self, why: &str) {
        for check in checks() {
            if self.rows.iter().all(|(name, _)| *name != check) {
                self.add(check, Answer::not_applicable(why));
            }
        }
    }

    /// The exit code of it.
    pub(crate) fn exit(&self) -> Exit {
        let failed = self.count(Verdict::Failed) > 0;
        let exit = if failed { Exit::Failed } else { Exit::Done };
        self.interrupted.map_or(exit, |signal| signal.and(exit))
    }

    /// Writes it where the flags say.
    ///
    /// # Errors
    /// `file.unwritable` for the file of `--junit`.
    pub(crate) fn show(&self, flags: &Flags) -> Result<()> {
        let mut page = Page::stdout();
        page.line(match flags.output {
            Output::Table => self.table(),
            Output::Junit => self.junit(),
        });
        match &flags.junit {
            Some(path) => Ok(files::write(path, self.junit().as_bytes())?),
            None => Ok(()),
        }
    }

    fn count(&self, verdict: Verdict) -> usize {
        let is = |row: &&(String, Answer)| row.1.verdict == verdict;
        self.rows.iter().filter(is).count()
    }

    fn table(&self) -> String {
        let mut table = Table::new(["check", "", "seen"]);
        for (check, answer) in &self.rows {
            table.row([
                check.clone(),
                answer.verdict.word().to_owned(),
                answer.seen.clone(),
            ]);
        }
        let count = |verdict| self.count(verdict);
        format!(
            "{}\n\n{table}\n\n{} passed, {} failed, {} not applicable",
            self.suite,
            count(Verdict::Passed),
            count(Verdict::Failed),
            count(Verdict::NotApplicable)
        )
    }

    fn junit(&self) -> String {
        let suite = escape(&self.suite);
        let mut cases = String::new();
        for (check, answer) in &self.rows {
            let (check, seen) = (escape(check), escape(&answer.seen));
            let inner = match answer.verdict {
                Verdict::Passed => format!("<system-out>{seen}</system-out>"),
                Verdict::Failed => format!("<failure message=\"{seen}\"/>"),
                Verdict::NotApplicable => format!("<skipped message=\"{seen}\"/>"),
            };
            // Writing to a text cannot fail.
            let _ = writeln!(
                cases,
                "  <testcase classname=\"live conformance\" name=\"{check}\">{inner}</testcase>"
            );
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{suite}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n{cases}</testsuite>\n",
            self.rows.len(),
            self.count(Verdict::Failed),
            self.count(Verdict::NotApplicable)
        )
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::tests::subject;

    #[test]
    fn every_check_has_a_row_and_a_failed_one_fails_the_run() {
        let mut report = Report::new(&subject());
        report.add("discovery", Answer::passed("a <hotel>"));
        assert_eq!(report.exit(), Exit::Done);
        let none: Option<()> = report.failed("read", "broken \"page\"".to_owned());
        report.fill("an earlier check failed");
        assert!(none.is_none());
        assert_eq!(report.rows.len(), checks().len());
        assert_eq!(report.exit(), Exit::Failed);
        let junit = report.junit();
        assert!(
            junit.contains("failures=\"1\" errors=\"0\" skipped=\"19\""),
            "{junit}"
        );
        assert!(junit.contains("a &lt;hotel&gt;"), "{junit}");
        let table = report.table();
        assert!(
            table.lines().all(|line| line.chars().count() <= 80),
            "{table}"
        );
        assert!(
            table.ends_with("1 passed, 1 failed, 19 not applicable"),
            "{table}"
        );
    }
}

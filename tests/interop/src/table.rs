//! What came of every flow.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How a flow ended.
#[derive(Debug)]
enum Result {
    Passed,
    Failed(String),
    Skipped(String),
}

/// The rows so far.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<(&'static str, &'static str, Result)>);

impl Table {
    /// Plays a flow. What its helpers panic with is why it failed.
    pub(crate) fn play(&mut self, server: &'static str, flow: &'static str, play: impl FnOnce()) {
        let result = match catch_unwind(AssertUnwindSafe(play)) {
            Ok(()) => Result::Passed,
            Err(panic) => Result::Failed(words(panic.as_ref())),
        };
        self.0.push((server, flow, result));
    }

    /// A server that could not be started.
    pub(crate) fn skip(&mut self, server: &'static str, flow: &'static str, why: &str) {
        self.0.push((server, flow, Result::Skipped(why.to_owned())));
    }

    /// 0 when all passed, 1 when one failed, 2 when none failed and one was skipped.
    pub(crate) fn exit(&self) -> u8 {
        let any = |is: fn(&Result) -> bool| self.0.iter().any(|(.., result)| is(result));
        match any(|result| matches!(result, Result::Failed(_))) {
            true => 1,
            false if any(|result| matches!(result, Result::Skipped(_))) => 2,
            false => 0,
        }
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked").to_owned()
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = |column: fn(&(&'static str, &'static str, Result)) -> usize| {
            self.0.iter().map(column).max().unwrap_or_default()
        };
        let (server, flow) = (widest(|row| row.0.len()), widest(|row| row.1.len()));
        writeln!(f, "{:server$}  {:flow$}  RESULT", "SERVER", "FLOW")?;
        let (mut passed, mut failed, mut skipped) = (0, 0, 0);
        for (of, what, result) in &self.0 {
            let word = match result {
                Result::Passed => {
                    passed += 1;
                    "passed".to_owned()
                }
                Result::Failed(_) => {
                    failed += 1;
                    "FAILED".to_owned()
                }
                Result::Skipped(why) => {
                    skipped += 1;
                    format!("skipped: {why}")
                }
            };
            writeln!(f, "{of:server$}  {what:flow$}  {word}")?;
        }
        for (of, what, result) in &self.0 {
            if let Result::Failed(why) = result {
                writeln!(f, "\n{of}, {what}:\n{why}")?;
            }
        }
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

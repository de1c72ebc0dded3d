//! Rules about one file: its header, its length, and what must not stand in it.
//!
//! The forbidden words are put together from halves here, so that this file passes its own
//! rules.

use super::Fault;
use crate::tree::File;

/// The folders whose Rust files are ours to keep in order.
const CODE: [&str; 5] = ["crates/", "adapters/", "xtask/", "tests/", "examples/"];

/// Above this a file is worth a look.
const LONG: usize = 400;

/// Above this a file has to be split.
const TOO_LONG: usize = 700;

/// What no Rust file may hold, with the reason.
const UNFINISHED: [(&str, &str); 4] = [
    (concat!("to", "do!("), "leave out what is not finished"),
    (
        concat!("unimpl", "emented!("),
        "leave out what is not finished",
    ),
    (
        concat!("#[ign", "ore"),
        "a test that does not run protects nothing",
    ),
    (
        concat!("thread::", "sleep"),
        "nothing waits on time; make time an argument",
    ),
];

/// Where people's own files begin on their machines.
const MACHINES: [&str; 3] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
];

/// What a merge leaves behind. The middle line is left alone, for Markdown has such lines.
const CONFLICTS: [&str; 2] = ["<<<<<<< ", ">>>>>>> "];

/// Everything wrong with that file.
pub(super) fn faults(file: &File) -> Vec<Fault> {
    let mut faults = Vec::new();
    if is_our_code(&file.path) {
        faults.extend(header(file));
        faults.extend(length(file));
        faults.extend(on_lines(file, unfinished));
    }
    faults.extend(on_lines(file, machine_path));
    faults.extend(on_lines(file, conflict));
    faults
}

fn is_our_code(path: &str) -> bool {
    path.ends_with(".rs") && CODE.iter().any(|folder| path.starts_with(folder))
}

fn header(file: &File) -> Option<Fault> {
    let missing = !file.text.starts_with("//!");
    missing.then(|| {
        Fault::of(
            &file.path,
            "begin with a `//!` line that says what this is for",
        )
    })
}

fn length(file: &File) -> Option<Fault> {
    let lines = file.text.lines().count();
    if lines <= LONG {
        return None;
    }
    let fault = Fault::of(&file.path, format!("{lines} lines; split it by idea"));
    Some(if lines <= TOO_LONG {
        fault.warning()
    } else {
        fault
    })
}

fn on_lines(file: &File, rule: fn(&str) -> Option<String>) -> impl Iterator<Item = Fault> {
    let lines = file.text.lines().enumerate();
    lines.filter_map(move |(index, line)| Some(Fault::of(&file.path, rule(line)?).at(index)))
}

fn unfinished(line: &str) -> Option<String> {
    let (word, reason) = UNFINISHED.iter().find(|(word, _)| line.contains(word))?;
    Some(format!("`{word}`: {reason}"))
}

fn machine_path(line: &str) -> Option<String> {
    let start = MACHINES.iter().find(|start| begins_a_path(line, start))?;
    Some(format!("a path below `{start}` exists on one machine only"))
}

/// Whether an absolute path begins like that somewhere in the line: in the middle of a
/// relative path or an address the same letters are harmless.
fn begins_a_path(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|before| before.is_alphanumeric() || "._-~$}>)*".contains(before))
    })
}

fn conflict(line: &str) -> Option<String> {
    let found = CONFLICTS.iter().any(|mark| line.starts_with(mark));
    found.then(|| "a merge was not finished here".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::{file, shown};
    use super::*;

    fn faults_of(path: &str, text: &str) -> Vec<String> {
        shown(faults(&file(path, text)))
    }

    #[test]
    fn a_rust_file_begins_with_its_purpose() {
        assert_eq!(
            faults_of("crates/a/src/lib.rs", "use std::fmt;\n"),
            ["error: crates/a/src/lib.rs: begin with a `//!` line that says what this is for"]
        );
    }

    #[test]
    fn a_rust_file_elsewhere_is_not_ours_to_judge() {
        assert_eq!(faults_of("docs/sample.rs", "use std::fmt;\n"), [""; 0]);
    }

    #[test]
    fn unfinished_ignored_and_sleeping_code_is_found_by_line() {
        for (word, _) in UNFINISHED {
            let found = faults_of("xtask/src/a.rs", &format!("//! A.\n\n    {word}\n"));
            assert_eq!(found.len(), 1, "{word}");
            assert!(
                found[0].starts_with(&format!("error: xtask/src/a.rs:3: `{word}`")),
                "{found:?}"
            );
        }
    }

    #[test]
    fn a_long_file_is_a_warning_and_a_very_long_one_an_error() {
        let lines = |count: usize| "//! A.\n".repeat(count);
        assert_eq!(faults_of("tests/a.rs", &lines(400)), [""; 0]);
        assert_eq!(
            faults_of("tests/a.rs", &lines(401)),
            ["warning: tests/a.rs: 401 lines; split it by idea"]
        );
        assert_eq!(
            faults_of("tests/a.rs", &lines(701)),
            ["error: tests/a.rs: 701 lines; split it by idea"]
        );
    }

    #[test]
    fn a_machines_path_is_found_in_any_file() {
        for start in MACHINES {
            for before in ["", "cd ", "\"", "file://", "("] {
                let found = faults_of("README.md", &format!("{before}{start}someone\n"));
                assert_eq!(found.len(), 1, "{before}{start}");
            }
        }
    }

    #[test]
    fn the_same_letters_inside_another_path_are_harmless() {
        for start in MACHINES {
            for before in ["https://example.com", "target", "..", "$ROOT", "<vendor>"] {
                let line = format!("{before}{start}x\n");
                assert_eq!(faults_of("README.md", &line), [""; 0], "{line}");
            }
        }
    }

    #[test]
    fn an_unfinished_merge_is_found_and_a_heading_is_not() {
        let text = format!(
            "Title\n=======\n{}ours\n{}theirs\n",
            CONFLICTS[0], CONFLICTS[1]
        );
        assert_eq!(
            faults_of("CHANGELOG.md", &text),
            [
                "error: CHANGELOG.md:3: a merge was not finished here",
                "error: CHANGELOG.md:4: a merge was not finished here"
            ]
        );
    }
}

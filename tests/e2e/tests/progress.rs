//! How far a run is: counted for each connection at a terminal of any width, and nowhere else.

#![expect(clippy::unwrap_used, reason = "what cannot be started ends the test")]

use std::process::{Command, Stdio};

use rackrate_e2e::program::binary;
use rackrate_e2e::{Hotel, Stage};

fn price(night: u16) -> Option<u64> {
    Some(110 + u64::from(night % 7))
}

/// Two requests at Cloudbeds, which takes 30 intervals in one, and one at pms-v2.
fn planned() -> Stage {
    let stage = Stage::new(&["cloudbeds", "generic"], vec![Hotel::lisbon(40)]);
    stage.calendar(price);
    let _ = stage.run("plan rates.csv").with_code(0);
    stage
}

/// What a terminal of that width gets from `apply`.
fn at_terminal(stage: &Stage, columns: usize, flags: &str) -> String {
    let program = binary().display();
    let line = format!("stty rows 24 cols {columns} && {program} apply plan.json {flags}");
    let mut command = Command::new("script");
    command
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .current_dir(stage.folder())
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

/// The lines that were ever drawn, without the terminal's own commands.
fn drawn(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\u{1b}' => drop(letters.find(char::is_ascii_alphabetic)),
            '\r' | '\n' => lines.push(String::new()),
            letter => lines.last_mut().unwrap().push(letter),
        }
    }
    lines
}

/// The rows of the screen that had bars: a full one goes on in the next.
fn rows(lines: &[String], columns: usize) -> Vec<String> {
    let bars = lines
        .iter()
        .filter(|line| line.contains("/2 requests") || line.contains("/1 requests"));
    let row = |line: &String| -> Vec<String> {
        let letters: Vec<_> = line.chars().collect();
        let rows = letters.chunks(columns);
        rows.map(|row| row.iter().collect()).collect()
    };
    bars.flat_map(row).collect()
}

#[test]
fn a_terminal_sees_how_many_requests_each_connection_has_taken() {
    for columns in [24, 80] {
        let text = at_terminal(&planned(), columns, "");
        let lines = drawn(&text);
        let rows = rows(&lines, columns);
        for count in [
            "cloudbeds 0/2 requests",
            "cloudbeds 1/2 requests",
            "cloudbeds 2/2 requests",
            "generic 0/1 requests",
            "generic 1/1 requests",
        ] {
            let there = rows.iter().any(|row| row.starts_with(count));
            assert!(there, "{count}: {rows:#?}");
        }
        let whole = |row: &String| row.starts_with("cloudbeds ") || row.starts_with("generic ");
        assert!(rows.iter().all(whole), "{rows:#?}");
        assert!(lines.iter().any(|line| line.starts_with("confirmed")));
        assert!(!text.contains("\u{1b}[3"), "no colour: {text:?}");
    }
}

#[test]
fn words_and_bars_at_one_terminal_leave_each_other_whole() {
    let lines = drawn(&at_terminal(&planned(), 300, "-v --log-format json"));
    let words = lines.iter().filter(|line| line.starts_with('{'));
    let whole = words.inspect(|line| {
        let read: Result<serde_json::Value, _> = serde_json::from_str(line.trim_end());
        assert!(read.is_ok(), "{line:?}");
    });
    assert!(whole.count() > 5, "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("2/2 requests")));
}

#[test]
fn programs_and_pipes_see_no_bars() {
    let text = at_terminal(&planned(), 80, "-o json");
    assert!(!text.contains("/2 requests"), "{text}");
    let piped = planned().run("apply plan.json").with_code(0);
    assert_eq!(piped.stderr, "");
    assert!(!piped.stdout.contains('\u{1b}'), "{}", piped.stdout);
}

//! Planted guests and secrets: every command, with every flag that makes it say more, while all
//! is well and in every trouble; nothing of them comes out in any form, on no stream and in no
//! file. `docs/data.md` says what is kept instead.
//!
//! That the guest is really planted is seen from the masks that stand in their place.

use std::fmt;

use clap::{Command, CommandFactory};
use rackrate_e2e::commands::{self, LINES, VENDORS};
use rackrate_e2e::guest::{TEXTS, guest};
use rackrate_e2e::outputs::Outputs;
use rackrate_e2e::{Program, Stage};
use rackrate_orchestrator::cli::Cli;
use rackrate_simulator::faults::Fate;
use rackrate_simulator::serve::Rule;

const SECRETS: [(&str, &str); 3] = [
    ("client_id", "planted-id+7e/81&north=1"),
    ("client_secret", "planted-secret+4c/1e&south=2"),
    ("api_key", "cbat_planted+key/9b&east=3"),
];

/// Both ways of saying all there is to say.
const LOUD: [&str; 2] = ["-vvv", "-vvv --log-format json"];

/// The key that tokens and audit lines are made safe with; as secret as the others.
const KEY: &str = "c2l4dGVlbiBieXRlcyBhbmQgc2l4dGVlbiBtb3JlLiE=";

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    WrongSecret,
    Dead,
    Gateway,
    Throttled,
    Page,
    Cut,
    Refused,
}

impl Trouble {
    const ALL: [Self; 7] = [
        Self::WrongSecret,
        Self::Dead,
        Self::Gateway,
        Self::Throttled,
        Self::Page,
        Self::Cut,
        Self::Refused,
    ];

    fn fate(self) -> Option<Fate> {
        Some(match self {
            Self::WrongSecret | Self::Refused => return None,
            Self::Dead => Fate::NoConnection,
            Self::Gateway => Fate::ErrorAfter,
            Self::Throttled => Fate::Throttled,
            Self::Page => Fate::Html,
            Self::Cut => Fate::Truncated,
        })
    }

    fn make(self, stage: &Stage) {
        stage.change(
            "rackrate.toml",
            "[guards]",
            "[apply]\ndeadline = \"2s\"\nwait = \"1s\"\n\n[guards]",
        );
        match self {
            Self::WrongSecret => {
                stage.write("secrets/api_key", "cbat_wrong");
                stage.write("secrets/client_secret", "wrong");
            }
            // The hotel has left, and its identifiers mean nothing any more.
            Self::Refused => stage.change("mapping.csv", "5886676873777241", "5886676873777242"),
            _ => {}
        }
        for name in VENDORS {
            let Some(fate) = self.fate() else { return };
            let rule = Rule {
                per_mille: Some(1000),
                ..Rule::next(fate)
            };
            stage.vendors.fault(name, &rule);
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

fn stage() -> Stage {
    let stage = commands::stage(&SECRETS);
    let guest = guest();
    for name in VENDORS {
        stage.vendors.plant(name, &guest);
    }
    stage
}

/// Runs every line; where all is well each has to end well, or the search would be of nothing.
fn run_all(stage: &Stage, program: &Program, loud: &str, trouble: Option<Trouble>) -> Outputs {
    let mut outputs = Outputs::default();
    let somebody = trouble.is_none_or(|trouble| trouble.fate().is_none());
    for line in LINES {
        if trouble.is_some() && line.is_apart() {
            continue;
        }
        let code = line.run(stage, program, loud, somebody, &mut outputs);
        if trouble.is_none() {
            let said = outputs.last();
            assert_eq!(code, Some(line.ends), "{line}\n{said}");
        }
        assert!(code.is_some_and(|code| code != 101), "{line}: {code:?}");
        if line.writes() {
            outputs.take_files(stage, &format!("after {line}"));
        }
    }
    outputs.take_files(stage, "at the end");
    outputs
}

fn nothing_came_out(outputs: &Outputs, when: &str) {
    let secrets = SECRETS.iter().map(|(_, secret)| *secret);
    for text in secrets.chain([KEY]).chain(TEXTS) {
        let mut places = outputs.places(text);
        // The address that a person opens names the client (RFC 6749, section 4.1.1).
        if text == SECRETS[0].1 {
            places.retain(|(place, form)| !(shows_a_link(place) && form.starts_with("URL form")));
        }
        assert_eq!(places, [], "{text:?} when {when}");
    }
}

fn shows_a_link(place: &str) -> bool {
    let shows = ["creds login generic: stderr", "creds invite generic"];
    shows.iter().any(|shows| place.starts_with(shows))
}

#[test]
fn no_guest_and_no_secret_comes_out_of_any_command() {
    std::thread::scope(|scope| {
        for loud in LOUD {
            scope.spawn(move || {
                let stage = stage();
                let outputs = run_all(&stage, &stage.program(), loud, None);
                nothing_came_out(&outputs, loud);
                let masked = outputs.places("[mail], [phone]");
                assert!(!masked.is_empty(), "no guest was planted");
                for place in ["plan.json", "rackrate.db", "audit.jsonl", "metrics.prom"] {
                    assert!(outputs.has(place), "{place}");
                }
            });
        }
    });
}

#[test]
fn no_guest_and_no_secret_comes_out_in_any_trouble() {
    std::thread::scope(|scope| {
        for (at, trouble) in Trouble::ALL.into_iter().enumerate() {
            scope.spawn(move || {
                let stage = stage();
                let program = stage.program();
                let mut before = Outputs::default();
                for line in LINES.iter().take_while(|line| line.command != "verify") {
                    line.run(&stage, &program, "", true, &mut before);
                }
                stage.calendar(|_| Some(150));
                trouble.make(&stage);
                let outputs = run_all(&stage, &program, LOUD[at % 2], Some(trouble));
                nothing_came_out(&outputs, &trouble.to_string());
            });
        }
    });
}

/// Commands that do something, by their whole names.
fn leaves(command: &Command, name: &str, all: &mut Vec<String>) {
    let mut subcommands = command.get_subcommands().peekable();
    if subcommands.peek().is_none() {
        all.push(name.to_owned());
    }
    for one in subcommands {
        leaves(one, &format!("{name} {}", one.get_name()), all);
    }
}

#[test]
fn every_command_has_its_line() {
    let mut all = Vec::new();
    for one in Cli::command().get_subcommands() {
        leaves(one, one.get_name(), &mut all);
    }
    let has_line = |name: &String| LINES.iter().any(|line| line.command == name);
    all.retain(|name| !has_line(name));
    assert_eq!(
        all, [""; 0],
        "these have no line in tests/e2e/src/commands.rs"
    );
}

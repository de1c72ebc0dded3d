//! Every command of the program, as one line each, in an order in which they work one after
//! another. Searches for what may not come out go over all of them, so a new command is
//! searched as soon as it has its line, and a test fails until it has.

use std::fmt;

use crate::hotels::Hotel;
use crate::outputs::Outputs;
use crate::person::{Login, Reception};
use crate::program::Program;
use crate::stage::Stage;
use crate::vendors::FAST;

/// How a line is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// By itself.
    Alone,
    /// By itself, and no vendor of the stage is spoken with.
    Apart,
    /// Until it is interrupted, with a stranger who comes by.
    Reception,
    /// With a person who consents in the browser, where the vendor can be reached.
    Person,
}

/// A command with its flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The command, as clap has it: `creds list`.
    pub command: &'static str,
    flags: &'static str,
    /// How it ends where nothing is wrong.
    pub ends: i32,
    how: How,
}

const fn line(command: &'static str, flags: &'static str, ends: i32) -> Line {
    let how = How::Alone;
    Line {
        command,
        flags,
        ends,
        how,
    }
}

const fn apart(command: &'static str, flags: &'static str) -> Line {
    Line {
        how: How::Apart,
        ..line(command, flags, 0)
    }
}

/// The command lines, for a stage of [`VENDORS`].
pub const LINES: &[Line] = &[
    line("config validate", "", 0),
    line("config show", "", 0),
    Line {
        how: How::Person,
        ..line("creds login", "generic", 0)
    },
    line("discover", "generic --write-mapping", 0),
    line("discover", "cloudbeds -o json", 0),
    line("creds invite", "generic --config hotels.toml", 0),
    Line {
        how: How::Reception,
        ..line("creds callback", "--config hotels.toml", 0)
    },
    line("creds installs", "--config hotels.toml", 0),
    line("creds confirm", "nobody --config hotels.toml", 2),
    line("creds dismiss", "nobody --config hotels.toml", 2),
    line("creds list", "", 0),
    line("creds list", "-o json", 0),
    line("creds refresh", "generic", 0),
    line("creds check", "--all", 0),
    line("creds check", "--all -o junit", 0),
    line("creds forecast", "", 0),
    line("creds forecast", "-o json", 0),
    line("creds keepalive", "--all", 0),
    line("creds review", "--quarter 2026Q1", 0),
    line("creds review", "--quarter 2026Q1 --out review.csv", 0),
    line("creds review", "--quarter 2026Q1 --done review.csv", 2),
    line("plan", "rates.csv", 0),
    line("show", "plan.json", 0),
    line("apply", "plan.json", 0),
    line("apply", "--resume", 0),
    line("verify", "", 0),
    line("verify", "-o junit", 0),
    line("audit verify", "", 0),
    line("audit verify", "-o json", 0),
    line("audit export", "--out audit.jsonl", 0),
    line("audit export", "", 0),
    line("audit sign", "", 0),
    line("audit checkpoints", "", 0),
    line("audit actors", "", 0),
    line("audit erase", "nobody", 1),
    line("audit cut", "--before 1", 2),
    apart("sim", "--sample sample"),
    apart("demo", "--state demo"),
    line("alerts list", "", 0),
    line("alerts test", "", 0),
    line("creds migrate", "generic", 2),
    line("creds rotate", "--client nobody", 2),
    line("creds rekey", "--lost", 2),
    line("creds logout", "generic", 0),
];

/// The vendors that the lines speak of: one with a key, one with a person's consent.
pub const VENDORS: [&str; 2] = ["cloudbeds", "generic"];

/// A stage on which every line works, with these secrets.
pub fn stage(secrets: &[(&str, &str)]) -> Stage {
    let stage = Stage::with(&VENDORS, vec![Hotel::lisbon(3)], secrets, FAST);
    stage.lasting_tokens("generic");
    stage.keep_tokens();
    let audit = "audit_key = \"file:secrets/seal\"\n[guards]";
    stage.change("rackrate.toml", "[guards]", audit);
    stage.ask_for_consent();
    // The same with an address for hotels to come back to; a person here has a browser.
    let generic = "[connections.generic]\n";
    let back = format!("{generic}redirect = \"https://rates.example/callback\"\n");
    let hotels = stage.read("rackrate.toml").replace(generic, &back);
    stage.write("hotels.toml", &hotels);
    stage.calendar(|night| Some(110 + u64::from(night)));
    stage
}

/// What every line is given beside its own flags, so that nothing is left unsaid.
const SAYING: &str = "--errors-file errors.jsonl --metrics-file metrics.prom";

/// The files that it leaves.
const SAID: [&str; 2] = ["errors.jsonl", "metrics.prom"];

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.command, self.flags)
    }
}

impl Line {
    /// Whether it has anything to do with the vendors and the ledger of the stage.
    pub fn is_apart(&self) -> bool {
        self.how == How::Apart
    }

    /// Whether it sends prices, so that the ledger is fullest after it.
    pub fn writes(&self) -> bool {
        self.command == "apply"
    }

    /// Runs it, keeps all that came out of it, and says how it ended. Nobody is there to consent
    /// where the vendor has no page to do it at.
    pub fn run(
        &self,
        stage: &Stage,
        program: &Program,
        loud: &str,
        somebody: bool,
        outputs: &mut Outputs,
    ) -> Option<i32> {
        let said = format!("{SAYING} {loud}");
        let ended = match self.how {
            How::Person if somebody => {
                let login = Login::of(program, &format!("{} {said}", self.flags));
                login.consent();
                login.ended()
            }
            How::Reception => {
                let open = Reception::start(stage, &format!("{} {said}", self.flags));
                open.visit("https://rates.example/callback?code=planted&state=guessed");
                open.stop()
            }
            How::Person => program.run(&format!("{self} --wait 1s {said}")),
            How::Alone | How::Apart => program.run(&format!("{self} {said}")),
        };
        outputs.take(&self.to_string(), &ended);
        for name in SAID {
            if stage.path(name).exists() {
                outputs.take_file(&format!("{self}: {name}"), &stage.path(name));
                // What the next line says is its own.
                std::fs::remove_file(stage.path(name)).unwrap();
            }
        }
        ended.code
    }
}

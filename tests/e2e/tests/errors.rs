//! Every mistake a person can make, as a table: exit code, code, scope, words, and no write.

#![expect(
    clippy::unwrap_used,
    reason = "a mistake that cannot be made ends the test"
)]

use std::fmt;

use rackrate_core::finding::{Finding, Severity};
use rackrate_e2e::search::found;
use rackrate_e2e::stage::SECRETS;
use rackrate_e2e::{Ended, Hotel, Stage};
use rackrate_simulator::faults::Fate;
use rackrate_simulator::serve::Rule;

/// What a mistake stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    File,
    Property,
    Connection,
}

/// A mistake, and what the program has to answer.
struct Case {
    what: &'static str,
    make: fn(&Stage),
    exit: i32,
    code: &'static str,
    scope: Scope,
}

const fn case(
    what: &'static str,
    exit: i32,
    code: &'static str,
    scope: Scope,
    make: fn(&Stage),
) -> Case {
    Case {
        what,
        make,
        exit,
        code,
        scope,
    }
}

use Scope::{Connection, File, Property};

const CASES: [Case; 27] = [
    case("missing column", 2, "calendar.missing_column", File, |at| {
        at.change("rates.csv", "amount", "price");
    }),
    case("bad date", 2, "calendar.bad_date", File, |at| {
        let date = at.first.to_string();
        at.change("rates.csv", &date, "2027-02-30");
    }),
    case("negative price", 2, "calendar.negative_price", File, |at| {
        at.change("rates.csv", "110.00", "-110.00");
    }),
    case("zero price", 2, "calendar.zero_price", File, |at| {
        at.change("rates.csv", "110.00", "0.00");
    }),
    case("JPY with decimals", 2, "calendar.too_precise", File, |at| {
        at.change("properties.csv", "EUR", "JPY");
        at.change("rates.csv", ".00,EUR", ".50,JPY");
    }),
    case(
        "unknown currency",
        2,
        "calendar.unknown_currency",
        File,
        |at| {
            at.change("rates.csv", "EUR", "EUX");
        },
    ),
    case(
        "net calendar, gross connection",
        6,
        "guard.basis",
        Property,
        |at| {
            at.change("properties.csv", "gross", "net");
        },
    ),
    case("duplicate cell", 2, "calendar.duplicate_cell", File, |at| {
        let line = at.line(&at.hotels[0], "STD", 1, "110.00");
        at.write("rates.csv", &(at.read("rates.csv") + &line));
    }),
    case(
        "unmapped rate plan",
        6,
        "mapping.unmapped_rate_plan",
        Property,
        |at| {
            let line = at
                .line(&at.hotels[0], "STD", 1, "110.00")
                .replace("BAR", "NRF");
            at.write("rates.csv", &(at.read("rates.csv") + &line));
        },
    ),
    case("price times 100", 6, "guard.max_change", Property, |at| {
        at.change("rates.csv", "110.00", "11000.00");
    }),
    case(
        "empty ledger, and reading fails",
        6,
        "guard.unknown_before",
        Property,
        |at| {
            let mapping = at.read("mapping.csv");
            let without = mapping
                .lines()
                .filter(|line| !line.starts_with("cloudbeds"));
            at.write("mapping.csv", &without.collect::<Vec<_>>().join("\n"));
            let rule = Rule {
                path: Some("/v2/rates".to_owned()),
                per_mille: Some(1000),
                ..Rule::next(Fate::ErrorBefore)
            };
            at.vendors.fault("generic", &rule);
        },
    ),
    case("all nights past", 2, "calendar.all_past", File, |at| {
        let year = at.first.to_string()[..4].to_owned();
        at.change("rates.csv", &format!(",{year}-"), ",2020-");
    }),
    case(
        "identifier in scientific notation",
        2,
        "mapping.spreadsheet_number",
        File,
        |at| {
            at.change("mapping.csv", "5886676873777241", "5.88668E+15");
        },
    ),
    case("unconfirmed guess", 6, "mapping.guess", Property, |at| {
        at.status("guess");
    }),
    case("unknown status", 2, "mapping.bad_status", File, |at| {
        at.status("maybe");
    }),
    case(
        "wrong key",
        5,
        "credential.needs_authorization",
        Connection,
        |at| {
            at.write("secrets/api_key", "cbat_of_somebody_else");
        },
    ),
    case(
        "unreachable vendor",
        1,
        "vendor.unreachable",
        Connection,
        |at| {
            let address = at.vendors.address("cloudbeds").to_string();
            at.change("rackrate.toml", &address, "127.0.0.1:1");
        },
    ),
    case(
        "unreachable token endpoint",
        1,
        "vendor.unreachable",
        Connection,
        |at| {
            let address = at.vendors.address("generic").to_string();
            at.change("rackrate.toml", &address, "127.0.0.1:1");
        },
    ),
    case(
        "wrong client secret",
        5,
        "credential.wrong",
        Connection,
        |at| {
            at.write("secrets/client_secret", "of-somebody-else");
        },
    ),
    case("unknown config field", 2, "config.invalid", File, |at| {
        at.change("rackrate.toml", "[guards]", "[guards]\nflor = \"20\"");
    }),
    case("a secret for a reference", 2, "config.secret", File, |at| {
        at.change("rackrate.toml", "file:secrets/api_key", "cbat_e2e_api_key");
    }),
    case(
        "a program unasked",
        2,
        "config.exec_not_allowed",
        File,
        |at| {
            at.change(
                "rackrate.toml",
                "file:secrets/api_key",
                "exec:cat secrets/api_key",
            );
        },
    ),
    case("no secret there", 2, "secret.not_found", File, |at| {
        std::fs::remove_file(at.path("secrets/api_key")).unwrap();
    }),
    case(
        "a login to Vault from Vault",
        2,
        "config.invalid",
        File,
        |at| {
            let table = "[vault]\ntoken = \"vault:kv/self#token\"\n[guards]";
            at.change("rackrate.toml", "[guards]", table);
        },
    ),
    case("a directory for a file", 2, "file.directory", File, |at| {
        std::fs::remove_file(at.path("rates.csv")).unwrap();
        std::fs::create_dir(at.path("rates.csv")).unwrap();
    }),
    case("empty file", 2, "calendar.empty_file", File, |at| {
        at.write("rates.csv", "");
    }),
    case(
        "filled max_stay_arrival",
        6,
        "plan.unsupported_restriction",
        Property,
        |at| {
            at.change("rates.csv", "currency", "currency,max_stay_arrival");
            at.change("rates.csv", "EUR", "EUR,7");
        },
    ),
];

/// What the program answered.
struct Row<'c> {
    case: &'c Case,
    ended: Ended,
    finding: Option<Finding>,
    writes: u64,
    /// Secrets that came out, by name.
    leaks: Vec<&'static str>,
}

/// The secrets of a stage that are in what the program said, in any form.
fn leaks(stage: &Stage, ended: &Ended) -> Vec<&'static str> {
    let said = [
        ended.stdout.clone(),
        ended.stderr.clone(),
        stage.read("errors.jsonl"),
    ]
    .concat();
    let out = |(_, secret): &&(&str, &str)| !found(secret, said.as_bytes()).is_empty();
    SECRETS.iter().filter(out).map(|(name, _)| *name).collect()
}

impl<'c> Row<'c> {
    fn of(case: &'c Case) -> Self {
        let stage = Stage::new(&["cloudbeds", "generic"], vec![Hotel::lisbon(3)]);
        stage.calendar(|_| Some(110));
        (case.make)(&stage);
        let ended = stage.run("plan rates.csv -vvv --errors-file errors.jsonl");
        let findings = stage.findings();
        let meant = findings.iter().find(|one| one.code == case.code);
        let finding = meant.or(findings.first()).cloned();
        if stage.path("plan.json").exists() {
            // A plan that leaves the property out may be applied, and still writes nothing.
            let _ = stage.run("apply plan.json");
        }
        let writes = stage.vendors.writes();
        let leaks = leaks(&stage, &ended);
        Self {
            case,
            ended,
            finding,
            writes,
            leaks,
        }
    }

    fn scope(&self) -> Option<Scope> {
        let place = &self.finding.as_ref()?.place;
        if place.property.is_some() {
            Some(Property)
        } else if place.file.is_some() {
            Some(File)
        } else {
            place.connection.as_ref().map(|_| Connection)
        }
    }

    fn is_right(&self) -> bool {
        let Case {
            exit, code, scope, ..
        } = self.case;
        let told = self.finding.as_ref().is_some_and(|one| {
            one.code == *code && one.severity == Severity::Error && !one.hint.is_empty()
        });
        told && self.ended.code == Some(*exit)
            && self.scope() == Some(*scope)
            && self.writes == 0
            && self.leaks.is_empty()
            && self.ended.stderr.contains(&format!("[{code}]"))
    }
}

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, message) = match &self.finding {
            Some(one) => (one.code.as_str(), one.message.as_str()),
            None => ("none", ""),
        };
        let scope = self
            .scope()
            .map_or(String::new(), |scope| format!("{scope:?}"));
        let exit = self
            .ended
            .code
            .map_or(String::new(), |exit| exit.to_string());
        let (what, writes) = (self.case.what, self.writes);
        write!(
            f,
            "{what:<34} {exit:>4} {code:<34} {scope:<10} {writes:>6}  {message}"
        )
    }
}

#[test]
fn every_mistake_is_named_at_its_scope_and_writes_nothing() {
    let rows: Vec<Row> = std::thread::scope(|scope| {
        let started: Vec<_> = CASES
            .iter()
            .map(|case| scope.spawn(|| Row::of(case)))
            .collect();
        started.into_iter().map(|row| row.join().unwrap()).collect()
    });
    println!(
        "{:<34} {:>4} {:<34} {:<10} {:>6}  message",
        "case", "exit", "code", "scope", "writes"
    );
    for row in &rows {
        println!("{row}");
    }
    let wrong: Vec<_> = rows.iter().filter(|row| !row.is_right()).collect();
    let told = wrong.iter().map(|row| {
        let Case {
            exit, code, scope, ..
        } = row.case;
        format!(
            "{row}\n  not {exit} {code} {scope:?}, or {:?} came out\n{}",
            row.leaks, row.ended.stderr
        )
    });
    let told: Vec<_> = told.collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

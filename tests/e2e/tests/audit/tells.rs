//! What is told of runs, allowances and refusals; and that nothing happens untold.

use rackrate_simulator::faults::Fate;
use rackrate_simulator::serve::Rule;

use super::{Original, applied, lines, sql, stage, told, verdict};

#[test]
fn a_killed_run_leaves_an_intact_trail_and_the_next_one_tells_of_it() {
    let stage = stage();
    let _ = stage.run("plan rates.csv").with_code(0);
    let rule = Rule {
        path: Some("/v2/rates".to_owned()),
        method: Some("POST".to_owned()),
        ..Rule::next(Fate::RequestLost)
    };
    stage.vendors.fault("generic", &rule);
    let mut apply = stage.program().start("apply plan.json");
    assert!(
        stage
            .vendors
            .wait_for("generic", Fate::RequestLost)
            .is_some()
    );
    apply.kill().unwrap();
    apply.wait().unwrap();
    assert_eq!(verdict(&stage, ""), (Some(0), vec![]));
    assert!(told(&stage, "cut_off").is_empty());
    stage.vendors.heal("generic");
    let _ = stage.run("apply --resume").with_code(0);
    assert_eq!(verdict(&stage, ""), (Some(0), vec![]));
    assert_eq!(told(&stage, "cut_off").len(), 1);
}

#[test]
fn what_cannot_be_told_does_not_happen() {
    let stage = applied();
    let calls = stage.vendors.record("generic").calls;
    let original = Original::of(&stage);
    let full = "CREATE TRIGGER full BEFORE INSERT ON audit
        BEGIN SELECT RAISE(ABORT, 'no room for a line'); END";
    for (hand, code) in [
        (full, "ledger.storage"),
        ("DELETE FROM audit WHERE seq > 3", "audit.broken"),
    ] {
        original.restore();
        sql(&stage, hand);
        for command in ["plan rates.csv --max-age 0s", "verify", "apply --resume"] {
            let refused = stage.run(command).with_code(1);
            assert!(
                refused.stderr.contains(code),
                "{command}: {}",
                refused.stderr
            );
        }
    }
    assert_eq!(stage.vendors.record("generic").calls, calls);
}

/// Every request that the vendor saw is in the sums, and they were opened before the first.
#[test]
fn uses_are_summed_for_each_command_and_agree_with_what_the_vendor_saw() {
    let stage = applied();
    let used = told(&stage, "used");
    let sum: u64 = used
        .iter()
        .map(|one| one["requests"].as_u64().unwrap())
        .sum();
    assert_eq!(sum, stage.vendors.record("generic").calls, "{used:#?}");
    let runs: Vec<_> = used.iter().filter(|one| one["run"] == 1).collect();
    let pushed = runs.iter().find(|one| one["operation"] == "push").unwrap();
    assert_eq!(pushed["scopes"][0], "rates:write", "{used:#?}");
    let lines = lines(&stage);
    let first = |what: &str| lines.iter().position(|row| row["line"]["what"] == what);
    assert!(first("opened") < first("token"));
    assert_eq!(told(&stage, "opened")[0]["accounts"][0], "generic");
}

#[test]
fn allowances_and_changed_files_are_told_with_who_and_why() {
    let stage = stage();
    let _ = stage.run("plan rates.csv").with_code(0);
    stage.calendar(|_| Some(190));
    let allow = "--allow max_change:property=lisbon-city --reason congress";
    let plan = format!("plan rates.csv {allow} --author ana");
    let _ = stage.run(&plan).with_code(0);
    assert!(
        told(&stage, "waived").is_empty(),
        "it is told when it is used"
    );
    stage.change("rackrate.toml", "ceiling = \"900\"", "ceiling = \"800\"");
    let _ = stage.run("apply plan.json").with_code(0);
    let waived = told(&stage, "waived");
    assert_eq!(waived.len(), 1);
    assert_eq!(waived[0]["guard"], "max_change:property=lisbon-city");
    assert_eq!(waived[0]["reason"], "congress");
    let actors = stage.run("audit actors").with_code(0).stdout;
    let who = waived[0]["by"].as_str().unwrap();
    let ana = actors.lines().find(|line| line.contains(who)).unwrap();
    assert!(ana.ends_with("ana"), "{actors}");
    let changed = told(&stage, "changed");
    let files: Vec<_> = changed
        .iter()
        .map(|one| one["file"].as_str().unwrap())
        .collect();
    let wanted = ["configuration", "mapping", "properties", "configuration"];
    assert_eq!(files, wanted);
}

#[test]
fn a_refused_credential_is_told() {
    let stage = stage();
    stage.write("secrets/client_secret", "another-secret");
    let _ = stage.run("plan rates.csv").with_code(5);
    let refused = told(&stage, "refused");
    assert_eq!(refused[0]["connection"], "generic");
    assert_eq!(refused[0]["operation"], "token");
    assert_eq!(told(&stage, "died").len(), 1);
    let exported = stage.run("audit export").with_code(0).stdout;
    assert!(!exported.contains("another-secret"));
}

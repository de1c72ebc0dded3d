//! A secret that cannot be fetched stops the command before anything is sent: it is told once
//! like any other failure of a credential, and the command ends as it did.

use rackrate_e2e::{Hotel, Stage};
use rackrate_ledger::lease::Lease;

use crate::post::{Inbox, Mailbox};
use crate::{alerts_in, configure, every_way_out, plan, refused, repaired, two_hotels};

fn gone(stage: &Stage) {
    std::fs::remove_file(stage.path("secrets/client_secret")).unwrap();
}

#[test]
fn a_secret_that_is_gone_is_told_once_with_what_it_holds_and_once_when_it_is_back() {
    let (stage, inbox, mailbox) = (two_hotels(), Inbox::new(), Mailbox::new());
    let _ = plan(&stage, 0);
    every_way_out(&stage, &inbox, &mailbox);
    gone(&stage);

    let first = plan(&stage, 2);
    assert!(first.stderr.contains("[secret.not_found]"), "{first:?}");
    assert_eq!(
        alerts_in(&first),
        [
            "alert: You can act: see why no secret comes from file:secrets/client_secret, then run `rackrate creds check generic`. Held: tonight none, next 7 days none, later 6 nights of 2 properties."
        ]
    );
    assert_eq!((inbox.taken().len(), mailbox.taken().len()), (3, 1));

    let applied = stage.run("apply plan.json").with_code(2);
    assert!(alerts_in(&applied).is_empty() && inbox.taken().is_empty());

    repaired(&stage);
    let back = stage.run("creds check generic").with_code(0);
    assert!(alerts_in(&back)[0].contains("it works again"), "{back:?}");
    assert_eq!((inbox.taken().len(), mailbox.taken().len()), (3, 1));
}

#[test]
fn a_plan_that_waits_for_a_secret_holds_all_of_its_nights() {
    let stage = two_hotels();
    let _ = plan(&stage, 0);
    gone(&stage);
    let ended = stage.run("apply plan.json").with_code(2);
    let told = alerts_in(&ended);
    assert!(
        told[0].ends_with("later 6 nights of 2 properties."),
        "{told:?}"
    );
}

#[test]
fn what_an_earlier_run_left_is_held_by_a_resume_that_lacks_a_secret() {
    let stage = two_hotels();
    let _ = plan(&stage, 0);
    refused(&stage);
    let _ = stage.run("apply plan.json").with_code(5);
    gone(&stage);
    let ended = stage.run("apply --resume").with_code(2);
    assert!(
        alerts_in(&ended)[0].ends_with("later 6 nights of 2 properties."),
        "{ended:?}"
    );
}

#[test]
fn a_key_of_ours_that_is_gone_is_told_like_a_secret_of_a_vendor() {
    let stage = two_hotels();
    let _ = plan(&stage, 0);
    for key in ["seal_key", "audit_key"] {
        let line = format!("{key} = \"file:secrets/none\"\n[guards]");
        stage.change("rackrate.toml", "[guards]", &line);
        let ended = plan(&stage, 2);
        let told = format!("{key}, file:secrets/none: ");
        assert!(ended.stderr.contains(&told), "{ended:?}");
        assert!(ended.stderr.contains("[secret.not_found]"), "{ended:?}");
        assert_eq!(alerts_in(&ended).len(), usize::from(key == "seal_key"));
        stage.change("rackrate.toml", &line, "[guards]");
    }
}

#[test]
fn what_calls_accounts_one_by_one_tells_those_that_lack_a_secret() {
    let stage = two_hotels();
    let _ = plan(&stage, 0);
    gone(&stage);
    let ended = stage.run("creds keepalive --all").with_code(5);
    assert_eq!(alerts_in(&ended).len(), 1, "{ended:?}");
    assert!(ended.stderr.contains("[secret.not_found]"), "{ended:?}");
    let again = stage.run("creds keepalive --all").with_code(5);
    assert!(alerts_in(&again).is_empty(), "{again:?}");
}

#[test]
fn a_vault_that_does_not_answer_is_one_alert_for_all_that_is_in_it() {
    let stage = Stage::new(&["generic", "cloudbeds"], vec![Hotel::lisbon(3)]);
    stage.calendar(|_| Some(120));
    let _ = plan(&stage, 0);
    let in_vault = |name: &str| {
        let (from, to) = (format!("file:secrets/{name}"), format!("vault:kv/a#{name}"));
        stage.change("rackrate.toml", &from, &to);
    };
    in_vault("client_secret");
    in_vault("api_key");
    stage.write("secrets/vault", "hvs.none");
    configure(
        &stage,
        "[vault]\naddress = \"http://127.0.0.1:1\"\nauth = \"token\"\ntoken = \"file:secrets/vault\"",
    );
    let ended = plan(&stage, 2);
    assert!(ended.stderr.contains("[secret.unavailable]"), "{ended:?}");
    let told = alerts_in(&ended);
    assert_eq!(told.len(), 1, "{ended:?}");
    assert!(told[0].contains("no secret comes from Vault"), "{told:?}");
    assert!(
        ended.stderr.contains("Connections: cloudbeds, generic."),
        "{ended:?}"
    );
    let open = stage.run("alerts list").with_code(0).stdout;
    assert!(open.contains("place Vault"), "{open}");
}

#[test]
fn while_another_command_has_the_ledger_only_what_nobody_knows_is_told() {
    let stage = two_hotels();
    let _ = plan(&stage, 0);
    gone(&stage);
    let held = || Lease::acquire(&stage.path("rackrate.db"), "another command").unwrap();
    let meanwhile = |told: usize| {
        let _held = held();
        let ended = plan(&stage, 2);
        assert_eq!(alerts_in(&ended).len(), told, "{ended:?}");
        ended.stderr.contains("[alert.not_recorded]")
    };
    assert!(meanwhile(1));
    assert_eq!(alerts_in(&plan(&stage, 2)).len(), 1);
    assert!(!meanwhile(0), "there is nothing to record");
}

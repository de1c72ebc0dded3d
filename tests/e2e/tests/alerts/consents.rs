//! What people gave and what is worth nothing any more: who is told that they can act.

use rackrate_e2e::person::Login;
use rackrate_e2e::{Hotel, Stage};
use rackrate_simulator::faults::Fate;
use rackrate_simulator::serve::Rule;

use crate::{alerts_in, plan, stage};

#[test]
fn before_anybody_consented_whoever_runs_the_program_can_act() {
    let stage = consenting();
    let ended = plan(&stage, 5);
    let told = alerts_in(&ended);
    assert!(told[0].starts_with("alert: You can act: run `rackrate creds login generic`."));
}

fn consenting() -> Stage {
    let stage = stage(vec![Hotel::lisbon(3)]);
    stage.lasting_tokens("generic");
    stage.keep_tokens();
    stage.change("rackrate.toml", "settle_ms", "consent = {}\nsettle_ms");
    let contact = "gross,,,Maria Silva maria@hotel.example\n";
    stage.change("properties.csv", "gross,,,\n", contact);
    stage
}

#[test]
fn a_lost_consent_is_the_hotels_to_give_again_with_a_mail_ready_to_be_sent() {
    let stage = consenting();
    let login = Login::start(&stage, "generic");
    assert_eq!(login.consent().status, 200);
    let _ = login.ended().with_code(0);
    let rule = Rule {
        path: Some("/oauth/token".to_owned()),
        ..Rule::next(Fate::AnswerLost)
    };
    stage.vendors.fault("generic", &rule);
    let mut killed = stage.program().start("creds refresh generic");
    assert!(
        stage
            .vendors
            .wait_for("generic", Fate::AnswerLost)
            .is_some()
    );
    killed.kill().unwrap();
    killed.wait().unwrap();
    stage.vendors.heal("generic");

    let ended = stage.run("creds refresh generic").with_code(5);
    let told = alerts_in(&ended);
    assert_eq!(
        told,
        [
            "alert: The hotel can act, nothing to do tonight: Lisbon City Hotel (Maria Silva maria@hotel.example). No night is held by this run."
        ]
    );
    for part in [
        "  To: Maria Silva maria@hotel.example",
        "[the link that `rackrate creds invite generic` prints]",
    ] {
        assert!(
            ended.stderr.contains(part),
            "{part} is not in\n{}",
            ended.stderr
        );
    }
    let out = stage.run("creds logout generic");
    assert!(alerts_in(&out).is_empty(), "{out:?}");
    let login = Login::start(&stage, "generic");
    assert_eq!(login.consent().status, 200);
    let ended = login.ended().with_code(0);
    assert!(alerts_in(&ended)[0].contains("it works again"), "{ended:?}");
}

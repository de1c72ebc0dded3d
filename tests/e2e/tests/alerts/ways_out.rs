//! Ways out: tried, mistaken, down, and cut off half-way.

use crate::post::{Inbox, Mailbox, SIGNING};
use crate::{alerts_in, configure, every_way_out, plan, refused, two_hotels};

#[test]
fn a_way_out_that_is_down_changes_no_result_and_gets_the_alert_later() {
    let (stage, inbox) = (two_hotels(), Inbox::new());
    let uri = inbox.server.uri();
    stage.write("secrets/slack", &format!("{uri}/slack"));
    configure(
        &stage,
        "[alerts]\nstderr = false\n[[alerts.sink]]\nkind = \"slack\"\nurl = \"file:secrets/slack\"",
    );
    refused(&stage);
    inbox.answers(503);
    let first = plan(&stage, 5);
    assert!(first.stderr.contains("[alert.not_delivered]"), "{first:?}");
    assert_eq!(inbox.all().len(), 3);
    inbox.answers(200);
    let second = plan(&stage, 5);
    assert!(!second.stderr.contains("alert."), "{second:?}");
    assert_eq!(inbox.taken().len(), 1);
    assert!(alerts_in(&plan(&stage, 5)).is_empty() && inbox.taken().is_empty());
}

#[test]
fn a_message_whose_sender_was_killed_comes_again_with_the_same_id() {
    let (stage, inbox) = (two_hotels(), Inbox::new());
    let uri = inbox.server.uri();
    stage.write("secrets/signing", SIGNING);
    configure(
        &stage,
        &format!(
            "[[alerts.sink]]\nkind = \"webhook\"\nurl = \"{uri}/webhook\"\nsecret = \"file:secrets/signing\""
        ),
    );
    refused(&stage);
    inbox.answers_late();
    let mut killed = stage.program().start("plan rates.csv");
    while inbox.all().is_empty() && killed.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let (before, _) = (inbox.taken(), plan(&stage, 5));
    let after = inbox.taken();
    assert_eq!((before.len(), after.len()), (1, 1));
    assert_eq!(
        before[0].headers["webhook-id"],
        after[0].headers["webhook-id"]
    );
    assert_eq!(before[0].body, after[0].body);
}

#[test]
fn a_way_out_can_be_tried_and_a_wrong_name_is_told() {
    let (stage, inbox, mailbox) = (two_hotels(), Inbox::new(), Mailbox::new());
    every_way_out(&stage, &inbox, &mailbox);
    let all = stage.run("alerts test").with_code(0);
    assert_eq!(all.stdout.lines().count(), 5, "{all:?}");
    assert_eq!((inbox.taken().len(), mailbox.taken().len()), (3, 1));
    let one = stage.run("alerts test --sink slack").with_code(0);
    assert_eq!(
        (one.stdout.as_str(), inbox.taken().len()),
        ("slack took it.\n", 1)
    );
    inbox.answers(404);
    let broken = stage.run("alerts test --sink teams").with_code(1);
    assert!(broken.stderr.contains("status 404"), "{broken:?}");
    let wrong = stage.run("alerts test --sink slak").with_code(2);
    assert!(
        wrong
            .stderr
            .contains("Known are: stderr, webhook, slack, teams, smtp")
    );
    assert!(
        stage
            .run("alerts list")
            .with_code(0)
            .stdout
            .contains("No alert is open")
    );
}

#[test]
fn mistakes_in_the_settings_have_their_line() {
    let stage = two_hotels();
    let with = |text: &str| {
        let config = stage.read("rackrate.toml");
        configure(&stage, text);
        let line = config.lines().count() + 2;
        let ended = stage.run("config validate").with_code(2);
        stage.write("rackrate.toml", &config);
        let at = ended.stderr.split(':').nth(2).unwrap().parse::<usize>();
        assert!(!ended.stderr.contains("MARKER"), "{ended:?}");
        (at.unwrap_or_default() - line, ended.stderr)
    };
    let sink = "[[alerts.sink]]\nkind = \"slack\"\n";
    let (line, told) = with(&format!("{sink}url = \"https://hooks.example/MARKER\""));
    assert!(
        line == 2 && told.contains("[config.secret]"),
        "{line} {told}"
    );
    let (line, told) = with("[alerts]\nremindd = \"1h\"");
    assert!(
        line == 1 && told.contains("[config.invalid]"),
        "{line} {told}"
    );
    let (_, told) = with(&format!("{sink}url = \"exec:print it\""));
    assert!(told.contains("[config.exec_not_allowed]"), "{told}");
    let (_, told) = with(&format!("{sink}to = [\"a@b.example\"]"));
    assert!(told.contains("a sink of kind slack has no to"), "{told}");
}

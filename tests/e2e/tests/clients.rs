//! Apps that several connections share: what a configuration may say of them, and that prices
//! go out with their secrets.

use rackrate_e2e::{Hotel, Stage};

const CLIENT: &str = "\
[clients.rates-app]
portal = \"https://pms.example/developer/apps\"
owner = \"Platform team, platform@hotel.example\"

[clients.rates-app.secrets]
client_id = \"file:secrets/client_id\"
client_secret = \"file:secrets/client_secret\"

[guards]";

/// The secrets of the connection are those of a client.
fn stage() -> Stage {
    let stage = Stage::new(&["generic"], vec![Hotel::lisbon(3)]);
    let own = "[connections.generic.secrets]\nclient_id = \"file:secrets/client_id\"\nclient_secret = \"file:secrets/client_secret\"\n";
    stage.change("rackrate.toml", own, "");
    let vendor = "vendor = \"generic\"\n";
    let with_client = format!("{vendor}client = \"rates-app\"\n");
    stage.change("rackrate.toml", vendor, &with_client);
    stage.change("rackrate.toml", "[guards]", CLIENT);
    stage.calendar(|_| Some(120));
    stage
}

#[test]
fn prices_go_out_with_the_secrets_of_the_client() {
    let stage = stage();
    let _ = stage.run("plan rates.csv").with_code(0);
    let _ = stage.run("apply plan.json").with_code(0);
    assert_eq!(stage.wrong("generic", |_| Some(120)), [""; 0]);
}

#[test]
fn the_configuration_is_shown_with_its_clients() {
    let shown = stage().run("config show").with_code(0).stdout;
    for part in [
        "[clients.rates-app]",
        "portal = \"https://pms.example/developer/apps\"",
        "overlap = false",
        "client_secret = \"file:secrets/client_secret\"",
        "client = \"rates-app\"",
    ] {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
}

#[test]
fn a_secret_that_both_give_is_told_with_its_line() {
    let stage = stage();
    let settings = "[connections.generic.settings]";
    let own = format!("[connections.generic.secrets]\nclient_id = \"env:ID\"\n\n{settings}");
    stage.change("rackrate.toml", settings, &own);
    let text = stage.read("rackrate.toml");
    let line = text.lines().position(|line| line.contains("env:ID"));
    let told = stage.run("config validate").with_code(2).stderr;
    let at = format!("rackrate.toml:{}:1", line.map_or(0, |line| line + 1));
    assert!(told.contains(&at), "{at}: {told}");
    assert!(told.contains("[config.client_collision]"), "{told}");
}

#[test]
fn a_client_that_is_not_there_stops_and_one_without_use_does_not() {
    let stage = stage();
    stage.change(
        "rackrate.toml",
        "client = \"rates-app\"",
        "client = \"rates\"",
    );
    let told = stage.run("config validate").with_code(2).stderr;
    assert!(told.contains("[config.unknown_client]"), "{told}");
    assert!(told.contains("Known are: rates-app."), "{told}");
    stage.change(
        "rackrate.toml",
        "client = \"rates\"",
        "client = \"rates-app\"",
    );
    stage.change("rackrate.toml", "[guards]", "[clients.old]\n[guards]");
    let told = stage.run("config validate").with_code(0).stderr;
    assert!(told.contains("[config.unused_client]"), "{told}");
}

//! Which alerts a run's failures make.

use super::*;
use rackrate_core::ids::PropertyCode;

fn failing(connection: &str, client: &str, trouble: Trouble) -> Failing {
    let hotel = |code: &str, contact: &str| Hotel {
        code: PropertyCode::new(code).unwrap(),
        name: format!("Hotel {code}"),
        contact: contact.to_owned(),
    };
    Failing {
        connection: ConnectionId::new(connection).unwrap(),
        vendor: "Acme PMS".to_owned(),
        client: Client {
            name: client.to_owned(),
            rotate: None,
            owner: Some("Revenue platform, platform@example.test".to_owned()),
            portal: None,
        },
        consented: trouble != Trouble::KeyRefused,
        trouble,
        code: String::new(),
        request: None,
        hotels: vec![hotel("a", ""), hotel("b", "desk@b.example.test")],
        nights: Nights::default(),
        place: "env:SECRET".to_owned(),
        service: "the environment".to_owned(),
        link: format!("rackrate creds login {connection}"),
        proof: Proof::Read,
    }
}

fn told(failing: Vec<Failing>, working: &[&str]) -> Vec<String> {
    let working = working.iter().map(|name| (*name).to_owned()).collect();
    let told = alerts(failing, &working);
    let line = |one: Failure| {
        let Failure { alert, failing } = one;
        let names: Vec<_> = failing.keys().map(|one| one.as_str()).collect();
        format!(
            "{}: {} ({})",
            alert.subject,
            alert.trouble.slug(),
            names.join(" ")
        )
    };
    told.into_iter().map(line).collect()
}

#[test]
fn a_refused_client_is_one_alert_however_many_connections_it_has() {
    let all = ["x", "y", "z"].map(|name| failing(name, "acme", Trouble::ClientRefused));
    assert_eq!(
        told(all.to_vec(), &[]),
        ["client acme: client_refused (x y z)"]
    );
    // Others of it may go on for a while, with tokens that still live.
    assert_eq!(
        told(all[..1].to_vec(), &["acme"]),
        ["client acme: client_refused (x)"]
    );
}

#[test]
fn grants_that_fail_at_once_are_one_alert_unless_one_of_the_client_works() {
    let two = ["x", "y"].map(|name| failing(name, "acme", Trouble::NeedsAuthorization));
    assert_eq!(told(two.to_vec(), &[]), ["client acme: suspended (x y)"]);
    assert_eq!(
        told(two.to_vec(), &["acme"]),
        [
            "grant x: needs_authorization (x)",
            "grant y: needs_authorization (y)"
        ]
    );
    assert_eq!(
        told(two[..1].to_vec(), &[]),
        ["grant x: needs_authorization (x)"]
    );
}

#[test]
fn secrets_that_are_missing_are_told_by_connection_by_client_or_by_place() {
    let missing = |name: &str, client: &str| failing(name, client, Trouble::SecretMissing);
    let [x, y, z] = [
        missing("x", "acme"),
        missing("y", "acme"),
        missing("z", "other"),
    ];
    assert_eq!(told(vec![x.clone()], &[]), ["grant x: secret_missing (x)"]);
    assert_eq!(
        told(vec![x.clone(), y.clone()], &[]),
        ["client acme: secret_missing (x y)"]
    );
    assert_eq!(
        told(vec![x.clone(), y, z.clone()], &[]),
        ["place the environment: secret_missing (x y z)"]
    );
    let elsewhere = Failing {
        service: "Vault".to_owned(),
        ..z
    };
    assert_eq!(
        told(vec![x, elsewhere], &[]),
        ["grant x: secret_missing (x)", "grant z: secret_missing (z)"]
    );
}

#[test]
fn clients_and_different_troubles_are_told_apart() {
    let all = vec![
        failing("x", "acme", Trouble::NotAllowed),
        failing("y", "acme", Trouble::NeedsAuthorization),
        failing("z", "other", Trouble::NotAllowed),
    ];
    assert_eq!(
        told(all, &[]),
        [
            "grant x: not_allowed (x)",
            "grant y: needs_authorization (y)",
            "grant z: not_allowed (z)"
        ]
    );
}

#[test]
fn who_can_act_is_the_hotel_only_where_a_person_there_consented() {
    let actor = |one: Failing| of_grant(&one).alert.actor;
    let lost = failing("x", "acme", Trouble::NeedsAuthorization);
    let Actor::Hotel { hotels, mail, .. } = actor(lost.clone()) else {
        panic!("a hotel consented");
    };
    assert_eq!(
        (hotels[0].code.as_str(), mail.to.as_str()),
        ("b", "desk@b.example.test")
    );
    let unmapped = Failing {
        hotels: Vec::new(),
        ..lost
    };
    assert!(matches!(actor(unmapped), Actor::You { .. }));
    let key = failing("x", "x", Trouble::KeyRefused);
    assert!(matches!(actor(key), Actor::Owner { .. }));
}

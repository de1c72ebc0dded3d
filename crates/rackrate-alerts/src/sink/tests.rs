//! What leaves on each way out, and what happens to those that fail.

use std::collections::BTreeMap;
use std::path::Path;

use rackrate_core::ids::{ConnectionId, PropertyCode};
use rackrate_core::night::Night;
use rackrate_secrets::Settings;
use rackrate_secrets::env::Environment;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::alert::{Hotel, Trouble};
use crate::group::{Client, Failing, Proof, alerts};
use crate::held::Nights;
use crate::message::Event;

const AT: Wall = Wall(1_798_686_300_000);

fn nights(code: &PropertyCode) -> Nights {
    let today = Night::from_days(20_818);
    let mut nights = Nights::default();
    nights.add(code, today, today, today.plus(29));
    nights
}

fn failing(connection: &str, trouble: Trouble) -> Failing {
    let code = PropertyCode::new(&format!("hotel-{connection}")).unwrap();
    let consented = !matches!(trouble, Trouble::ClientRefused | Trouble::KeyRefused);
    Failing {
        connection: ConnectionId::new(connection).unwrap(),
        vendor: "Acme PMS".to_owned(),
        client: Client {
            name: "acme-rates".to_owned(),
            rotate: Some("rackrate creds rotate --client acme-rates".to_owned()),
            owner: Some("Ana Costa <ana@example.test>".to_owned()),
            portal: Some("https://developers.acme.test/apps".to_owned()),
        },
        consented,
        trouble,
        code: "invalid_grant".to_owned(),
        request: None,
        nights: nights(&code),
        hotels: vec![Hotel {
            name: format!("Hotel <{connection}> & Sons"),
            contact: "front desk, desk@hotel.example.test".to_owned(),
            code,
        }],
        place: "vault:kv/acme#secret".to_owned(),
        service: "Vault".to_owned(),
        link: format!("rackrate creds invite {connection}"),
        proof: Proof::Read,
    }
}

fn message(event: Event, all: Vec<Failing>) -> Message {
    let failure = alerts(all, &BTreeSet::new()).remove(0);
    Message {
        id: "msg_0123456789abcdef01234567".to_owned(),
        event,
        at: AT,
        since: Wall(AT.0 - 3_600_000),
        alert: failure.alert,
    }
}

/// A message of each kind of alert, and of its end.
fn every() -> BTreeMap<&'static str, Message> {
    let both = |trouble| vec![failing("a", trouble), failing("b", trouble)];
    let one = |trouble| vec![failing("a", trouble)];
    let raised = |all| message(Event::Raised, all);
    [
        ("client refused", raised(both(Trouble::ClientRefused))),
        ("key refused", raised(one(Trouble::KeyRefused))),
        (
            "needs authorization",
            raised(one(Trouble::NeedsAuthorization)),
        ),
        ("disconnected", raised(one(Trouble::Disconnected))),
        ("approver left", raised(one(Trouble::ApproverLeft))),
        ("missing scope", raised(one(Trouble::MissingScope))),
        ("not connected", raised(one(Trouble::NotConnected))),
        ("not allowed", raised(one(Trouble::NotAllowed))),
        ("suspended", raised(both(Trouble::NeedsAuthorization))),
        ("secret missing", raised(one(Trouble::SecretMissing))),
        ("place silent", raised(of_two_clients())),
        (
            "works again",
            message(Event::Recovered, one(Trouble::NeedsAuthorization)),
        ),
    ]
    .into()
}

/// Secrets of two clients that one place does not give.
fn of_two_clients() -> Vec<Failing> {
    let mut both = ["a", "b"].map(|name| failing(name, Trouble::SecretMissing));
    both[1].client.name = "other".to_owned();
    for one in &mut both {
        one.code = "secret.unavailable".to_owned();
    }
    both.into()
}

fn composed(compose: impl Fn(&Message) -> String) -> String {
    let each = every().into_iter();
    let each = each.map(|(kind, message)| format!("=== {kind}\n{}\n", compose(&message)));
    each.collect()
}

fn indented(payload: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(payload).unwrap();
    serde_json::to_string_pretty(&value).unwrap()
}

fn by_mail(tls: &str, port: u16) -> SinkSettings {
    toml::from_str(&format!(
        "kind = 'smtp'\nserver = '127.0.0.1'\ntls = '{tls}'\nport = {port}\nfrom = 'rackrate <rackrate@example.test>'\nto = ['Ana Costa <ana@example.test>', 'ops@example.test']"
    ))
    .unwrap()
}

#[test]
fn every_kind_is_composed_for_standard_error() {
    insta::assert_snapshot!("stderr", composed(stderr::text));
}

#[test]
fn every_kind_is_composed_for_a_webhook() {
    insta::assert_snapshot!(
        "webhook",
        composed(|message| indented(&webhook::payload(message)))
    );
}

#[test]
fn every_kind_is_composed_for_slack() {
    insta::assert_snapshot!(
        "slack",
        composed(|message| indented(&slack::payload(message)))
    );
}

#[test]
fn every_kind_is_composed_for_teams() {
    insta::assert_snapshot!(
        "teams",
        composed(|message| indented(&teams::payload(message)))
    );
}

#[test]
fn every_kind_is_composed_as_a_mail() {
    let Way::Smtp(settings) = by_mail("none", 25).way else {
        panic!("it is a mail server");
    };
    let mail = |message: &Message| {
        let bytes = smtp::mail(message, &settings).unwrap().formatted();
        String::from_utf8(bytes).unwrap().replace('\r', "")
    };
    insta::assert_snapshot!("smtp", composed(mail));
}

#[test]
fn what_notifications_show_first_is_who_can_act_and_what_is_held() {
    for (kind, message) in every() {
        let first = message.first();
        let acts = first.contains("can act")
            && first.contains("Held: tonight 1 night of 1 property, next 7 days 7 nights");
        assert!(
            acts || message.event.is_end() || first.contains("2 properties"),
            "{kind}: {first}"
        );
        assert!(!first.contains('\n'), "{kind}");
    }
}

fn sources(pairs: &[(&str, &str)]) -> rackrate_secrets::Sources {
    let environment = Environment::of(pairs.iter().copied());
    rackrate_secrets::Sources::new(Settings::default(), environment, Path::new("/"))
}

const QUICK: Pace = Pace {
    tries: 3,
    pause: Duration::from_millis(1),
    deadline: Duration::from_secs(8),
};

async fn delivered(
    sinks: &[SinkSettings],
    secrets: &[(&str, &str)],
    pace: Pace,
) -> BTreeMap<String, Result<(), String>> {
    let names: BTreeSet<_> = sinks.iter().map(|sink| sink.name.clone()).collect();
    let send = [(every().remove("not allowed").unwrap(), names)];
    let handed = deliver(sinks, &sources(secrets), &send, &|| AT, pace).await;
    let told = |one: Handed| (one.sink, one.result.map_err(|error| error.to_string()));
    handed.into_iter().map(told).collect()
}

fn sink(kind: &str, name: &str) -> SinkSettings {
    let secret = if kind == "webhook" {
        "secret = 'env:SIGNS'"
    } else {
        ""
    };
    toml::from_str(&format!(
        "kind = '{kind}'\nname = '{name}'\nurl = 'env:{}'\n{secret}",
        name.to_uppercase()
    ))
    .unwrap()
}

async fn server(status: u16) -> MockServer {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(status).insert_header("location", server.uri());
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

#[tokio::test]
async fn a_way_out_that_fails_is_tried_three_times_and_keeps_nobody_from_theirs() {
    let (good, down, gone) = (server(200).await, server(503).await, server(302).await);
    let sinks = [
        sink("slack", "down"),
        sink("teams", "gone"),
        sink("webhook", "good"),
        sink("slack", "nowhere"),
    ];
    let secret = |server: &MockServer| format!("{}/MARKER", server.uri());
    let secrets = [
        ("DOWN", secret(&down)),
        ("GONE", secret(&gone)),
        ("GOOD", secret(&good)),
        ("SIGNS", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned()),
    ];
    let secrets: Vec<_> = secrets
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let handed = delivered(&sinks, &secrets, QUICK).await;
    assert_eq!(handed["good"], Ok(()));
    assert_eq!(
        handed["down"],
        Err("it answered with status 503".to_owned())
    );
    assert_eq!(
        handed["gone"],
        Err("it answered with status 302".to_owned())
    );
    assert!(
        handed["nowhere"]
            .as_ref()
            .unwrap_err()
            .starts_with("env:NOWHERE: ")
    );
    let requests = |server: MockServer| async move {
        let all = server.received_requests().await.unwrap();
        (all.len(), all)
    };
    assert_eq!((requests(down).await.0, requests(gone).await.0), (3, 1));
    let (count, all) = requests(good).await;
    assert_eq!(count, 1);
    assert_eq!(all[0].headers["webhook-id"], "msg_0123456789abcdef01234567");
    assert_eq!(all[0].headers["webhook-timestamp"], "1798686300");
}

#[tokio::test]
async fn an_address_that_leads_elsewhere_in_clear_gets_nothing_and_is_not_shown() {
    let handed = delivered(
        &[sink("slack", "a")],
        &[("A", "http://hooks.example.test/MARKER")],
        QUICK,
    )
    .await;
    let error = handed["a"].clone().unwrap_err();
    assert!(
        error.contains("https") && !error.contains("MARKER"),
        "{error}"
    );
}

#[tokio::test]
async fn nobody_waits_longer_for_a_way_out_than_its_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let pace = Pace {
        deadline: Duration::from_millis(100),
        ..QUICK
    };
    // Nobody ever answers there.
    let handed = delivered(&[sink("slack", "a")], &[("A", &address)], pace).await;
    assert_eq!(handed["a"], Err("it took too long".to_owned()));
}

/// Speaks as a mail server does that offers these; returns everything it was told.
async fn mail_server(listener: TcpListener, offers: &str) -> String {
    let (stream, _) = listener.accept().await.unwrap();
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 ready\r\n").await.unwrap();
    let (mut told, mut in_mail) = (String::new(), false);
    while let Ok(Some(line)) = lines.next_line().await {
        told += &format!("{line}\n");
        let answer = match (in_mail, line.split(' ').next().unwrap_or_default()) {
            (true, ".") => {
                in_mail = false;
                "250 taken\r\n".to_owned()
            }
            (true, _) => continue,
            (false, "EHLO") => format!("250-here\r\n{offers}250 8BITMIME\r\n"),
            (false, "DATA") => {
                in_mail = true;
                "354 go on\r\n".to_owned()
            }
            (false, "AUTH") => "235 welcome\r\n".to_owned(),
            (false, _) => "250 fine\r\n".to_owned(),
        };
        if write.write_all(answer.as_bytes()).await.is_err() {
            break;
        }
    }
    told
}

async fn mailed(tls: &str, offers: &'static str) -> (Result<(), String>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(mail_server(listener, offers));
    let once = Pace { tries: 1, ..QUICK };
    let mut handed = delivered(&[by_mail(tls, port)], &[], once).await;
    (handed.remove("smtp").unwrap(), server.await.unwrap())
}

#[tokio::test]
async fn a_mail_reaches_everybody_it_is_meant_for() {
    let (result, told) = mailed("none", "").await;
    assert_eq!(result, Ok(()));
    for line in [
        "RCPT TO:<ana@example.test>",
        "RCPT TO:<ops@example.test>",
        "Subject: [rackrate] Not allowed: a at Acme PMS",
        "Auto-Submitted: auto-generated",
        "Message-ID: <msg_0123456789abcdef01234567@example.test>",
    ] {
        assert!(told.contains(line), "{line} is not in\n{told}");
    }
}

#[tokio::test]
async fn a_server_without_the_protection_that_was_asked_for_gets_no_mail() {
    let (result, told) = mailed("starttls", "").await;
    assert!(result.is_err());
    assert!(
        !told.contains("MAIL FROM") && !told.contains("ana@"),
        "{told}"
    );
}

#[tokio::test]
async fn a_server_that_never_speaks_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let silent = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await.unwrap();
        all
    });
    let pace = Pace {
        deadline: Duration::from_millis(100),
        ..QUICK
    };
    let handed = delivered(&[by_mail("none", port)], &[], pace).await;
    assert_eq!(handed["smtp"], Err("it took too long".to_owned()));
    assert!(silent.await.unwrap().is_empty());
}

//! What the control port shows and does.

use super::*;

#[tokio::test]
async fn a_token_opens_discovery_and_the_record_counts_both() {
    let house = House::open().await;
    let token = house.token().await;
    let found = house.properties(&token).await;
    assert_eq!(found.status, 200);
    assert_eq!(found.json()["properties"][0]["id"], "P00017");
    let record = house.record().await;
    assert_eq!(
        (record.calls, record.token_requests, record.unauthorised),
        (2, 1, 0)
    );
}

#[tokio::test]
async fn a_revoked_token_is_refused() {
    let house = House::open().await;
    let token = house.token().await;
    let done = house
        .desk("POST", "control", r#"{"do":"revoke_tokens"}"#)
        .await;
    assert_eq!(done.status, 204);
    assert_eq!(house.properties(&token).await.status, 401);
    assert_eq!(house.record().await.unauthorised, 1);
}

#[tokio::test]
async fn a_price_set_by_hand_is_held() {
    let house = House::open().await;
    let command = rackrate_core::simulator::Control::SetPrice(price(9_900));
    let command = serde_json::to_string(&command).unwrap();
    assert_eq!(house.desk("POST", "control", &command).await.status, 204);
    let held = house.desk("GET", "held", "").await;
    let held: Vec<Held> = serde_json::from_str(&held.body).unwrap();
    assert_eq!(held, [price(9_900)]);
}

#[tokio::test]
async fn a_command_with_anything_unknown_is_refused_and_not_done() {
    let house = House::open().await;
    let token = house.token().await;
    let mut set = serde_json::to_value(price(1)).unwrap();
    set["do"] = "set_price".into();
    set["ids"]["rooms"] = "STD".into();
    let commands = [
        r#"{"do":"explode"}"#.to_owned(),
        r#"{"do":"revoke_tokens","of":"me"}"#.to_owned(),
        r#"{"do":"revoke_tokens"} again"#.to_owned(),
        set.to_string(),
    ];
    let mut words = Vec::new();
    for command in commands {
        let answer = house.desk("POST", "control", &command).await;
        assert_eq!(answer.status, 400, "{command}");
        words.push(answer.json()["error"].as_str().unwrap().to_owned());
    }
    assert!(words[0].starts_with("unknown variant `explode`"));
    assert_eq!(words[1], r#"the field "of" is not known here"#);
    assert!(words[2].starts_with("trailing characters"));
    assert_eq!(words[3], r#"the field "rooms" is not known here"#);
    assert_eq!(house.properties(&token).await.status, 200);
}

#[tokio::test]
async fn rules_are_listed_refused_with_words_and_cleared() {
    let house = House::open().await;
    let rules = r#"[{"fate":"html","path":"/v2/","after":3}]"#;
    let left = house.desk("POST", "faults", rules).await.json();
    assert_eq!(
        (&left[0]["after"], &left[0]["count"]),
        (&3.into(), &1.into())
    );
    let bad = house
        .desk("POST", "faults", r#"[{"fate":"html","every":3}]"#)
        .await;
    assert_eq!(bad.status, 400);
    assert!(bad.body.contains("unknown field `every`"), "{}", bad.body);
    let left = house.desk("DELETE", "faults", "").await.json();
    assert_eq!(left, serde_json::json!([]));
}

#[tokio::test]
async fn the_log_has_the_way_of_a_request_and_no_secret() {
    let house = House::open().await;
    let token = house.token().await;
    house.properties(&token).await;
    let log = house.desk("GET", "requests", "").await;
    assert!(!log.body.contains("hush") && !log.body.contains(&token));
    let log: Requests = serde_json::from_str(&log.body).unwrap();
    let lines = log.requests.iter();
    let lines: Vec<_> = lines
        .map(|one| {
            (
                one.number,
                one.method.as_str(),
                one.path.as_str(),
                one.status,
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            (1, "POST", "/oauth/token", Some(200)),
            (2, "GET", "/v2/properties", Some(200)),
        ]
    );
}

#[tokio::test]
async fn an_event_is_told_to_who_waits_and_a_wait_ends() {
    let house = House::open().await;
    assert_eq!(house.events("wait_ms=0").await.count, 0);
    let (events, _) = tokio::join!(house.events("from=1"), async {
        house.token().await;
        house.token().await
    });
    assert_eq!((events.count, events.requests.len()), (2, 1));
    let bad = house.desk("GET", "events?since=1", "").await;
    assert_eq!(bad.status, 400);
}

#[tokio::test]
async fn what_does_not_exist_is_said_to_be_missing() {
    let house = House::open().await;
    let list = send(house.control, "GET", "/", "", "").await.json();
    assert_eq!(list["simulators"][0]["name"], "house");
    assert_eq!(
        list["simulators"][0]["address"],
        house.address.to_string().as_str()
    );
    let other = send(house.control, "GET", "/barn/record", "", "").await;
    assert_eq!(other.status, 404);
    assert_eq!(house.desk("GET", "secrets", "").await.status, 404);
    assert_eq!(house.desk("DELETE", "record", "").await.status, 405);
    assert_eq!(house.desk("GET", "control", "").await.status, 405);
}

//! Each fate as a client meets it, and whether the vendor has the request.

use super::*;

impl House {
    /// The next request meets that fate.
    async fn doom(&self, fate: &str) {
        let rule = format!(r#"[{{"fate":"{fate}"}}]"#);
        assert_eq!(self.desk("POST", "faults", &rule).await.status, 200);
    }

    /// Token requests that the vendor has.
    async fn asked(&self) -> u64 {
        self.record().await.token_requests
    }
}

#[tokio::test]
async fn a_gateway_answers_for_the_vendor() {
    let house = House::open().await;
    let cases = [
        ("error_before", 503, 0),
        ("throttled", 429, 0),
        ("error_after", 502, 1),
        ("html", 200, 2),
        ("fine", 200, 3),
    ];
    for (fate, status, asked) in cases {
        house.doom(fate).await;
        let answer = house.ask_token().await.unwrap();
        assert_eq!(
            (answer.status, house.asked().await),
            (status, asked),
            "{fate}"
        );
        let is_throttled = answer.head.contains("retry-after: 2");
        assert_eq!(is_throttled, fate == "throttled");
        let is_token = answer.body.contains("access_token");
        assert_eq!(is_token, fate == "fine");
    }
    assert_eq!(house.events("answered=4").await.answered, 5);
}

#[tokio::test]
async fn a_reset_is_a_reset_before_and_after_the_vendor_has_it() {
    let house = House::open().await;
    for (fate, asked) in [
        ("no_connection", 0),
        ("reset_before", 0),
        ("reset_after", 1),
    ] {
        house.doom(fate).await;
        let error = house.ask_token().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{fate}");
        assert_eq!(house.asked().await, asked, "{fate}");
    }
    assert_eq!(house.token().await.len(), 16);
}

#[tokio::test]
async fn a_cut_answer_has_half_of_what_its_head_promises() {
    let house = House::open().await;
    house.doom("truncated").await;
    let answer = house.ask_token().await.unwrap();
    let length = answer.head.lines();
    let length = length
        .filter_map(|line| line.strip_prefix("content-length: "))
        .next();
    let promised: usize = length.unwrap().parse().unwrap();
    assert_eq!((answer.status, answer.body.len()), (200, promised / 2));
    assert_eq!(house.asked().await, 1);
}

#[tokio::test]
async fn a_lost_request_or_answer_leaves_the_client_waiting() {
    for (fate, asked) in [("request_lost", 0), ("answer_lost", 1)] {
        let house = House::open().await;
        house.doom(fate).await;
        let mut stream = TcpStream::connect(house.address).await.unwrap();
        stream.write_all(token_request().as_bytes()).await.unwrap();
        house.events("from=0").await;
        // Another request gets its answer meanwhile.
        house.token().await;
        assert_eq!(house.asked().await, asked + 1, "{fate}");
        let events = house.events("answered=0").await;
        assert_eq!((events.requests[0].status, events.answered), (None, 1));
        house.close().await.unwrap();
        let mut bytes = Vec::new();
        // It may end by a reset as well as properly; there was no answer either way.
        let _ = stream.read_to_end(&mut bytes).await;
        assert_eq!(bytes, b"", "{fate}");
    }
}

#[tokio::test]
async fn a_late_request_arrives_once_the_client_is_gone() {
    let house = House::open().await;
    house.doom("late").await;
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    stream.write_all(token_request().as_bytes()).await.unwrap();
    house.events("from=0").await;
    // Another request goes there and back meanwhile.
    house.token().await;
    assert_eq!(house.asked().await, 1);
    drop(stream);
    let events = house.events("arrived=1").await;
    assert_eq!(
        (events.requests[0].arrived, events.requests[0].status),
        (true, None)
    );
    assert_eq!(house.asked().await, 2);
}

#[tokio::test]
async fn a_rule_hits_the_requests_it_names_and_no_other() {
    let house = House::open().await;
    let rule = r#"[{"fate":"error_before","path":"/v2/properties","method":"GET","after":1}]"#;
    house.desk("POST", "faults", rule).await;
    let token = house.token().await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(house.properties(&token).await.status);
    }
    assert_eq!(statuses, [200, 503, 200]);
}

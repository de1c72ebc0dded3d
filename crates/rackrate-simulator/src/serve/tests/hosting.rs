//! Where simulators may be served, what reaches them, and what is kept of them.

use bytes::Bytes;
use rackrate_core::clock::Mono;
use rackrate_core::simulator::{Control, Simulator};

use super::*;

/// Answers a request with what it saw of it.
#[derive(Debug, Default)]
struct Echo(Record, Vec<(u64, String)>);

impl Simulator for Echo {
    fn arrive(&mut self, id: u64, request: http::Request<Bytes>, now: Mono) -> Mono {
        let host = &request.headers()["host"];
        let (method, uri, body) = (request.method(), request.uri(), request.body().len());
        let seen = format!("{method} {uri} {host:?} {body}");
        self.1.push((id, seen));
        now
    }

    fn answer(&mut self, id: u64, _: Mono) -> http::Response<Bytes> {
        let at = self.1.iter().position(|one| one.0 == id).unwrap();
        http::Response::new(self.1.remove(at).1.into())
    }

    fn next(&self) -> Option<Mono> {
        None
    }

    fn advance(&mut self, _: Mono) {}

    fn record(&self) -> &Record {
        &self.0
    }

    fn held(&self) -> Vec<Held> {
        Vec::new()
    }

    fn control(&mut self, _: &Control, _: Mono) {}

    fn save(&self) -> String {
        String::new()
    }
}

fn echo(name: &str, address: SocketAddr) -> Hosted {
    Hosted {
        name: name.into(),
        simulator: Box::<Echo>::default(),
        address,
    }
}

#[tokio::test]
async fn a_request_arrives_as_it_was_sent() {
    let house = House::hosting(echo("house", any_port()), None).await;
    let path = "/a%20b/c?x=1&y=%2F";
    let answer = send(house.address, "PUT", path, "", "12345").await;
    assert_eq!(answer.body, format!("PUT {path} \"house.test:80\" 5"));
}

#[tokio::test]
async fn a_body_beyond_the_limit_does_not_arrive() {
    let house = House::hosting(echo("house", any_port()), None).await;
    let body = "x".repeat(16 * 1024 * 1024 + 1);
    assert_eq!(
        send(house.address, "POST", "/", "", &body[1..])
            .await
            .status,
        200
    );
    assert_eq!(
        send(house.address, "POST", "/", "", &body).await.status,
        413
    );
    assert_eq!(house.events("from=1").await.arrived, 1);
}

#[tokio::test]
async fn a_client_that_sends_half_a_request_stops_nobody() {
    let house = House::open().await;
    let mut slow = TcpStream::connect(house.address).await.unwrap();
    let request = token_request();
    let (half, rest) = request.split_at(60);
    slow.write_all(half.as_bytes()).await.unwrap();
    assert_eq!(house.token().await.len(), 16);
    slow.write_all(rest.as_bytes()).await.unwrap();
    assert_eq!(Answer::read(&mut slow).await.unwrap().status, 200);
}

#[tokio::test]
async fn only_this_machine_may_be_listened_on() {
    let open: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let refusal = bind(vec![echo("house", open)], Options::default()).await;
    assert_eq!(
        refusal.unwrap_err().to_string(),
        "house may only listen on this machine, at 127.0.0.1 or [::1], not at 0.0.0.0:0"
    );
    let control = "192.0.2.1:80".parse().unwrap();
    let refusal = bind(
        Vec::new(),
        Options {
            control,
            save: None,
        },
    )
    .await;
    assert!(matches!(refusal, Err(ServeError::NotLoopback { .. })));
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let house = House::open().await;
    let refusal = bind(vec![echo("other", house.address)], Options::default()).await;
    let words = format!("other cannot listen at {}", house.address);
    assert_eq!(refusal.unwrap_err().to_string(), words);
}

#[tokio::test]
async fn names_are_usable_and_different() {
    for name in ["", "House", "a/b", "..", "a.json"] {
        let refusal = bind(vec![echo(name, any_port())], Options::default()).await;
        assert!(matches!(refusal, Err(ServeError::Name(_))), "{name}");
    }
    let twins = vec![echo("a", any_port()), echo("a", any_port())];
    let refusal = bind(twins, Options::default()).await;
    assert!(matches!(refusal, Err(ServeError::Twice(_))));
}

#[tokio::test]
async fn the_state_is_kept_at_the_end_and_goes_on_from_there() {
    let folder = std::env::temp_dir().join(format!("rackrate-serve-{}", std::process::id()));
    let house = House::keeping(Some(folder.clone()), None).await;
    let command = serde_json::to_string(&Control::SetPrice(price(7_700))).unwrap();
    house.desk("POST", "control", &command).await;
    house.close().await.unwrap();
    let saved = std::fs::read_to_string(folder.join("house.json")).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let house = House::keeping(None, Some(saved)).await;
    let held = house.desk("GET", "held", "").await;
    let held: Vec<Held> = serde_json::from_str(&held.body).unwrap();
    assert_eq!(held, [price(7_700)]);
}

#[tokio::test]
async fn stopping_breaks_what_hangs() {
    let house = House::open().await;
    let rule = r#"[{"fate":"request_lost"}]"#;
    house.desk("POST", "faults", rule).await;
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    stream.write_all(token_request().as_bytes()).await.unwrap();
    house.events("from=0").await;
    let address = house.address;
    house.close().await.unwrap();
    let mut nothing = Vec::new();
    let _ = stream.read_to_end(&mut nothing).await;
    assert_eq!(nothing.len(), 0);
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_host_that_is_dropped_leaves_nothing_running() {
    let house = House::open().await;
    let rule = r#"[{"fate":"request_lost"}]"#;
    house.desk("POST", "faults", rule).await;
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    stream.write_all(token_request().as_bytes()).await.unwrap();
    house.events("from=0").await;
    house.running.abort();
    let mut nothing = Vec::new();
    let _ = stream.read_to_end(&mut nothing).await;
    assert_eq!(nothing.len(), 0);
}

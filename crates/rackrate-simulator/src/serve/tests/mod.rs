//! The host on this machine's sockets, seen by a client that knows only bytes.
//!
//! No test waits on time: each waits for an answer, an end of a connection or an event.

mod control;
mod fates;
mod hosting;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use rackrate_core::clock::Wall;
use rackrate_core::ids::{Ids, VendorId};
use rackrate_core::money::{Basis, Currency, Minor};
use rackrate_core::rules::Rules;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::simulator::{Held, Hotel, HotelPlan, Record, SimulatorSetup, Timing};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Hosted, Options, Requests, ServeError, any_port, bind};

const ASK: &str = "grant_type=client_credentials&client_id=me&client_secret=hush&scope=rates:read";

/// A served simulator of pms-v2, named `house`.
struct House {
    address: SocketAddr,
    control: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), ServeError>>,
}

impl House {
    async fn open() -> Self {
        Self::keeping(None, None).await
    }

    async fn keeping(save: Option<PathBuf>, saved: Option<String>) -> Self {
        let simulator = rackrate_catalog::vendor("generic").unwrap().simulator;
        let hosted = Hosted {
            name: "house".into(),
            simulator: simulator(setup(saved)).unwrap(),
            address: any_port(),
        };
        Self::hosting(hosted, save).await
    }

    async fn hosting(hosted: Hosted, save: Option<PathBuf>) -> Self {
        let control = any_port();
        let options = Options { control, save };
        let host = bind(vec![hosted], options).await.unwrap();
        let address = host.addresses().next().unwrap().1;
        let control = host.control();
        let (stop, stopped) = oneshot::channel::<()>();
        let stopping = async {
            let _ = stopped.await;
        };
        let running = tokio::spawn(host.run(stopping));
        Self {
            address,
            control,
            stop,
            running,
        }
    }

    async fn close(self) -> Result<(), ServeError> {
        self.stop.send(()).unwrap();
        self.running.await.unwrap()
    }

    async fn ask_token(&self) -> io::Result<Answer> {
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_all(token_request().as_bytes()).await?;
        Answer::read(&mut stream).await
    }

    async fn token(&self) -> String {
        let answer = self.ask_token().await.unwrap().json();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    async fn properties(&self, token: &str) -> Answer {
        let head = format!("Authorization: Bearer {token}\r\n");
        send(self.address, "GET", "/v2/properties", &head, "").await
    }

    /// Asks the control port about this simulator, or tells it something.
    async fn desk(&self, method: &str, what: &str, body: &str) -> Answer {
        send(self.control, method, &format!("/house/{what}"), "", body).await
    }

    async fn record(&self) -> Record {
        let answer = self.desk("GET", "record", "").await;
        serde_json::from_str(&answer.body).unwrap()
    }

    async fn events(&self, query: &str) -> Requests {
        let answer = self.desk("GET", &format!("events?{query}"), "").await;
        serde_json::from_str(&answer.body).unwrap()
    }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    /// Reads until the connection's end, which has to be a proper one.
    async fn read(stream: &mut TcpStream) -> io::Result<Self> {
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Ok(Self {
            status: head[9..12].parse().unwrap(),
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        })
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

async fn send(address: SocketAddr, method: &str, path: &str, head: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = request(method, path, head, body);
    stream.write_all(request.as_bytes()).await.unwrap();
    Answer::read(&mut stream).await.unwrap()
}

fn request(method: &str, path: &str, head: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: house.test:80\r\nConnection: close\r\n\
         Content-Length: {length}\r\n{head}\r\n{body}"
    )
}

fn token_request() -> String {
    let head = "Content-Type: application/x-www-form-urlencoded\r\n";
    request("POST", "/oauth/token", head, ASK)
}

fn setup(saved: Option<String>) -> SimulatorSetup {
    let secret = |name: &str, text: &str| (name.to_owned(), Secret::new(text.to_owned()));
    SimulatorSetup {
        seed: 7,
        epoch: Wall(1_795_348_800_000),
        hotels: vec![hotel()],
        secrets: Secrets::new([secret("client_id", "me"), secret("client_secret", "hush")]),
        saved,
        timing: Timing {
            latency_min: 0,
            latency_max: 0,
            ..Timing::default()
        },
    }
}

fn hotel() -> Hotel {
    let plan = HotelPlan {
        ids: ids(),
        room_name: "Standard".into(),
        plan_name: "Best available".into(),
        derived: None,
    };
    Hotel {
        id: VendorId::new("P00017").unwrap(),
        name: "Algarve Resort".into(),
        time_zone: "Europe/Lisbon".into(),
        currency: Currency::new("EUR").unwrap(),
        basis: Basis::Gross,
        plans: vec![plan],
        prices: vec![price(6_800)],
    }
}

fn ids() -> Ids {
    Ids {
        room: Some(VendorId::new("STD").unwrap()),
        plan: Some(VendorId::new("BAR").unwrap()),
    }
}

fn price(minor: u64) -> Held {
    Held {
        property: VendorId::new("P00017").unwrap(),
        ids: ids(),
        night: "2027-01-01".parse().unwrap(),
        adults: 0,
        price: Some(Minor(minor)),
        rules: Rules::LEAVE,
    }
}

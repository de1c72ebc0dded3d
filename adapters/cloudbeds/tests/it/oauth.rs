//! Grants that a person gives: what is asked, what answers mean, and what the simulator does.

mod answers;
mod asked;
mod consent;
mod golden;
mod keys;

use bytes::Bytes;
use rackrate_cloudbeds::Cloudbeds;
use rackrate_core::adapter::{Adapter, DiscoverAsk};
use rackrate_core::auth::{Ask, Consent, Grant, Invitation, Token};
use rackrate_core::exchange::{Request, Response};
use rackrate_core::secret::{Secret, Secrets};
use rackrate_core::simulator::{Control, SimulatorSetup};
use url::Url;

use crate::support::{World, night, setup};

const REDIRECT: &str = "https://rackrate.example.test/callback";
const SETTINGS: &str = "adults = 2\nauth = 'oauth'\nclient = 'partner'\nclient_name = 'ours'\n";

fn partner() -> Cloudbeds {
    Cloudbeds::new(toml::from_str(SETTINGS).unwrap()).unwrap()
}

fn consent(adapter: &Cloudbeds) -> &dyn Consent {
    adapter.auth().consent().unwrap()
}

fn secrets() -> Secrets {
    let secret = |name: &str, text: &str| (name.to_owned(), Secret::new(text.to_owned()));
    Secrets::new([
        secret("client_id", "myApp_12345"),
        secret("client_secret", "s3cret"),
    ])
}

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

fn authorize(adapter: &Cloudbeds) -> Url {
    let invitation = Invitation {
        redirect: &url(REDIRECT),
        state: "st4te",
        challenge: None,
    };
    consent(adapter).authorize(&secrets(), &invitation).unwrap()
}

fn exchange(adapter: &Cloudbeds, ask: Ask<'_>) -> Request {
    match adapter.auth().grant(&secrets(), ask).unwrap() {
        Grant::Exchange(request) => *request,
        other => panic!("{other:?}"),
    }
}

fn by_code(adapter: &Cloudbeds, code: &str) -> Request {
    let (code, redirect) = (Secret::new(code.to_owned()), url(REDIRECT));
    let ask = Ask::Code {
        code: &code,
        redirect: &redirect,
        verifier: None,
    };
    exchange(adapter, ask)
}

fn by_refresh(adapter: &Cloudbeds, token: &str) -> Request {
    exchange(adapter, Ask::Refresh(&Secret::new(token.to_owned())))
}

fn text(response: &Response) -> String {
    String::from_utf8(response.body.to_vec()).unwrap()
}

/// A vendor with a partner's client, and the partner.
struct Partner {
    world: World,
    adapter: Cloudbeds,
}

impl Partner {
    fn new() -> Self {
        Self::with(partner())
    }

    fn with(adapter: Cloudbeds) -> Self {
        Self {
            world: World::new(SimulatorSetup {
                secrets: secrets(),
                ..setup()
            }),
            adapter,
        }
    }

    fn switch(&mut self, name: &str, value: &str) {
        let (name, value) = (name.to_owned(), value.to_owned());
        let command = Control::Switch { name, value };
        self.world.vendor.control(&command, self.world.now);
    }

    /// Opens the page; where it leads to.
    fn open(&mut self, page: &Url) -> Url {
        let said = self.world.raw(get(page.as_str()));
        assert_eq!(said.status, 302, "{}", text(&said));
        url(said.header("location").unwrap())
    }

    fn send(&mut self, mut request: Request, token: Option<&Token>) -> Response {
        let auth = self.adapter.auth();
        auth.apply(&secrets(), token, &mut request).unwrap();
        let vendor = &self.adapter.manifest().vendor;
        self.world.raw(request.expose(vendor).unwrap())
    }

    fn code(&mut self) -> String {
        let page = authorize(&self.adapter);
        let back = self.open(&page);
        said(&back, "code").unwrap()
    }

    fn redeem(&mut self, code: &str) -> Response {
        let request = by_code(&self.adapter, code);
        self.send(request, None)
    }

    fn refresh(&mut self, token: &Token) -> Response {
        let token = token.refresh.as_ref().unwrap();
        let request = by_refresh(&self.adapter, token.expose());
        self.send(request, None)
    }

    /// A person consents.
    fn connect(&mut self) -> Token {
        let code = self.code();
        let said = self.redeem(&code);
        self.given(&said)
    }

    /// What the token endpoint gave.
    fn given(&self, said: &Response) -> Token {
        self.adapter.auth().parse_grant(said).unwrap()
    }

    /// A call of the API.
    fn hotels(&mut self, token: &Token) -> Response {
        let request = self.adapter.discover(&everything()).unwrap();
        self.send(request, Some(token))
    }
}

fn everything() -> DiscoverAsk {
    DiscoverAsk {
        mapped: Vec::new(),
        property: None,
        today: night("2027-02-01"),
    }
}

fn get(address: &str) -> http::Request<Bytes> {
    http::Request::get(address).body(Bytes::new()).unwrap()
}

fn said(back: &Url, name: &str) -> Option<String> {
    let pair = back.query_pairs().find(|(own, _)| own == name);
    pair.map(|(_, value)| value.into_owned())
}

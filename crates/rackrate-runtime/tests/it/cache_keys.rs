//! Whose token goes with whose request, over random accounts that share vendors, clients and
//! scopes, random interleavings, and restarts with other settings. The vendor is the judge: it
//! knows for whom it made each token, and sees which property a request is about.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use rackrate_auth::seal::Seal;
use rackrate_core::chunk::Target;
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::exchange::Response;
use rackrate_core::ids::{ConnectionId, PropertyCode, Vendor, VendorId};
use rackrate_core::secret::{Secret, Secrets};
use rackrate_generic::{Config, Generic};
use rackrate_ledger::model::ModelLedger;
use rackrate_runtime::assembly::Assembly;
use rackrate_runtime::desk::{Code, Desk};
use rackrate_runtime::engine::types::{Effect, Event, GrantIx, LaneIx, Now, Policy};
use rackrate_runtime::engine::{Engine, Recovered};

use crate::support::{ids, night, read, target};

/// One account: where it is, whose client it uses, what it asks for, and who grants it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Account {
    issuer: u8,
    client: u8,
    writes: bool,
    by_person: bool,
}

fn account() -> impl Strategy<Value = Account> {
    (0..2_u8, 0..2_u8, any::<bool>(), any::<bool>()).prop_map(
        |(issuer, client, writes, by_person)| Account {
            issuer,
            client,
            writes,
            by_person,
        },
    )
}

#[derive(Clone, Debug)]
enum Step {
    Read(usize),
    Want(usize),
    Consent(usize),
    /// The vendor answers one of those on their way; a token is refused where `refuses`.
    Answer {
        which: usize,
        refuses: bool,
    },
    Wait(u64),
    /// The program ends and begins anew, one account having changed meanwhile.
    Restart(usize, Account),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..6_usize).prop_map(Step::Read),
        1 => (0..6_usize).prop_map(Step::Want),
        2 => (0..6_usize).prop_map(Step::Consent),
        8 => (0..8_usize, any::<bool>()).prop_map(|(which, refuses)| Step::Answer { which, refuses }),
        2 => (1..400_u64).prop_map(Step::Wait),
        1 => (0..6_usize, account()).prop_map(|(which, account)| Step::Restart(which, account)),
    ]
}

/// For whom a token was made: the account's number and settings at that time.
type Whose = (usize, Account);

/// The vendors, all of them.
#[derive(Debug, Default)]
struct Judge {
    count: u64,
    codes: BTreeMap<String, Whose>,
    refresh: BTreeMap<String, Whose>,
    access: BTreeMap<String, Whose>,
    carried: usize,
}

impl Judge {
    fn name(&mut self, kind: &str) -> String {
        self.count += 1;
        format!("{kind}{}", self.count)
    }

    /// A token for whoever the form speaks for.
    fn token(&mut self, form: &BTreeMap<String, String>, asks: Whose) -> String {
        let whose = match (form.get("code"), form.get("refresh_token")) {
            (Some(code), _) => self.codes.remove(code),
            (_, Some(token)) => self.refresh.remove(token),
            _ => Some(asks.clone()),
        };
        let whose = whose.expect("a code or refresh token that the vendor gave");
        assert_eq!(whose.0, asks.0, "another account's code or refresh token");
        let (access, next) = (self.name("access"), self.name("refresh"));
        self.access.insert(access.clone(), whose.clone());
        let refresh = match whose.1.by_person {
            true => format!(r#","refresh_token":"{next}""#),
            false => String::new(),
        };
        self.refresh.insert(next, whose);
        format!(r#"{{"access_token":"{access}","expires_in":300{refresh}}}"#)
    }

    /// The token that a request carries was made for the account of its property, as it is.
    fn judge(&mut self, request: &http::Request<bytes::Bytes>, now: &[Account]) {
        let address = request.uri().to_string();
        let at = (0..now.len()).find(|at| address.contains(&format!("property=P{at}E")));
        let at = at.unwrap_or_else(|| panic!("a request about no property: {address}"));
        let bearer = request.headers()["authorization"].to_str().unwrap();
        let token = bearer.strip_prefix("Bearer ").unwrap();
        let (whose, made_for) = &self.access[token];
        assert_eq!(*whose, at, "{address} carries the token of account {whose}");
        let mine = &now[at];
        assert_eq!(made_for.issuer, mine.issuer, "the token of another vendor");
        assert_eq!(made_for.client, mine.client, "the token of another client");
        assert!(address.contains(&format!("issuer-{}.test", mine.issuer)));
        if !mine.by_person {
            assert_eq!(made_for, mine, "the token of other settings");
        }
        self.carried += 1;
    }
}

fn form(body: &[u8]) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(body)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

struct World {
    accounts: Vec<Account>,
    engine: Engine,
    desk: Desk,
    ledger: ModelLedger,
    seal: Seal,
    judge: Judge,
    flying: Vec<(
        rackrate_runtime::engine::types::SendId,
        rackrate_runtime::desk::Attempt,
    )>,
    seconds: u64,
}

impl World {
    fn now(&self) -> Now {
        Now {
            mono: Mono(self.seconds * 1_000_000),
            wall: Wall(self.seconds as i64 * 1_000),
            random: 7,
        }
    }

    fn new(accounts: Vec<Account>) -> Self {
        let seal = Seal::of_this_process().unwrap();
        let ledger = ModelLedger::default();
        let now = Now {
            mono: Mono(0),
            wall: Wall(0),
            random: 7,
        };
        let (engine, desk) = boot(&accounts, &ledger, &seal, now);
        let mut world = Self {
            accounts,
            engine,
            desk,
            ledger,
            seal,
            judge: Judge::default(),
            flying: Vec::new(),
            seconds: 0,
        };
        world.on(Event::Start);
        world
    }

    fn on(&mut self, event: Event) {
        let now = self.now();
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for effect in self.engine.on(now, event) {
                match effect {
                    Effect::Commit { batch, ops } => {
                        self.ledger.apply(&ops).unwrap();
                        events.push(Event::Committed(batch));
                    }
                    Effect::Send { send, verb, ticket } => {
                        let about_tokens = verb.grant().is_some();
                        let attempt = self.desk.prepare(verb, ticket).unwrap();
                        if !about_tokens {
                            let vendor = Vendor::new("generic").unwrap();
                            let request = attempt.request.expose(&vendor).unwrap();
                            self.judge.judge(&request, &self.accounts);
                        }
                        self.flying.push((send, attempt));
                    }
                    _ => {}
                }
            }
        }
    }

    fn answer(&mut self, which: usize, refuses: bool) {
        if self.flying.is_empty() {
            return;
        }
        let (send, attempt) = self.flying.remove(which % self.flying.len());
        let at = attempt.connection.0;
        let response = match attempt.verb.grant() {
            Some(_) => {
                let vendor = Vendor::new("generic").unwrap();
                let request = attempt.request.expose(&vendor).unwrap();
                let whose = (at, self.accounts[at].clone());
                Response::new(200, self.judge.token(&form(request.body()), whose))
            }
            None if refuses => Response::new(401, r#"{"error":"invalid_token"}"#),
            None => Response::new(404, r#"{"error":"not_found"}"#),
        };
        let parsed = self.desk.parse(attempt, &response);
        let (answer, feedback) = (parsed.answer, parsed.feedback);
        self.on(Event::Answer {
            send,
            answer,
            feedback,
        });
    }

    fn step(&mut self, step: Step) {
        let count = self.accounts.len();
        match step {
            Step::Read(at) => {
                let night = night("2027-03-01");
                let Event::Read { first, last, .. } = read(night, night) else {
                    return;
                };
                let lane = LaneIx(at % count);
                self.on(Event::Read { lane, first, last });
            }
            Step::Want(at) => self.on(Event::TokenWanted(GrantIx(at % count))),
            Step::Consent(at) => self.consent(at % count),
            Step::Answer { which, refuses } => self.answer(which, refuses),
            Step::Wait(seconds) => {
                self.seconds += seconds;
                self.on(Event::Clock);
            }
            Step::Restart(at, account) => self.restart(at % count, account),
        }
    }

    fn consent(&mut self, at: usize) {
        let account = self.accounts[at].clone();
        // A refresh under way would be answered for a consent that is no more.
        if !account.by_person || !self.flying.is_empty() {
            return;
        }
        let code = self.judge.name("code");
        self.judge.codes.insert(code.clone(), (at, account));
        let code = Code {
            code: Secret::new(code),
            redirect: "http://127.0.0.1:9/callback".parse().unwrap(),
            verifier: None,
        };
        self.desk.take_code(GrantIx(at), code);
        self.on(Event::Consented(GrantIx(at)));
    }

    /// What is on its way is answered first: a token that nobody hears of is another test's.
    fn restart(&mut self, at: usize, account: Account) {
        while !self.flying.is_empty() {
            self.answer(0, false);
        }
        self.accounts[at] = account;
        let (engine, desk) = boot(&self.accounts, &self.ledger, &self.seal, self.now());
        (self.engine, self.desk) = (engine, desk);
        self.on(Event::Start);
    }
}

fn boot(accounts: &[Account], ledger: &ModelLedger, seal: &Seal, now: Now) -> (Engine, Desk) {
    let mut assembly = Assembly::new(Policy {
        deadline: std::time::Duration::from_secs(1_000_000),
        ..Policy::default()
    });
    for (at, account) in accounts.iter().enumerate() {
        let scopes = match account.writes {
            true => r#"["rates:read","rates:write"]"#,
            false => r#"["rates:read"]"#,
        };
        let consent = match account.by_person {
            true => r#","consent":{"introspects":false,"revokes":false}"#,
            false => "",
        };
        let issuer = account.issuer;
        let config =
            format!(r#"{{"base_url":"https://issuer-{issuer}.test","scopes":{scopes}{consent}}}"#);
        let adapter = Generic::new(serde_json::from_str::<Config>(&config).unwrap()).unwrap();
        let secret = |name: &str, text: String| (name.to_owned(), Secret::new(text));
        let secrets = Secrets::new([
            secret("client_id", format!("client-{}", account.client)),
            secret("client_secret", format!("secret-{}", account.client)),
        ]);
        let id = ConnectionId::new(&format!("account-{at}")).unwrap();
        let connection = assembly
            .connection(&id, Arc::new(adapter), secrets, night("2026-11-22"))
            .unwrap();
        assembly.keep_tokens(connection, seal.clone());
        let target = Target {
            connection: id,
            property: PropertyCode::new(&format!("hotel-{at}")).unwrap(),
            vendor_property: VendorId::new(&format!("P{at}E")).unwrap(),
            ..(*target()).clone()
        };
        assembly.lane(connection, Arc::new(target), vec![(ids("BAR"), 2)], 0);
    }
    let (setup, mut desk) = assembly.finish();
    let left = ledger.recovered();
    let restored = left.tokens.iter().filter_map(|token| {
        let (grant, ticket) = desk.restore(token)?;
        let life = token.lifetime.map(std::time::Duration::from_millis);
        Some((grant, ticket, token.asked, life))
    });
    let tokens = restored.collect();
    let grants = left.grants.into_iter().filter_map(|kept| {
        let grant = desk.restore_consent(&kept)?;
        Some((grant, kept))
    });
    let recovered = Recovered {
        tokens,
        grants: grants.collect(),
        ..Recovered::default()
    };
    (Engine::new(setup, recovered, now), desk)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn no_request_carries_the_token_of_another_account(
        accounts in proptest::collection::vec(account(), 2..6),
        steps in proptest::collection::vec(step(), 1..80),
    ) {
        let mut world = World::new(accounts);
        for step in steps {
            world.step(step);
        }
    }
}

#[test]
fn accounts_alike_in_everything_still_have_a_token_each() {
    let alike = Account {
        issuer: 0,
        client: 0,
        writes: true,
        by_person: false,
    };
    let mut world = World::new(vec![alike; 3]);
    for at in [0, 1, 2, 2, 1, 0] {
        world.step(Step::Read(at));
        while !world.flying.is_empty() {
            world.answer(0, false);
        }
    }
    let whose: BTreeSet<_> = world.judge.access.values().map(|(at, _)| *at).collect();
    assert_eq!(whose.len(), 3);
    assert_eq!(world.judge.carried, 6);
}

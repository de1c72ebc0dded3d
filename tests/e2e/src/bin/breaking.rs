//! The program with vendors of its own: those of the short demo, but for a fault. Where the
//! variable [`BREAKS`] says so it panics with every secret that it was given in its message,
//! as the worst of all faults would. The message is left in [`MESSAGE`] too, for its judge.

#![expect(
    clippy::unwrap_used,
    reason = "a harness that cannot go on ends its test"
)]

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::{Arc, LazyLock, Mutex};

use rackrate_catalog::{Entry, showcase};
use rackrate_core::adapter::{
    Adapter, Carry, DiscoverAsk, Discovery, Manifest, ReadAsk, Sink, Step, Submission,
};
use rackrate_core::auth::{Ask, Authenticate, Consent, Grant, Token};
use rackrate_core::chunk::Chunk;
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::idempotency::Idempotency;
use rackrate_core::jobs::Jobs;
use rackrate_core::lifetime::Lifetime;
use rackrate_core::limit::RateLimit;
use rackrate_core::secret::Secrets;
use rackrate_core::shape::Shape;

/// Where it panics: `push` when a write's answer is read, `shape` when a write is prepared.
const BREAKS: &str = "E2E_BREAKS";

/// A secret that is in the environment, so in its hands before anything is asked for.
const AROUND: &str = "E2E_SECRET";

/// Where the message of its panic is written: the secrets in the first line.
const MESSAGE: &str = "message.txt";

/// Builds an adapter from a connection's settings.
type Make = fn(toml::Table) -> Result<Arc<dyn Adapter>, String>;

/// The vendors of the short demo with the fault.
static BREAKING: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let adapters: [Make; 2] = [breaking::<0>, breaking::<1>];
    let entries = showcase().into_iter().zip(adapters);
    let with_fault = entries.map(|(entry, adapter)| Entry { adapter, ..*entry });
    with_fault.collect()
});

fn main() -> ExitCode {
    rackrate_orchestrator::main_with(&BREAKING)
}

fn breaking<const AT: usize>(settings: toml::Table) -> Result<Arc<dyn Adapter>, String> {
    let adapter = (showcase()[AT].adapter)(settings)?;
    let hands = Mutex::new(BTreeSet::new());
    Ok(Arc::new(Breaking { adapter, hands }))
}

/// A vendor's adapter with a fault, and what it was ever given in plain words.
#[derive(Debug)]
struct Breaking {
    adapter: Arc<dyn Adapter>,
    hands: Mutex<BTreeSet<String>>,
}

impl Breaking {
    fn breaks(&self, at: &str, rest: &str) {
        if std::env::var(BREAKS).is_ok_and(|named| named == at) {
            let mut hands = self.hands.lock().unwrap().clone();
            hands.extend(std::env::var(AROUND));
            let hands = hands.into_iter().collect::<Vec<_>>().join(" ");
            let message = format!("{hands}\n{rest}");
            std::fs::write(MESSAGE, &message).unwrap();
            panic!("{message}");
        }
    }

    fn take(&self, secrets: &Secrets) {
        let names = secrets.names().filter_map(|name| secrets.get(name));
        let words = names.map(|secret| secret.expose().to_owned());
        self.hands.lock().unwrap().extend(words);
    }
}

impl Authenticate for Breaking {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        self.take(secrets);
        self.adapter.auth().grant(secrets, ask)
    }

    fn parse_grant(&self, response: &Response) -> Result<Token> {
        let token = self.adapter.auth().parse_grant(response)?;
        let word = token.access.expose().to_owned();
        self.hands.lock().unwrap().insert(word);
        Ok(token)
    }

    fn apply(&self, secrets: &Secrets, token: Option<&Token>, request: &mut Request) -> Result<()> {
        self.take(secrets);
        self.adapter.auth().apply(secrets, token, request)
    }

    fn lifetimes(&self) -> &[Lifetime] {
        self.adapter.auth().lifetimes()
    }

    fn consent(&self) -> Option<&dyn Consent> {
        self.adapter.auth().consent()
    }
}

impl Adapter for Breaking {
    fn manifest(&self) -> &Manifest {
        self.adapter.manifest()
    }

    fn auth(&self) -> &dyn Authenticate {
        self
    }

    fn limits(&self) -> &dyn RateLimit {
        self.adapter.limits()
    }

    fn idempotency(&self) -> &dyn Idempotency {
        self.adapter.idempotency()
    }

    fn jobs(&self) -> Option<&dyn Jobs> {
        self.adapter.jobs()
    }

    fn shape(&self, operation: Operation) -> Option<Shape> {
        if operation == Operation::Push {
            self.breaks("shape", "");
        }
        self.adapter.shape(operation)
    }

    fn discover(&self, ask: &DiscoverAsk) -> Result<Request> {
        self.adapter.discover(ask)
    }

    fn parse_discover(
        &self,
        ask: &DiscoverAsk,
        carry: &Carry,
        response: &Response,
        out: &mut Discovery,
    ) -> Result<Step<()>> {
        self.adapter.parse_discover(ask, carry, response, out)
    }

    fn read(&self, ask: &ReadAsk) -> Result<Request> {
        self.adapter.read(ask)
    }

    fn parse_read(
        &self,
        ask: &ReadAsk,
        carry: &Carry,
        response: &Response,
        sink: &mut dyn Sink,
    ) -> Result<Step<()>> {
        self.adapter.parse_read(ask, carry, response, sink)
    }

    fn push(&self, chunk: &Chunk) -> Result<Request> {
        self.adapter.push(chunk)
    }

    fn parse_push(&self, chunk: &Chunk, response: &Response) -> Result<Submission> {
        let body = String::from_utf8_lossy(&response.body);
        self.breaks("push", &body);
        self.adapter.parse_push(chunk, response)
    }
}

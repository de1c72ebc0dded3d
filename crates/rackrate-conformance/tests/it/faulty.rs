//! Acme in other forms, each of them with one fault or none: restrictions by requests of
//! their own, writes that need a note of the night, requests of a few nights, jobs told in
//! pages.

mod jobs;

use std::sync::Arc;

use rackrate_acme::{Acme, Config};
use rackrate_conformance::Vendor;
use rackrate_core::adapter::{
    Adapter, Carry, DiscoverAsk, Discovery, Manifest, ReadAsk, Sink, Step, Submission,
};
use rackrate_core::auth::Authenticate;
use rackrate_core::chunk::{Chunk, Sellable, Target};
use rackrate_core::error::{Error, ErrorKind, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::idempotency::Idempotency;
use rackrate_core::ids::JobRef;
use rackrate_core::jobs::Jobs;
use rackrate_core::limit::{Charge, Feedback, Quota, RateLimit, Scope};
use rackrate_core::notes::Notes;
use rackrate_core::rules::{Restriction, Rules};
use rackrate_core::scope::{Given, Scopes};
use rackrate_core::shape::{Item, Shape};

use crate::sample;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    DropsRestrictions,
    DropsClears,
    DropsUnlisted,
    ForgetsPricesWithRestrictions,
    MixesRestrictionsIn,
    MixesPricesIn,
    BuildsWithoutNote,
    IgnoresOddNotes,
    CutsLongRanges,
    ListsForEver,
    TakesPlainHttp,
    AsksForGuests,
    AsksToWrite,
    AsksTooLittle,
    ForgetsTheDate,
    BuildsLongSpans,
    PollsForEver,
    ClearsWithPrices,
    SpillsOver,
    CountsByConnection,
    StatesTooMuch,
    StatesTooLittle,
}

/// What a read of [`Form::Noted`] notes down.
const NOTE: &str = "seen";

/// The form that Acme is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    Apart,
    Noted,
    Short,
    Jobs,
}

#[derive(Debug)]
pub(crate) struct Faulty {
    inner: Acme,
    manifest: Manifest,
    quotas: Vec<Quota>,
    scopes: Option<Scopes>,
    form: Form,
    fault: Fault,
}

/// The nights that a request of [`Form::Short`] may span.
const SHORT: u32 = 30;

/// Acme of that form with that fault.
pub(crate) fn built(config: &str, form: Form, fault: Fault) -> Result<Box<dyn Adapter>, String> {
    let https = match fault {
        Fault::TakesPlainHttp => config.replace("http:", "https:"),
        _ => config.to_owned(),
    };
    let config: Config = serde_json::from_str(&https).map_err(|error| error.to_string())?;
    let inner = Acme::new(config).map_err(|error| error.to_string())?;
    let mut manifest = inner.manifest().clone();
    manifest.reads_before_writing = form == Form::Noted;
    let scopes = asked(fault, &mut manifest);
    let mut quotas = inner.limits().quotas().to_vec();
    if fault == Fault::ForgetsTheDate {
        quotas
            .iter_mut()
            .for_each(|quota| quota.source = "Acme's page");
    }
    for quota in &mut quotas {
        match fault {
            Fault::CountsByConnection => quota.scope = Scope::Connection,
            Fault::StatesTooMuch => quota.limit += 1,
            Fault::StatesTooLittle => quota.limit /= 3,
            _ => {}
        }
    }
    Ok(Box::new(Faulty {
        inner,
        manifest,
        quotas,
        scopes,
        form,
        fault,
    }))
}

/// Scopes for faults that need some.
fn asked(fault: Fault, manifest: &mut Manifest) -> Option<Scopes> {
    manifest.scopes = match fault {
        Fault::AsksForGuests => vec!["rates:read", "rates:write", "guests:read"],
        Fault::AsksToWrite => vec!["rates:read", "rates:write"],
        Fault::AsksTooLittle => vec!["rates:read"],
        _ => return None,
    }
    .into_iter()
    .map(str::to_owned)
    .collect();
    let needs = Scopes::new(Given::Asked).need(Operation::Read, ["rates:read"]);
    Some(needs.need(Operation::Push, ["rates:write"]))
}

/// The sample of Acme for that form.
pub(crate) fn vendor(form: Form) -> Vendor {
    let plain = sample::vendor();
    let chunks = plain.chunks.iter();
    let chunks = match form {
        Form::Plain | Form::Short | Form::Jobs => chunks.cloned().collect(),
        Form::Apart => chunks.flat_map(split).collect(),
        Form::Noted => chunks.map(noted).collect(),
    };
    let job = (form == Form::Jobs).then(|| JobRef::new("7").unwrap());
    Vendor {
        chunks,
        job,
        ..plain
    }
}

fn split(chunk: &Chunk) -> Vec<Chunk> {
    let (mut prices, mut rules) = (chunk.clone(), chunk.clone());
    rules.operation = Operation::Restrict;
    prices
        .rows
        .iter_mut()
        .for_each(|row| row.rules = Rules::LEAVE);
    rules.rows.iter_mut().for_each(|row| row.prices.clear());
    rules.rows.retain(|row| !row.rules.is_leave());
    let both = [prices, rules].into_iter();
    both.filter(|chunk| !chunk.rows.is_empty()).collect()
}

fn noted(chunk: &Chunk) -> Chunk {
    let mut target: Target = (*chunk.target).clone();
    let mut notes = Notes::default();
    for row in &chunk.rows {
        target.facts.sellables.insert(
            row.ids.clone(),
            Sellable {
                ids: row.ids.clone(),
                name: "BAR".into(),
                currency: None,
                derived: false,
                adults: vec![2],
                extra: Default::default(),
            },
        );
        for night in row.first.through(row.last) {
            notes.set(&row.ids, night, NOTE);
        }
    }
    Chunk {
        target: Arc::new(notes.attach(&target, &chunk.rows)),
        ..chunk.clone()
    }
}

impl Faulty {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn wrong(&self, chunk: &Chunk, text: &str) -> Error {
        Error::new(ErrorKind::Bug, &self.manifest.vendor, chunk.operation, text)
    }

    /// What a good adapter of that form refuses.
    fn check(&self, chunk: &Chunk) -> Result<()> {
        let push = chunk.operation == Operation::Push;
        let mut rows = chunk.rows.iter();
        let mixed = self.form == Form::Apart
            && match push {
                true => {
                    !self.is(Fault::MixesRestrictionsIn) && rows.any(|row| !row.rules.is_leave())
                }
                false => !self.is(Fault::MixesPricesIn) && rows.any(|row| !row.prices.is_empty()),
            };
        let nights = chunk.rows.iter().map(|row| (row.first, row.last));
        let ends = nights.reduce(|one, two| (one.0.min(two.0), one.1.max(two.1)));
        let long = ends.is_some_and(|(first, last)| first.span(last) > SHORT);
        let long_row = chunk.rows.iter().any(|row| row.nights() > SHORT);
        let too_long = long_row || (long && !self.is(Fault::BuildsLongSpans));
        if self.form == Form::Short && too_long {
            return Err(self.wrong(chunk, "more nights than a request may span"));
        }
        if mixed {
            return Err(self.wrong(chunk, "prices and restrictions travel apart"));
        }
        let noted = |row: &rackrate_core::chunk::Row| {
            let mut nights = row.first.through(row.last);
            nights.all(|night| match chunk.target.note(&row.ids, night) {
                Some(note) => note == NOTE || self.is(Fault::IgnoresOddNotes),
                None => false,
            })
        };
        if self.form == Form::Noted
            && !self.is(Fault::BuildsWithoutNote)
            && !chunk.rows.iter().all(noted)
        {
            return Err(self.wrong(chunk, "a night without its note"));
        }
        Ok(())
    }

    /// The chunk as Acme itself would get it, spoilt by the fault.
    fn spoilt(&self, chunk: &Chunk) -> Chunk {
        let mut chunk = chunk.clone();
        if self.form == Form::Apart && chunk.operation == Operation::Restrict {
            chunk.operation = Operation::Push;
        }
        for row in &mut chunk.rows {
            let listed = |kind| self.manifest.restrictions.contains(&kind);
            match self.fault {
                Fault::DropsRestrictions if !row.prices.is_empty() => row.rules = Rules::LEAVE,
                Fault::DropsClears => {
                    row.rules = row.rules.only(|kind, wish| kind.plain(wish) != cleared());
                }
                Fault::DropsUnlisted => row.rules = row.rules.only(|kind, _| listed(kind)),
                Fault::ForgetsPricesWithRestrictions if !row.rules.is_leave() => {
                    row.prices.iter_mut().for_each(|(_, price)| price.0 += 1);
                }
                Fault::ClearsWithPrices if row.rules.is_leave() => {
                    row.rules.set(Restriction::MinStayArrival, cleared());
                }
                Fault::SpillsOver => row.last = row.last.next(),
                Fault::CutsLongRanges if row.nights() > 366 => row.last = row.first.plus(365),
                _ => {}
            }
        }
        let says =
            |row: &rackrate_core::chunk::Row| !row.prices.is_empty() || !row.rules.is_leave();
        if self.is(Fault::DropsClears) {
            // Acme refuses a row that says nothing; this one repeats a price instead.
            let rows = chunk.rows.iter_mut().filter(|row| !says(row));
            rows.for_each(|row| row.rules.set(Restriction::MinStayArrival, three()));
        }
        chunk
    }
}

fn cleared() -> rackrate_core::rules::Set<u16> {
    rackrate_core::rules::Set::Clear
}

fn three() -> rackrate_core::rules::Set<u16> {
    rackrate_core::rules::Set::To(3)
}

impl Adapter for Faulty {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn auth(&self) -> &dyn Authenticate {
        self.inner.auth()
    }

    fn scopes(&self) -> Option<&Scopes> {
        self.scopes.as_ref()
    }

    fn limits(&self) -> &dyn RateLimit {
        self
    }

    fn idempotency(&self) -> &dyn Idempotency {
        self.inner.idempotency()
    }

    fn jobs(&self) -> Option<&dyn Jobs> {
        (self.form == Form::Jobs).then_some(self)
    }

    fn shape(&self, operation: Operation) -> Option<Shape> {
        match (self.form, operation) {
            (Form::Apart, Operation::Restrict) => self.inner.shape(Operation::Push),
            (Form::Short, Operation::Push) => self.inner.shape(operation).map(|shape| Shape {
                item: Item::Range { max_nights: SHORT },
                max_nights: SHORT,
                ..shape
            }),
            _ => self.inner.shape(operation),
        }
    }

    fn discover(&self, ask: &DiscoverAsk) -> Result<Request> {
        self.inner.discover(ask)
    }

    fn parse_discover(
        &self,
        ask: &DiscoverAsk,
        carry: &Carry,
        response: &Response,
        out: &mut Discovery,
    ) -> Result<Step<()>> {
        let step = self.inner.parse_discover(ask, carry, response, out)?;
        if self.is(Fault::ListsForEver) {
            return Ok(Step::Next {
                request: Box::new(self.discover(ask)?),
                carry: Carry::default(),
            });
        }
        Ok(step)
    }

    fn read(&self, ask: &ReadAsk) -> Result<Request> {
        self.inner.read(ask)
    }

    fn parse_read(
        &self,
        ask: &ReadAsk,
        carry: &Carry,
        response: &Response,
        sink: &mut dyn Sink,
    ) -> Result<Step<()>> {
        let step = self.inner.parse_read(ask, carry, response, sink)?;
        if self.form == Form::Noted {
            let rows = sample::vendor().chunks;
            let ids = &rows[0].rows[0].ids;
            for night in ask.first.through(ask.last) {
                sink.note(ids, night, NOTE);
            }
        }
        Ok(step)
    }

    fn push(&self, chunk: &Chunk) -> Result<Request> {
        self.check(chunk)?;
        let mut request = self.inner.push(&self.spoilt(chunk))?;
        request.operation = chunk.operation;
        Ok(request)
    }

    fn parse_push(&self, chunk: &Chunk, response: &Response) -> Result<Submission> {
        self.inner.parse_push(chunk, response)
    }
}

impl RateLimit for Faulty {
    fn quotas(&self) -> &[Quota] {
        &self.quotas
    }

    fn charges(&self, operation: Operation, target: &Target) -> Vec<Charge> {
        self.inner.limits().charges(operation, target)
    }

    fn feedback(&self, request: &Request, response: &Response) -> Feedback {
        self.inner.limits().feedback(request, response)
    }
}

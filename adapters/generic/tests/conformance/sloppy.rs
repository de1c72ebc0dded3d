//! An adapter with one fault, so that the clause against it can be seen to work.

mod credentials;

use bytes::Bytes;
use rackrate_core::adapter::{
    Adapter, Carry, DiscoverAsk, Discovery, Manifest, ReadAsk, Sink, Step, Submission,
};
use rackrate_core::auth::Authenticate;
use rackrate_core::chunk::{Chunk, Receipt, Target};
use rackrate_core::error::{Delivery, Error, ErrorKind, Result};
use rackrate_core::exchange::{Body, Operation, Request, Response, Touch};
use rackrate_core::idempotency::{Found, Guarantee, Idempotency, Lost};
use rackrate_core::ids::{Ids, JobRef};
use rackrate_core::jobs::{JobState, Jobs, Pace};
use rackrate_core::key::Key;
use rackrate_core::limit::{Charge, Feedback, Quota, RateLimit, Scope};
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::series::Seen;
use rackrate_core::shape::Shape;
use rackrate_generic::Generic;

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    GoesElsewhere,
    SecretInTheAddress,
    TokenForATokenRequest,
    SecretsNotNeeded,
    BuildsTooLarge,
    BuildsEmpty,
    LosesTheLastRow,
    DoublesARow,
    WritesWithAPoll,
    UnderstandsNothing,
    BelievesGoodStatus,
    BelievesAnyBody,
    BelievesAnyStatus,
    CallsAllRefused,
    WritesThroughFloats,
    RoundsWhatItReads,
    ReadsTheFirstPageForEver,
    ReadsOnePage,
    TellsHalfAPage,
    UnknownStateIsDone,
    KeyIsAdded,
    KeyIsLeftOut,
    PanicsOnAnOddAnswer,
    KeyOnReads,
    ChargesNothing,
    ForgetsTheWait,
    PricesOffByOne,
    TakesARevokedTokenForAList,
    WritesForEverybody,
    CountsAllHotelsTogether,
    CountsByPlan,
    LosesAComputedPrice,
    RefreshTokenInTheAddress,
    RefreshTokenWithACall,
}

#[derive(Debug)]
pub(crate) struct Sloppy {
    inner: Generic,
    fault: Fault,
    quotas: Vec<Quota>,
}

impl Sloppy {
    pub(crate) fn new(inner: Generic, fault: Fault) -> Self {
        let mut quotas = inner.limits().quotas().to_vec();
        for quota in &mut quotas {
            match fault {
                Fault::CountsAllHotelsTogether => quota.scope = Scope::Connection,
                Fault::CountsByPlan => quota.scope = Scope::Plan,
                _ => {}
            }
        }
        Self {
            inner,
            fault,
            quotas,
        }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn body(&self, request: &mut Request, change: impl Fn(String) -> String) {
        if let Body::Json(bytes) = &request.body {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            request.body = Body::Json(Bytes::from(change(text)));
        }
    }
}

impl Adapter for Sloppy {
    fn manifest(&self) -> &Manifest {
        self.inner.manifest()
    }

    fn auth(&self) -> &dyn Authenticate {
        self
    }

    fn limits(&self) -> &dyn RateLimit {
        self
    }

    fn idempotency(&self) -> &dyn Idempotency {
        self
    }

    fn jobs(&self) -> Option<&dyn Jobs> {
        Some(self)
    }

    fn shape(&self, operation: Operation) -> Option<Shape> {
        self.inner.shape(operation)
    }

    fn discover(&self, ask: &DiscoverAsk) -> Result<Request> {
        let mut request = self.inner.discover(ask)?;
        if self.is(Fault::GoesElsewhere) {
            request.base = "https://elsewhere.test".parse().unwrap();
        }
        Ok(request)
    }

    fn parse_discover(
        &self,
        ask: &DiscoverAsk,
        carry: &Carry,
        response: &Response,
        out: &mut Discovery,
    ) -> Result<Step<()>> {
        if self.is(Fault::TakesARevokedTokenForAList) && response.status == 401 {
            return Ok(Step::Done(()));
        }
        self.inner.parse_discover(ask, carry, response, out)
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
        if self.is(Fault::TellsHalfAPage) && response.body.len() > 100 {
            sink.price(&ids(), 2, ask.first, Seen::Price(Minor(1)));
        }
        if self.is(Fault::LosesAComputedPrice) {
            let mut own = WithoutOneComputed(sink);
            return self.inner.parse_read(ask, carry, response, &mut own);
        }
        if self.is(Fault::RoundsWhatItReads) {
            return self
                .inner
                .parse_read(ask, carry, response, &mut Rounding(sink));
        }
        let none = Carry::default();
        let forgets = self.is(Fault::ReadsTheFirstPageForEver);
        let carry = if forgets { &none } else { carry };
        match self.inner.parse_read(ask, carry, response, sink)? {
            Step::Next { .. } if self.is(Fault::ReadsOnePage) => Ok(Step::Done(())),
            step => Ok(step),
        }
    }

    fn push(&self, chunk: &Chunk) -> Result<Request> {
        let mut small = chunk.clone();
        if self.is(Fault::BuildsTooLarge) {
            small.rows.truncate(1);
        }
        if self.is(Fault::BuildsEmpty) && chunk.rows.is_empty() {
            return Ok(Request::get(
                Operation::Push,
                &self.manifest().bases[0],
                "/",
            ));
        }
        if self.is(Fault::WritesForEverybody) {
            for row in &mut small.rows {
                if let [(_, price)] = row.prices[..] {
                    row.prices = vec![(1, price), (2, price)];
                }
            }
        }
        if self.is(Fault::PricesOffByOne) {
            for (_, price) in small.rows.iter_mut().flat_map(|row| &mut row.prices) {
                price.0 += 1;
            }
        }
        let mut request = self.inner.push(&small)?;
        match self.fault {
            Fault::LosesTheLastRow => self.body(&mut request, |text| {
                let last = text.rfind(",{").unwrap_or(text.len() - 2);
                format!("{}]}}", &text[..last])
            }),
            Fault::DoublesARow => self.body(&mut request, |text| {
                let end = text.find('}').unwrap() + 1;
                format!("{},{}", &text[..end], &text[r#"{"rates":["#.len()..])
            }),
            Fault::WritesThroughFloats => {
                self.body(&mut request, |text| text.replace(".00\"", ".01\""))
            }
            _ => {}
        }
        Ok(request)
    }

    fn parse_push(&self, chunk: &Chunk, response: &Response) -> Result<Submission> {
        let done = || Ok(Submission::Answered(Receipt::default()));
        let good = response.is_success();
        let json = serde_json::from_slice::<serde_json::Value>(&response.body).is_ok();
        match self.fault {
            Fault::UnderstandsNothing => Err(Error::new(
                ErrorKind::Malformed,
                &self.manifest().vendor,
                Operation::Push,
                "?",
            )
            .with_delivery(Delivery::Unknown)),
            Fault::PanicsOnAnOddAnswer => {
                let body: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
                assert!(body.is_object());
                self.inner.parse_push(chunk, response)
            }
            Fault::BelievesGoodStatus if good && json => done(),
            Fault::BelievesAnyBody if good && !response.body.is_empty() => done(),
            Fault::BelievesAnyStatus if json => done(),
            Fault::CallsAllRefused => self
                .inner
                .parse_push(chunk, response)
                .map_err(|error| error.with_delivery(Delivery::Refused)),
            _ => self.inner.parse_push(chunk, response),
        }
    }
}

fn ids() -> Ids {
    Ids {
        room: None,
        plan: None,
    }
}

struct Rounding<'a>(&'a mut dyn Sink);

impl Sink for Rounding<'_> {
    fn price(&mut self, ids: &Ids, adults: u8, night: Night, seen: Seen) {
        let seen = match seen {
            Seen::Unreadable => Seen::Price(Minor(12_900)),
            seen => seen,
        };
        self.0.price(ids, adults, night, seen);
    }

    fn rules(&mut self, ids: &Ids, night: Night, rules: Rules) {
        self.0.rules(ids, night, rules);
    }
}

/// Passes over a price that the vendor computes.
struct WithoutOneComputed<'a>(&'a mut dyn Sink);

impl Sink for WithoutOneComputed<'_> {
    fn price(&mut self, ids: &Ids, adults: u8, night: Night, seen: Seen) {
        let is_computed = ids.plan.as_ref().is_some_and(|plan| plan.as_str() == "NRF");
        if !is_computed || adults != 1 {
            self.0.price(ids, adults, night, seen);
        }
    }

    fn rules(&mut self, ids: &Ids, night: Night, rules: Rules) {
        self.0.rules(ids, night, rules);
    }
}

impl RateLimit for Sloppy {
    fn quotas(&self) -> &[Quota] {
        &self.quotas
    }

    fn charges(&self, operation: Operation, target: &Target) -> Vec<Charge> {
        if self.is(Fault::ChargesNothing) {
            return Vec::new();
        }
        self.inner.limits().charges(operation, target)
    }

    fn feedback(&self, request: &Request, response: &Response) -> Feedback {
        if self.is(Fault::ForgetsTheWait) {
            return Feedback::default();
        }
        self.inner.limits().feedback(request, response)
    }
}

impl Idempotency for Sloppy {
    fn guarantee(&self, operation: Operation) -> Guarantee {
        self.inner.idempotency().guarantee(operation)
    }

    fn stamp(&self, key: &Key, request: &mut Request) {
        let name = http::HeaderName::from_static("idempotency-key");
        match self.fault {
            Fault::KeyIsAdded if request.operation == Operation::Push => {
                request.headers.push((name, key.as_str().into()));
            }
            Fault::KeyIsLeftOut => {}
            Fault::KeyOnReads => request.headers.push((name, key.as_str().into())),
            _ => self.inner.idempotency().stamp(key, request),
        }
    }

    fn look_up(&self, lost: &Lost<'_>) -> Option<Request> {
        self.inner.idempotency().look_up(lost)
    }

    fn parse_look_up(
        &self,
        lost: &Lost<'_>,
        carry: &Carry,
        response: &Response,
    ) -> Result<Step<Found>> {
        self.inner
            .idempotency()
            .parse_look_up(lost, carry, response)
    }
}

impl Jobs for Sloppy {
    fn pace(&self) -> Pace {
        self.inner.jobs().unwrap().pace()
    }

    fn poll(&self, chunk: &Chunk, job: &JobRef) -> Result<Request> {
        let mut request = self.inner.jobs().unwrap().poll(chunk, job)?;
        if self.is(Fault::WritesWithAPoll) {
            request.touch = Touch::Write;
        }
        Ok(request)
    }

    fn parse_poll(
        &self,
        chunk: &Chunk,
        job: &JobRef,
        carry: &Carry,
        response: &Response,
    ) -> Result<Step<JobState>> {
        let state = self
            .inner
            .jobs()
            .unwrap()
            .parse_poll(chunk, job, carry, response)?;
        Ok(match state {
            Step::Done(JobState::Running { .. }) if self.is(Fault::UnknownStateIsDone) => {
                Step::Done(JobState::Finished(Receipt::default()))
            }
            state => state,
        })
    }
}

//! apaleo: a write replaces a night whole, and addresses it by what only a read shows.
//!
//! A rate belongs to a time slice, from the local check-in to the local check-out time. A
//! PUT needs the slice's exact ends, and takes away every restriction that it does not
//! repeat. So the read notes both down, and a night without a note is not written.
//!
//! Sources: apaleo.dev/guides/business-cases/revenue-management/set-rates-restrictions.html,
//! …/get-rates.html, apaleo.dev/guides/api/rate-limiting.html, github.com/apaleo/api
//! issues 36, 209, 303 and 377.

use std::collections::BTreeMap;
use std::time::Duration;

use http::Method;
use http::header::AUTHORIZATION;
use jiff::civil::DateTime;
use rackrate_core::adapter::{Adapter, Carry, Manifest, ReadAsk, Sink, Step, Submission};
use rackrate_core::auth::{Ask, Authenticate, Consent, Grant, Token};
use rackrate_core::chunk::{Chunk, Receipt, Row};
use rackrate_core::error::{Delivery, ErrorKind, Result};
use rackrate_core::exchange::{Body, Operation, Request, Response};
use rackrate_core::ids::{IdError, Ids, Vendor, VendorId};
use rackrate_core::jobs::Jobs;
use rackrate_core::lifetime::Lifetime;
use rackrate_core::limit::{Scope, Window};
use rackrate_core::money::Currency;
use rackrate_core::night::Night;
use rackrate_core::oauth;
use rackrate_core::rules::{Rules, Set};
use rackrate_core::secret::Secrets;
use rackrate_core::series::{LONGEST_STAY, Seen};
use rackrate_core::shape::{Item, LaneRule, Shape, Unit};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use url::Url;

use crate::common::{self, Allowances, SetsState, bug, malformed, quota};

/// The written price is for one adult; the vendor adds surcharges for more.
const ADULTS: u8 = 1;
/// More pages of one plan than this is a count that never ends.
const MAX_PAGES: u32 = 100;
const TRACE: &str = "Apaleo-Tracking-Id";
const MIN_STAY: &str = "minLengthOfStay";
const REQUIRED: [&str; 3] = ["closed", "closedOnArrival", "closedOnDeparture"];

/// The probe.
#[derive(Debug)]
pub struct Apaleo {
    manifest: Manifest,
    auth: SimpleClient,
    limits: Allowances,
    repeats: SetsState,
    page_size: u32,
}

impl Apaleo {
    /// A connection that reads so many slices a page, 200 at most.
    ///
    /// # Errors
    /// Never for the vendor's own name.
    pub fn new(base: Url, identity: Url, page_size: u32) -> Result<Self, IdError> {
        let bases = vec![base.clone(), identity.clone()];
        let secrets = vec!["client_id", "client_secret"];
        let manifest = Manifest {
            trace_header: Some(TRACE),
            adults: Some(ADULTS),
            restrictions: vec![rackrate_core::rules::Restriction::MinStayArrival],
            ..common::manifest("apaleo", "apaleo", bases, secrets)?
        };
        let vendor = manifest.vendor.clone();
        Ok(Self {
            auth: SimpleClient {
                vendor: vendor.clone(),
                base,
                identity,
            },
            limits: limits(),
            repeats: SetsState {
                vendor,
                not_again_within: Duration::ZERO,
            },
            manifest,
            page_size: page_size.clamp(1, 200),
        })
    }
}

/// The allowances of a live account.
fn limits() -> Allowances {
    const SOURCE: &str = "apaleo.dev/guides/api/rate-limiting.html";
    const CALLS: &[Operation] = &[Operation::Discover, Operation::Read, Operation::Push];
    const PUTS: &[Operation] = &[Operation::Push];
    let rolling = |seconds| Window::Rolling(Duration::from_secs(seconds));
    let all = |name, window, limit| quota(name, Scope::Connection, window, limit, SOURCE);
    let plan = |name, window, limit| quota(name, Scope::Plan, window, limit, SOURCE);
    Allowances::new([
        (all("calls a minute", rolling(60), 3_500), CALLS),
        (all("calls a second", rolling(1), 100), CALLS),
        (plan("PUT in 20 minutes", rolling(1_200), 50), PUTS),
        (plan("PUT in an hour", rolling(3_600), 150), PUTS),
    ])
}

#[derive(Debug)]
struct SimpleClient {
    vendor: Vendor,
    base: Url,
    identity: Url,
}

impl Authenticate for SimpleClient {
    fn grant(&self, secrets: &Secrets, _: Ask<'_>) -> Result<Grant> {
        let basic = common::basic(&self.vendor, secrets)?;
        let body = Body::Form(vec![("grant_type".into(), "client_credentials".into())]);
        let request = Request::post(Operation::Token, &self.identity, "/connect/token", body)
            .with_header(AUTHORIZATION, &basic);
        Ok(Grant::Exchange(Box::new(request)))
    }

    fn parse_grant(&self, response: &Response) -> Result<Token> {
        oauth::parse_token(&self.vendor, response)
    }

    fn apply(&self, _: &Secrets, token: Option<&Token>, request: &mut Request) -> Result<()> {
        match request.operation {
            Operation::Token => Ok(()),
            _ => common::bearer(&self.vendor, &self.base, token, request),
        }
    }

    fn lifetimes(&self) -> &[Lifetime] {
        &[]
    }

    fn consent(&self) -> Option<&dyn Consent> {
        None
    }
}

impl Adapter for Apaleo {
    parts!();
    not_probed!(discover);

    fn jobs(&self) -> Option<&dyn Jobs> {
        None
    }

    fn shape(&self, operation: Operation) -> Option<Shape> {
        match operation {
            Operation::Push => Some(Shape {
                item: Item::Night,
                max_items: 365,
                unit: Unit::PriceAndRestrictions,
                ..common::SHAPE
            }),
            Operation::Read => Some(Shape {
                max_items: 1,
                lane: LaneRule::Pipelined,
                ..common::SHAPE
            }),
            _ => None,
        }
    }

    fn read(&self, ask: &ReadAsk) -> Result<Request> {
        self.page(ask, &Place::default())?
            .ok_or_else(|| self.bug(Operation::Read, "the target lists no plan to read"))
    }

    fn parse_read(
        &self,
        ask: &ReadAsk,
        carry: &Carry,
        response: &Response,
        sink: &mut dyn Sink,
    ) -> Result<Step<()>> {
        let place: Place = carry.get().map_err(|error| {
            self.bug(Operation::Read, "the carry is not of a read")
                .with_source(error)
        })?;
        let ids = plans(ask).nth(place.plan).ok_or_else(|| {
            let text = "the carry names a plan that the target does not list";
            self.bug(Operation::Read, text)
        })?;
        let list = self.list(response, &place)?;
        let unclear = |text: &str| malformed(&self.manifest.vendor, Operation::Read, text);
        let currency = ask.target.currency(ids);
        let slices: Vec<_> = list
            .rates
            .iter()
            .map(|slice| slice.read(currency))
            .collect::<Result<_, _>>()
            .map_err(unclear)?;
        let next = place.after(&list, self.page_size).map_err(unclear)?;
        let step = self.step(ask, &next)?;
        let asked = ask.first..=ask.last;
        for slice in slices.iter().filter(|slice| asked.contains(&slice.night)) {
            sink.price(ids, ADULTS, slice.night, slice.seen);
            sink.rules(ids, slice.night, slice.rules);
            sink.note(ids, slice.night, &slice.note);
        }
        Ok(step)
    }

    fn push(&self, chunk: &Chunk) -> Result<Request> {
        let wrong = |text: &str| self.bug(Operation::Push, text);
        let Some(first) = chunk.rows.first() else {
            return Err(wrong("the chunk has no rows"));
        };
        let mut rates = Vec::new();
        for row in &chunk.rows {
            if row.ids != first.ids {
                return Err(wrong("the chunk is of several plans"));
            }
            for night in row.first.through(row.last) {
                rates.push(replacement(chunk, row, night).map_err(wrong)?);
            }
        }
        let plan = common::writable(&chunk.target, &first.ids).map_err(wrong)?;
        let body = common::json(&self.manifest.vendor, &Replacements { rates })?;
        let path = self.rates_of(Operation::Push, plan)?;
        let post = Request::post(Operation::Push, &self.manifest.bases[0], path, body);
        Ok(Request {
            method: Method::PUT,
            ..post
        })
    }

    fn parse_push(&self, _: &Chunk, response: &Response) -> Result<Submission> {
        if response.status.as_u16() != 204 {
            return Err(self.refusal(Operation::Push, response));
        }
        Ok(Submission::Answered(Receipt {
            reference: response.header(TRACE).map(str::to_owned),
            ..Receipt::default()
        }))
    }
}

impl Apaleo {
    fn bug(&self, operation: Operation, text: &str) -> rackrate_core::error::Error {
        bug(&self.manifest.vendor, operation, text)
    }

    fn rates_of(&self, operation: Operation, plan: &VendorId) -> Result<String> {
        let plan = common::segment(&self.manifest.vendor, operation, plan.as_str())?;
        Ok(format!("/rateplan/v1/rate-plans/{plan}/rates"))
    }

    /// The request for a page; `None` after the last plan.
    fn page(&self, ask: &ReadAsk, place: &Place) -> Result<Option<Request>> {
        let Some(plan) = plans(ask).nth(place.plan).and_then(|ids| ids.plan.as_ref()) else {
            return Ok(None);
        };
        let path = self.rates_of(Operation::Read, plan)?;
        let request = Request::get(Operation::Read, &self.manifest.bases[0], path)
            .with_query("from", ask.first)
            .with_query("to", ask.last.next())
            .with_query("pageNumber", place.page + 1)
            .with_query("pageSize", self.page_size);
        Ok(Some(request))
    }

    fn step(&self, ask: &ReadAsk, next: &Place) -> Result<Step<()>> {
        let Some(request) = self.page(ask, next)? else {
            return Ok(Step::Done(()));
        };
        let carry = Carry::of(next).map_err(|error| {
            self.bug(Operation::Read, "the place cannot be kept")
                .with_source(error)
        })?;
        Ok(Step::Next {
            request: Box::new(request),
            carry,
        })
    }

    /// The page's slices. An empty page is a 204 without a body, and only a first one.
    fn list<'a>(&self, response: &'a Response, place: &Place) -> Result<List<'a>> {
        let unclear = |text| malformed(&self.manifest.vendor, Operation::Read, text);
        match response.status.as_u16() {
            204 if place.page == 0 => Ok(List::default()),
            204 => Err(unclear("slices that were counted are not there")),
            200 => serde_json::from_slice(&response.body)
                .map_err(|error| unclear("the answer is no list of rates").with_source(error)),
            _ => Err(self.refusal(Operation::Read, response)),
        }
    }

    fn refusal(&self, operation: Operation, response: &Response) -> rackrate_core::error::Error {
        #[derive(Default, Deserialize)]
        struct Said {
            messages: Vec<String>,
        }
        let vendor = &self.manifest.vendor;
        let said: Said = serde_json::from_slice(&response.body).unwrap_or_default();
        if response.status.as_u16() == 422 && !said.messages.is_empty() {
            let (kind, delivery) = (ErrorKind::Rejected, Delivery::Refused);
            let words = Some(said.messages.join("; "));
            return common::refused_as(kind, delivery, vendor, operation, response, words);
        }
        common::refusal(vendor, operation, response)
    }
}

/// The plans that have prices of their own, in the order in which they are read. The
/// caller narrows the target to what it wants to know.
fn plans(ask: &ReadAsk) -> impl Iterator<Item = &Ids> {
    let listed = ask.target.facts.sellables.values();
    listed
        .filter(|one| !one.derived && one.ids.plan.is_some())
        .map(|one| &one.ids)
}

/// Where a read is.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Place {
    plan: usize,
    page: u32,
}

impl Place {
    /// Where the read goes on; an error where pages and count do not agree.
    fn after(&self, list: &List<'_>, page_size: u32) -> Result<Self, &'static str> {
        let before = u64::from(self.page) * u64::from(page_size);
        let so_far = before + list.rates.len() as u64;
        if so_far >= list.count {
            return Ok(Self {
                plan: self.plan + 1,
                page: 0,
            });
        }
        if list.rates.len() < page_size as usize || self.page + 1 >= MAX_PAGES {
            return Err("the pages hold fewer slices than their count");
        }
        Ok(Self {
            plan: self.plan,
            page: self.page + 1,
        })
    }
}

#[derive(Default, Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    rates: Vec<Slice<'a>>,
    count: u64,
}

#[derive(Deserialize)]
struct Slice<'a> {
    from: String,
    to: String,
    #[serde(borrow)]
    price: Option<PriceIn<'a>>,
    restrictions: Option<Restrictions>,
}

#[derive(Deserialize)]
struct PriceIn<'a> {
    #[serde(borrow)]
    amount: &'a RawValue,
    currency: String,
}

/// Restrictions member by member, so that those we have no word for survive a PUT too.
type Restrictions = BTreeMap<String, Box<RawValue>>;

/// What the write of a night needs of its read.
#[derive(Serialize, Deserialize)]
struct SliceNote {
    from: String,
    to: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    restrictions: Option<Restrictions>,
}

struct ReadSlice {
    night: Night,
    seen: Seen,
    rules: Rules,
    note: String,
}

impl Slice<'_> {
    fn read(&self, currency: Currency) -> Result<ReadSlice, &'static str> {
        let note = SliceNote {
            from: self.from.clone(),
            to: self.to.clone(),
            restrictions: self.restrictions.clone(),
        };
        Ok(ReadSlice {
            night: self.night()?,
            seen: self.seen(currency),
            rules: self.rules()?,
            note: serde_json::to_string(&note).map_err(|_| "a slice cannot be noted down")?,
        })
    }

    /// The local day of check-in, as the slice's own offset has it.
    fn night(&self) -> Result<Night, &'static str> {
        let local = |text: &str| text.parse::<DateTime>().map(DateTime::date).ok();
        let night = |text| local(text).and_then(|date| Night::from_date(date).ok());
        match (night(&self.from), night(&self.to)) {
            (Some(from), Some(to)) if from.next() == to => Ok(from),
            _ => Err("a slice is not one night in local time"),
        }
    }

    fn seen(&self, currency: Currency) -> Seen {
        let Some(price) = &self.price else {
            return Seen::Absent;
        };
        match currency.parse_vendor(price.amount.get()) {
            Ok(amount) if price.currency == currency.code() => Seen::Price(amount),
            _ => Seen::Unreadable,
        }
    }

    fn rules(&self) -> Result<Rules, &'static str> {
        let stay = self.restrictions.as_ref().and_then(|all| all.get(MIN_STAY));
        let min_stay_arrival = match stay.map(|raw| raw.get()) {
            None | Some("null") => Set::Clear,
            Some(text) => match text.parse() {
                Ok(nights) if nights <= LONGEST_STAY => Set::To(nights),
                _ => return Err("a minimum stay that is no number of nights"),
            },
        };
        Ok(Rules {
            min_stay_arrival,
            ..Rules::LEAVE
        })
    }
}

#[derive(Serialize)]
struct Replacements {
    rates: Vec<Replacement>,
}

#[derive(Serialize)]
struct Replacement {
    from: String,
    to: String,
    price: PriceOut,
    #[serde(skip_serializing_if = "Option::is_none")]
    restrictions: Option<Restrictions>,
}

#[derive(Serialize)]
struct PriceOut {
    amount: Box<RawValue>,
    currency: &'static str,
}

/// The slice as it will be: the price wished for, what was read, and the rules wished for.
fn replacement(chunk: &Chunk, row: &Row, night: Night) -> Result<Replacement, &'static str> {
    let note = chunk
        .target
        .note(&row.ids, night)
        .ok_or("a night that was not read: writing it would drop its restrictions")?;
    let note: SliceNote =
        serde_json::from_str(note).map_err(|_| "the note of a night is not of a read")?;
    let currency = chunk.target.currency(&row.ids);
    Ok(Replacement {
        from: note.from,
        to: note.to,
        price: PriceOut {
            amount: common::number(currency, common::one_price(row)?)?,
            currency: currency.code(),
        },
        restrictions: changed(note.restrictions, row.rules)?,
    })
}

/// The restrictions read, with the minimum stay wished for; the vendor requires the three
/// booleans as soon as there are any.
fn changed(read: Option<Restrictions>, rules: Rules) -> Result<Option<Restrictions>, &'static str> {
    let raw = |text: String| RawValue::from_string(text).map_err(|_| "no JSON");
    let mut all = match (read, rules.min_stay_arrival) {
        (None, Set::Leave | Set::Clear) => return Ok(None),
        (read, _) => read.unwrap_or_default(),
    };
    for name in REQUIRED {
        if !all.contains_key(name) {
            all.insert(name.to_owned(), raw("false".to_owned())?);
        }
    }
    match rules.min_stay_arrival {
        Set::Leave => {}
        Set::Clear => {
            all.remove(MIN_STAY);
        }
        Set::To(nights) => {
            all.insert(MIN_STAY.to_owned(), raw(nights.to_string())?);
        }
    }
    Ok(Some(all))
}

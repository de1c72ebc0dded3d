//! OPERA Cloud through OHIP: a write is a job, asked for by HEAD and fetched once by GET.
//!
//! The status of the job is in headers: 200 means that it is not done, 201 that it is, and
//! the `Location` of the 201 leads to the result. A result can be fetched once; what is
//! lost with it is only known by reading prices.
//!
//! Sources: the published OpenAPI description (rtpasync, oauth) and
//! docs.oracle.com/en/industries/hospitality/integration-platform/ohipu/ (authentication,
//! c_asynchronous_apis.htm, c_limits.htm).

use std::time::Duration;

use http::header::{AUTHORIZATION, LOCATION};
use http::{HeaderName, Method};
use rackrate_core::adapter::{Adapter, Carry, Manifest, Step, Submission};
use rackrate_core::auth::{Ask, Authenticate, Consent, Grant, Token};
use rackrate_core::chunk::{Chunk, Receipt, Refusal, Row};
use rackrate_core::error::{Error, ErrorKind, Result};
use rackrate_core::exchange::{Body, Operation, Request, Response};
use rackrate_core::ids::{IdError, JobRef, Vendor};
use rackrate_core::jobs::{JobState, Jobs, Pace};
use rackrate_core::lifetime::Lifetime;
use rackrate_core::limit::{Scope, Window};
use rackrate_core::oauth;
use rackrate_core::secret::Secrets;
use rackrate_core::shape::{Group, Item, LaneRule, Shape, Unit};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use url::Url;

use crate::common::{self, Allowances, SetsState, bug, malformed, quota, segment};

const APP_KEY: HeaderName = HeaderName::from_static("x-app-key");
const ENTERPRISE: HeaderName = HeaderName::from_static("enterpriseid");
const HOTEL: HeaderName = HeaderName::from_static("x-hotelid");
const SCOPE: &str = "urn:opc:hgbu:ws:__myscopes__";
const MINUTE: Duration = Duration::from_secs(60);
/// An equal job within this time may be refused.
const NOT_AGAIN: Duration = Duration::from_secs(30 * 60);

/// Prices are recommended in at most 200 rows a call. A row is one date with the prices
/// for every number of adults, because what leaving one out means is not documented.
const SHAPE: Shape = Shape {
    group: Group::Property,
    item: Item::Range { max_nights: 1 },
    max_items: 200,
    max_nights: u32::MAX,
    max_bytes: 2 << 20,
    unit: Unit::AllOccupancies,
    lane: LaneRule::OneJob,
    clears_apart: false,
};

/// The probe.
#[derive(Debug)]
pub struct Ohip {
    manifest: Manifest,
    auth: CloudIdentity,
    limits: Allowances,
    repeats: SetsState,
    jobs: Processes,
    external_system: String,
}

impl Ohip {
    /// A connection to one gateway.
    ///
    /// # Errors
    /// Never for the vendor's own name.
    pub fn new(gateway: Url, enterprise: &str, external_system: &str) -> Result<Self, IdError> {
        let secrets = vec!["client_id", "client_secret", "app_key"];
        let manifest = common::manifest("ohip", "OPERA Cloud", vec![gateway], secrets)?;
        let vendor = manifest.vendor.clone();
        Ok(Self {
            auth: CloudIdentity {
                vendor: vendor.clone(),
                gateway: manifest.bases[0].clone(),
                enterprise: enterprise.to_owned(),
            },
            limits: limits(),
            repeats: SetsState {
                vendor: vendor.clone(),
                not_again_within: NOT_AGAIN,
            },
            jobs: Processes {
                vendor,
                bases: manifest.bases.clone(),
            },
            external_system: external_system.to_owned(),
            manifest,
        })
    }
}

/// The vendor's pages disagree; these are the lower figures. A poll is charged as a HEAD
/// and a GET at once, because an operation has one price.
fn limits() -> Allowances {
    const SOURCE: &str = "OHIP user guide, c_limits.htm and c_asynchronous_apis.htm";
    const EVERY: &[Operation] = &Operation::ALL;
    const POST: &[Operation] = &[Operation::Push];
    const ASK: &[Operation] = &[Operation::Poll];
    let gateway = |name, limit| {
        let window = Window::Rolling(MINUTE);
        quota(name, Scope::Address, window, limit, SOURCE)
    };
    let second = Window::Rolling(Duration::from_secs(1));
    Allowances::new([
        (
            quota("calls a second", Scope::Address, second, 50, SOURCE),
            EVERY,
        ),
        (gateway("async POST", 100), POST),
        (gateway("async HEAD", 300), ASK),
        (gateway("async GET", 300), ASK),
    ])
}

#[derive(Debug)]
struct CloudIdentity {
    vendor: Vendor,
    gateway: Url,
    enterprise: String,
}

impl Authenticate for CloudIdentity {
    fn grant(&self, secrets: &Secrets, _: Ask<'_>) -> Result<Grant> {
        let basic = common::basic(&self.vendor, secrets)?;
        let app_key = oauth::required(&self.vendor, secrets, "app_key")?;
        let body = Body::Form(vec![
            ("grant_type".into(), "client_credentials".into()),
            ("scope".into(), SCOPE.into()),
        ]);
        let request = Request::post(Operation::Token, &self.gateway, "/oauth/v1/tokens", body)
            .with_header(AUTHORIZATION, &basic)
            .with_header(APP_KEY, app_key)
            .with_header(ENTERPRISE, self.enterprise.as_str());
        Ok(Grant::Exchange(Box::new(request)))
    }

    fn parse_grant(&self, response: &Response) -> Result<Token> {
        oauth::parse_token(&self.vendor, response)
    }

    fn apply(&self, secrets: &Secrets, token: Option<&Token>, request: &mut Request) -> Result<()> {
        if request.operation == Operation::Token {
            return Ok(());
        }
        common::bearer(&self.vendor, &self.gateway, token, request)?;
        let app_key = oauth::required(&self.vendor, secrets, "app_key")?;
        common::put_header(request, APP_KEY, app_key);
        Ok(())
    }

    fn lifetimes(&self) -> &[Lifetime] {
        &[]
    }

    fn consent(&self) -> Option<&dyn Consent> {
        None
    }
}

impl Adapter for Ohip {
    parts!();
    not_probed!(discover);
    not_probed!(read);

    fn jobs(&self) -> Option<&dyn Jobs> {
        Some(&self.jobs)
    }

    fn shape(&self, operation: Operation) -> Option<Shape> {
        (operation == Operation::Push).then_some(SHAPE)
    }

    fn push(&self, chunk: &Chunk) -> Result<Request> {
        let vendor = &self.manifest.vendor;
        let wrong = |text| bug(vendor, Operation::Push, text);
        if chunk.rows.is_empty() || chunk.rows.len() > SHAPE.max_items as usize {
            return Err(wrong("a chunk has 1 to 200 rows"));
        }
        let rows = chunk.rows.iter().map(|row| schedule(chunk, row));
        let daily_rate_plan_schedule = rows.collect::<Result<_, _>>().map_err(wrong)?;
        let body = common::json(
            vendor,
            &Schedules {
                daily_rate_plan_schedule,
            },
        )?;
        let hotel = chunk.target.vendor_property.as_str();
        let path = format!(
            "/rtp/async/v1/externalSystems/{}/hotels/{}/ratePlans/dailySchedules",
            segment(vendor, Operation::Push, &self.external_system)?,
            segment(vendor, Operation::Push, hotel)?,
        );
        let base = &self.manifest.bases[0];
        Ok(Request::post(Operation::Push, base, path, body).with_header(HOTEL, hotel))
    }

    fn parse_push(&self, _: &Chunk, response: &Response) -> Result<Submission> {
        let (vendor, bases) = (&self.manifest.vendor, &self.manifest.bases);
        if response.status.as_u16() != 202 {
            return Err(common::refusal(vendor, Operation::Push, response));
        }
        let link = response.header(LOCATION.as_str()).unwrap_or_default();
        let followed = Request::follow(Operation::Poll, vendor, bases, link);
        match (JobRef::new(link), followed) {
            (Ok(job), Ok(_)) => Ok(Submission::Queued(job)),
            _ => {
                let text = "the process was started without a Location on the gateway";
                Err(malformed(vendor, Operation::Push, text))
            }
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Schedules {
    daily_rate_plan_schedule: Vec<Schedule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Schedule {
    rate_amounts: Amounts,
    rate_date: String,
    rate_plan_code: String,
    room_type: String,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Amounts {
    #[serde(skip_serializing_if = "Option::is_none")]
    one_person_rate: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    two_person_rate: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    three_person_rate: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    four_person_rate: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    five_person_rate: Option<Box<RawValue>>,
}

impl Amounts {
    fn of(&mut self, adults: u8) -> Option<&mut Option<Box<RawValue>>> {
        Some(match adults {
            1 => &mut self.one_person_rate,
            2 => &mut self.two_person_rate,
            3 => &mut self.three_person_rate,
            4 => &mut self.four_person_rate,
            5 => &mut self.five_person_rate,
            _ => return None,
        })
    }
}

fn schedule(chunk: &Chunk, row: &Row) -> Result<Schedule, &'static str> {
    let plan = common::writable(&chunk.target, &row.ids)?;
    let room = row.ids.room.as_ref().ok_or("a row needs a room type")?;
    if row.first != row.last || !row.rules.is_leave() || row.prices.is_empty() {
        return Err("a row is one date with prices and no restrictions");
    }
    let known = chunk.target.facts.sellables.get(&row.ids);
    let all = known.is_none_or(|one| one.adults.len() == row.prices.len() || one.adults.is_empty());
    if !all {
        return Err("a row has not the prices for every number of adults");
    }
    let (currency, mut rate_amounts) = (chunk.target.currency(&row.ids), Amounts::default());
    for (adults, price) in &row.prices {
        let amount = rate_amounts
            .of(*adults)
            .ok_or("prices are for 1 to 5 adults")?;
        *amount = Some(common::number(currency, *price)?);
    }
    Ok(Schedule {
        rate_amounts,
        rate_date: row.first.to_string(),
        rate_plan_code: plan.to_string(),
        room_type: room.to_string(),
    })
}

#[derive(Debug)]
struct Processes {
    vendor: Vendor,
    bases: Vec<Url>,
}

/// Which of the two questions is being answered.
#[derive(Default, Serialize, Deserialize)]
enum Stage {
    /// HEAD: is it done?
    #[default]
    Status,
    /// GET: what became of the rows?
    Result,
}

impl Jobs for Processes {
    fn pace(&self) -> Pace {
        Pace {
            first: MINUTE,
            then: MINUTE,
            longest: 3 * MINUTE,
            give_up: 60 * MINUTE,
        }
    }

    fn poll(&self, chunk: &Chunk, job: &JobRef) -> Result<Request> {
        let request = self.follow(chunk, job.as_str()).map_err(|error| {
            self.bug("the job is no address on the gateway")
                .with_source(error)
        })?;
        Ok(Request {
            method: Method::HEAD,
            ..request
        })
    }

    fn parse_poll(
        &self,
        chunk: &Chunk,
        _: &JobRef,
        carry: &Carry,
        response: &Response,
    ) -> Result<Step<JobState>> {
        let stage = carry
            .get()
            .map_err(|error| self.bug("the carry is not of a poll").with_source(error))?;
        match stage {
            Stage::Status => self.status(chunk, response),
            Stage::Result => self.result(response).map(Step::Done),
        }
    }
}

impl Processes {
    fn bug(&self, text: &str) -> Error {
        Error::new(ErrorKind::Bug, &self.vendor, Operation::Poll, text)
    }

    fn follow(&self, chunk: &Chunk, link: &str) -> Result<Request> {
        if link.is_empty() {
            let text = "the answer leads nowhere: it has no Location";
            return Err(malformed(&self.vendor, Operation::Poll, text));
        }
        let hotel = chunk.target.vendor_property.as_str();
        Request::follow(Operation::Poll, &self.vendor, &self.bases, link)
            .map(|request| request.with_header(HOTEL, hotel))
    }

    fn status(&self, chunk: &Chunk, response: &Response) -> Result<Step<JobState>> {
        let said = response.header("status").unwrap_or_default();
        match (response.status.as_u16(), said) {
            (201, "Completed") => {
                let link = response.header(LOCATION.as_str()).unwrap_or_default();
                let carry = Carry::of(&Stage::Result)
                    .map_err(|error| self.bug("the stage cannot be kept").with_source(error))?;
                Ok(Step::Next {
                    request: Box::new(self.follow(chunk, link)?),
                    carry,
                })
            }
            (200, "Invalid") => {
                let why = Refusal::new("Invalid", "the process will not finish");
                Ok(Step::Done(JobState::Failed(unattributed([why]))))
            }
            (200 | 201, _) => Ok(Step::Done(JobState::Running {
                check_after: max_age(response).max(response.retry_after()),
            })),
            (404, _) => Ok(Step::Done(JobState::Gone)),
            _ => Err(common::refusal(&self.vendor, Operation::Poll, response)),
        }
    }

    /// The result. Its `recordId` has no published form, so no warning names a row.
    fn result(&self, response: &Response) -> Result<JobState> {
        match response.status.as_u16() {
            200 => {}
            204 | 404 => return Ok(JobState::Gone),
            _ => return Err(common::refusal(&self.vendor, Operation::Poll, response)),
        }
        let said: ProcessResult = serde_json::from_slice(&response.body).map_err(|error| {
            malformed(&self.vendor, Operation::Poll, "the answer is no result").with_source(error)
        })?;
        Ok(JobState::Finished(unattributed(
            said.warnings.iter().map(Warning::refusal),
        )))
    }
}

fn unattributed(refusals: impl IntoIterator<Item = Refusal>) -> Receipt {
    Receipt {
        unattributed: refusals.into_iter().collect(),
        ..Receipt::default()
    }
}

/// `Cache-Control: max-age`, in which the vendor says how long a status holds.
fn max_age(response: &Response) -> Option<Duration> {
    let control = response.header("cache-control")?;
    let age = |part: &str| part.trim().strip_prefix("max-age=")?.parse().ok();
    control.split(',').find_map(age).map(Duration::from_secs)
}

#[derive(Deserialize)]
struct ProcessResult {
    warnings: Vec<Warning>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Warning {
    code: Option<String>,
    short_text: Option<String>,
    record_id: Option<String>,
}

impl Warning {
    fn refusal(&self) -> Refusal {
        let text = self
            .short_text
            .as_deref()
            .unwrap_or("a warning without text");
        let text = match &self.record_id {
            Some(record) => format!("{text} ({record})"),
            None => text.to_owned(),
        };
        Refusal::new(self.code.as_deref().unwrap_or_default(), &text)
    }
}

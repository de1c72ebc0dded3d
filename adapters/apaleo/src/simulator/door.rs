//! The way in: what is asked, whether the credential is good for it, and whether it is too
//! much.

use bytes::Bytes;
use http::Method;
use rackrate_core::clock::Mono;

use super::Apaleo;
use super::http_text::{Answer, decoded, header};
use super::meters::Excess;

/// The identity server's path; the API has no such one.
pub(super) const TOKEN: &str = "/connect/token";
const PLANS: &str = "/rateplan/v1/rate-plans";

/// What a path means.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Properties,
    Plans,
    Rates(String),
}

fn place(path: &str) -> Option<Place> {
    match path {
        "/inventory/v1/properties" => Some(Place::Properties),
        PLANS => Some(Place::Plans),
        _ => {
            let id = path.strip_prefix(PLANS)?.strip_prefix('/')?;
            let id = id.strip_suffix("/rates").filter(|id| !id.contains('/'))?;
            Some(Place::Rates(decoded(id)?))
        }
    }
}

/// The scopes of which a call needs one; `None` for a method that is not served.
fn wanted(place: &Place, method: &Method) -> Option<&'static [&'static str]> {
    match (place, method) {
        (Place::Properties, &Method::GET) => Some(&["setup.read", "setup.manage"]),
        (Place::Plans, &Method::GET) => Some(&["rateplans.read", "setup.read", "setup.manage"]),
        (Place::Rates(_), &Method::GET) => Some(&["rates.read", "rates.manage"]),
        (Place::Rates(_), &Method::PUT) => Some(&["rates.manage"]),
        _ => None,
    }
}

impl Apaleo {
    pub(super) fn handle(
        &mut self,
        request: &http::Request<Bytes>,
        now: Mono,
        ready: Mono,
    ) -> Answer {
        let (path, method) = (request.uri().path(), request.method());
        match (path == TOKEN, *method == Method::POST) {
            (true, true) => return self.token(request, now),
            (true, false) => return Answer::empty(405),
            (false, _) => {}
        }
        let Some(place) = place(path) else {
            return Answer::empty(404);
        };
        self.call(place, request, now, ready)
    }

    /// A call of the API: admitted, then answered.
    fn call(
        &mut self,
        place: Place,
        request: &http::Request<Bytes>,
        now: Mono,
        ready: Mono,
    ) -> Answer {
        let method = request.method();
        let Some(scopes) = wanted(&place, method) else {
            return Answer::empty(405);
        };
        let is_write = *method == Method::PUT;
        self.state.record.pushes += u64::from(is_write);
        let put = match (&place, is_write) {
            (Place::Rates(plan), true) => Some(plan.as_str()),
            _ => None,
        };
        if let Err(no) = self.admit(request, scopes, put, now) {
            return no;
        }
        match place {
            Place::Properties => self.properties(request),
            Place::Plans => self.plans(request),
            Place::Rates(plan) if is_write => self.replace(&plan, request, now, ready),
            Place::Rates(plan) => self.rates(&plan, request, now),
        }
    }

    fn admit(
        &mut self,
        request: &http::Request<Bytes>,
        scopes: &[&str],
        put: Option<&str>,
        now: Mono,
    ) -> Result<(), Answer> {
        let at = self.at(now);
        let token = header(request, "authorization").and_then(|text| text.strip_prefix("Bearer "));
        let Some(held) = token.and_then(|token| self.tokens.get(token, at)).cloned() else {
            self.state.record.unauthorised += 1;
            return Err(Answer::empty(401));
        };
        let known = put.filter(|plan| self.account.plan(plan).is_some());
        let meters = &mut self.state.meters;
        let plan = known.map(|plan| meters.entry(plan.to_owned()).or_default());
        let kind = self.state.switches.account;
        if let Err(excess) = self.meters.arrive(&held.client, plan, kind, at) {
            return Err(self.too_much(excess));
        }
        let may = scopes
            .iter()
            .any(|scope| held.scopes.iter().any(|one| one == scope));
        may.then_some(()).ok_or_else(|| Answer::empty(403))
    }

    fn too_much(&mut self, excess: Excess) -> Answer {
        self.state.record.breaches += 1;
        self.state.record.early_repeats += u64::from(excess.early);
        Answer::empty(429).with("Retry-After", excess.seconds)
    }
}

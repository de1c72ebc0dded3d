//! The way in: which call it is, whether its credential is good and whether it is allowed.

use bytes::Bytes;
use http::Method;
use rackrate_core::clock::Mono;

use super::Service;
use super::http_text::{Answer, decoded};

const CALENDAR: &str = "/v1/availability-pricing/api/calendar/listings";
const COMPLEXES: &str = "/v1/properties-api/complexes";

/// A call that is served.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Call {
    Token,
    Listings,
    Complexes,
    Complex(String),
    ReadMany,
    ReadOne(String),
    WriteMany,
    WriteOne(String),
}

impl Call {
    fn of(method: &Method, path: &str) -> Option<Self> {
        let get = *method == Method::GET;
        let below = |base: &str| decoded(path.strip_prefix(base)?.strip_prefix('/')?);
        let one = |base: &str| {
            below(base).filter(|_| path.matches('/').count() == base.matches('/').count() + 1)
        };
        match path {
            "/oauth2/token" => (*method == Method::POST).then_some(Self::Token),
            "/v1/listings" => get.then_some(Self::Listings),
            COMPLEXES => get.then_some(Self::Complexes),
            CALENDAR if get => Some(Self::ReadMany),
            CALENDAR => (*method == Method::PUT).then_some(Self::WriteMany),
            _ if path.starts_with(COMPLEXES) => one(COMPLEXES).filter(|_| get).map(Self::Complex),
            _ if get => one(CALENDAR).map(Self::ReadOne),
            _ => one(CALENDAR)
                .filter(|_| *method == Method::PUT)
                .map(Self::WriteOne),
        }
    }

    fn writes(&self) -> bool {
        matches!(self, Self::WriteMany | Self::WriteOne(_))
    }
}

pub(super) fn is_token_call(request: &http::Request<Bytes>) -> bool {
    request.uri().path() == "/oauth2/token"
}

impl Service {
    pub(super) fn handle(
        &mut self,
        request: &http::Request<Bytes>,
        now: Mono,
        ready: Mono,
    ) -> Answer {
        let Some(call) = Call::of(request.method(), request.uri().path()) else {
            return Answer::no_route();
        };
        self.state.record.pushes += u64::from(call.writes());
        if call == Call::Token {
            return self.token(request, now);
        }
        let answer = self
            .admit(request, now, ready)
            .map(|()| self.serve(call, request, now, ready));
        let answer = answer.unwrap_or_else(|refused| refused);
        self.account.told(answer)
    }

    fn admit(
        &mut self,
        request: &http::Request<Bytes>,
        now: Mono,
        ready: Mono,
    ) -> Result<(), Answer> {
        if !self.is_admitted(request, now) {
            self.state.record.unauthorised += 1;
            let status = if self.switch("expired") == "401" {
                401
            } else {
                403
            };
            return Err(Answer::no_permission(status));
        }
        let record = &mut self.state.record;
        record.early_repeats += u64::from(self.account.is_closed(now));
        self.account.arrive(now, ready).map_err(|seconds| {
            record.breaches += 1;
            Answer::too_many(seconds)
        })
    }

    fn serve(
        &mut self,
        call: Call,
        request: &http::Request<Bytes>,
        now: Mono,
        ready: Mono,
    ) -> Answer {
        match call {
            Call::Token => Answer::no_route(),
            Call::Listings => self.listings(request),
            Call::Complexes => self.complexes(),
            Call::Complex(id) => self.complex(&id),
            Call::ReadMany => self.read(request, None),
            Call::ReadOne(listing) => self.read(request, Some(listing)),
            Call::WriteMany => self.write(request, None, now, ready),
            Call::WriteOne(listing) => self.write(request, Some(&listing), now, ready),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_in_the_path_is_one_segment() {
        let call = |method, path: &str| Call::of(&method, path);
        let one = format!("{CALENDAR}/a%2Fb");
        assert_eq!(call(Method::GET, &one), Some(Call::ReadOne("a/b".into())));
        assert_eq!(call(Method::GET, &format!("{CALENDAR}/a/b")), None);
        assert_eq!(call(Method::POST, CALENDAR), None);
        let complex = format!("{COMPLEXES}/7");
        assert_eq!(call(Method::GET, &complex), Some(Call::Complex("7".into())));
        assert_eq!(call(Method::GET, "/listings"), None);
    }
}

//! The way in: address, tokens, pace; then the operation.

use bytes::Bytes;
use rackrate_core::clock::Mono;
use rackrate_core::secret::Secret;
use serde::Deserialize;

use super::Mews;
use super::http_text::Answer;

/// The names of the secrets that open the door.
pub(super) const SECRETS: [&str; 2] = ["client_token", "access_token"];

const ROOT: &str = "/api/connector/v1/";

const WRITES: [&str; 3] = [
    "rates/updatePrice",
    "restrictions/set",
    "restrictions/clear",
];

const READS: [&str; 7] = [
    "configuration/get",
    "enterprises/getAll",
    "services/getAll",
    "resourceCategories/getAll",
    "rates/getAll",
    "rates/getPricing",
    "restrictions/getAll",
];

/// Who asks; a member of every body.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Login {
    client_token: Option<String>,
    access_token: Option<String>,
    client: Option<String>,
}

/// A call that may be answered.
pub(super) struct Call<'r> {
    pub(super) body: &'r [u8],
    /// Whether an answer without a body is preferred.
    pub(super) minimal: bool,
    pub(super) now: Mono,
    pub(super) ready: Mono,
}

impl<'r> Call<'r> {
    /// The body, of which every member has to be known.
    pub(super) fn body<T: Deserialize<'r>>(&self) -> Result<T, Answer> {
        serde_json::from_slice(self.body).map_err(|_| Answer::error(400, "Invalid JSON."))
    }
}

impl Mews {
    pub(super) fn serve(
        &mut self,
        request: &http::Request<Bytes>,
        now: Mono,
        ready: Mono,
    ) -> Answer {
        let action = request.uri().path().strip_prefix(ROOT).unwrap_or_default();
        let known = WRITES.contains(&action) || READS.contains(&action);
        if !known || request.method() != http::Method::POST {
            return Answer::error(404, "Not found.");
        }
        self.state.record.pushes += u64::from(WRITES.contains(&action));
        let prefer = request.headers().get("prefer");
        let call = Call {
            body: request.body(),
            minimal: prefer.is_some_and(|prefer| prefer == "return=minimal"),
            now,
            ready,
        };
        let answer = self.admit(action, &call).and_then(|()| match action {
            "configuration/get" => self.configuration(&call),
            "enterprises/getAll" => self.enterprises(&call),
            "services/getAll" => self.services(&call),
            "resourceCategories/getAll" => self.categories(&call),
            "rates/getAll" => self.rates(&call),
            "rates/getPricing" => self.pricing(&call),
            "rates/updatePrice" => self.update_price(&call),
            "restrictions/set" => self.set(&call),
            "restrictions/clear" => self.clear(&call),
            _ => self.restrictions(&call),
        });
        answer.unwrap_or_else(|refused| refused)
    }

    fn admit(&mut self, action: &str, call: &Call<'_>) -> Result<(), Answer> {
        let login: Login = call.body()?;
        let is = |name: &str, told: &Option<String>| {
            let known = self.secrets.get(name).map(Secret::expose);
            known.is_some() && known == told.as_deref()
        };
        let known = is("client_token", &login.client_token)
            && is("access_token", &login.access_token)
            && !self.state.revoked;
        if !known {
            self.state.record.unauthorised += 1;
            return Err(Answer::error(401, "Invalid access token."));
        }
        if login.client.is_none_or(|client| client.trim().is_empty()) {
            return Err(Answer::invalid("Client"));
        }
        self.pace(call.now)?;
        match self.state.switches.refuses(action) {
            Some(status) => Err(Answer::error(status, "Refused on demand.")),
            None => Ok(()),
        }
    }

    fn pace(&mut self, now: Mono) -> Result<(), Answer> {
        self.burst.arrive(now).map_err(|beyond| {
            self.state.record.breaches += 1;
            let told = self.state.switches.retry_after;
            self.state.record.early_repeats += u64::from(beyond.early && told);
            let seconds = beyond.wait.as_micros().div_ceil(1_000_000);
            let seconds = u64::try_from(seconds).ok().filter(|_| told);
            Answer::error(429, "Too many requests.").with_retry_after(seconds)
        })
    }
}

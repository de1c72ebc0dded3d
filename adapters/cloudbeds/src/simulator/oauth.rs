//! The page where a person consents, and the endpoint where codes and refresh tokens become
//! access tokens.
//!
//! Refusals are the vendor's published ones, word by word; where none is published, the README
//! says what was chosen.

use rackrate_core::clock::Mono;
use rackrate_core::secret::Secret;
use rackrate_core::seed::Seed;
use url::{Host, Url};

use super::Service;
use super::gate;
use super::grants::{Grants, NoGrant};
use super::http_text::{Answer, Asked};
use super::json::{array, object, text};

/// Eight hours, the newest of the published lives.
const LIFE_SECONDS: u64 = 28_800;
/// What the client may be given at most: what its partner ticked with the vendor.
const CEILING: [&str; 4] = ["read:hotel", "read:room", "read:rate", "write:rate"];
/// As long as the vendor's sample.
const STATE_LETTERS: usize = 29;
/// The grant types that give keys instead of tokens.
const KEY_FOR_CODE: &str = "urn:ietf:params:oauth:grant-type:api-key";
const KEY_FOR_REFRESH: &str = "refresh_token_exchange";

impl Service {
    /// The page; here nobody has to think about it.
    pub(super) fn consent_page(&mut self, asked: &Asked, now: Mono) -> Answer {
        let get = |name| asked.query.text(name);
        if !get("client_id").is_some_and(|id| self.is("client_id", id)) {
            return no_such_client();
        }
        let registered = self.state.grants.habits.redirect.clone();
        let redirect = get("redirect_uri").unwrap_or_default();
        let is_registered = registered.is_none_or(|one| one == redirect);
        let Some(mut back) = redirectable(redirect).filter(|_| is_registered) else {
            return invalid_request("redirect_uri");
        };
        if get("response_type").is_some_and(|kind| kind != "code") {
            return invalid_request("response_type");
        }
        let grants = &mut self.state.grants;
        let (name, value) = if grants.habits.refuses_consent {
            ("error", "access_denied".to_owned())
        } else {
            let scopes = scopes(get("scope"));
            let code = grants.consent(&self.seed, redirect, scopes, now);
            let name = match grants.habits.long_code_name {
                true => "authorization_code",
                false => "code",
            };
            (name, code)
        };
        let state = get("state").map(str::to_owned);
        let state = state.unwrap_or_else(|| own_state(&self.seed, grants));
        back.query_pairs_mut()
            .append_pair(name, &value)
            .append_pair("state", &state);
        Answer::redirect(back.as_str())
    }

    /// The token endpoint: the client and everything else stands in the form.
    pub(super) fn token(&mut self, asked: &Asked, now: Mono) -> Answer {
        self.state.record.token_requests += 1;
        self.exchanged(asked, now).unwrap_or_else(|refused| refused)
    }

    fn exchanged(&mut self, asked: &Asked, now: Mono) -> Result<Answer, Answer> {
        let field = |name| asked.fields.text(name).ok_or_else(|| invalid_request(name));
        let (id, secret) = (field("client_id")?, field("client_secret")?);
        if !self.is("client_id", id) {
            self.state.record.unauthorised += 1;
            return Err(no_such_client());
        }
        if !self.is("client_secret", secret) {
            self.state.record.unauthorised += 1;
            return Err(refused(
                401,
                "invalid_client",
                "Client authentication failed",
            ));
        }
        if let Some(meter) = self.meters.get_mut(gate::OAUTH_CLIENT) {
            gate::pace(meter, now, &mut self.state.record)?;
        }
        let kind = field("grant_type")?;
        let grant = match kind {
            "authorization_code" | KEY_FOR_CODE => {
                self.redeemed(field("code")?, field("redirect_uri")?, now)?
            }
            "refresh_token" | KEY_FOR_REFRESH => self.refreshed(field("refresh_token")?, now)?,
            _ => return Err(invalid_request("grant_type")),
        };
        gate::account(&self.state.grants.habits)?;
        Ok(match kind {
            KEY_FOR_CODE | KEY_FOR_REFRESH => self.key(grant),
            _ => self.issued(grant, now),
        })
    }

    /// A key, and nothing else is said of it.
    fn key(&mut self, grant: usize) -> Answer {
        let key = self.state.grants.become_key(&self.seed, grant);
        Answer::json(200, object(&[("access_token", text(&key))]))
    }

    fn redeemed(&mut self, code: &str, redirect: &str, now: Mono) -> Result<usize, Answer> {
        let redeemed = self.state.grants.redeem(&self.seed, code, redirect, now);
        redeemed.map_err(|why| {
            self.state.record.reuses += u64::from(why == NoGrant::Reused);
            let said = "The authorization code is invalid or has expired.";
            described(401, "server_error", said)
        })
    }

    fn refreshed(&mut self, token: &str, now: Mono) -> Result<usize, Answer> {
        if self.state.grants.ends_key(token) {
            self.state.record.reuses += 1;
        }
        let grant = self.state.grants.of_refresh(token, now);
        grant.ok_or_else(|| refused(401, "invalid_request", "The refresh token is invalid."))
    }

    fn issued(&mut self, grant: usize, now: Mono) -> Answer {
        let life = self.state.timing.token_life.unwrap_or(LIFE_SECONDS);
        let grants = &mut self.state.grants;
        let (access, refresh) = grants.issue(&self.seed, grant, life, now);
        let property = |id| object(&[("type", text("property")), ("id", text(id))]);
        let hotels = self.setup.hotels.iter();
        let resources: Vec<String> = hotels.map(|hotel| property(hotel.id.as_str())).collect();
        let fields = [
            ("access_token", text(&access)),
            ("token_type", text("Bearer")),
            ("expires_in", life.to_string()),
            ("refresh_token", text(&refresh)),
            ("resources", array(&resources)),
        ];
        Answer::json(200, object(&fields))
    }

    fn is(&self, name: &str, said: &str) -> bool {
        self.setup.secrets.get(name).map(Secret::expose) == Some(said)
    }
}

/// An address that may be registered: https, or the own machine, and nothing that changes.
fn redirectable(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let own = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let secure = url.scheme() == "https" || (url.scheme() == "http" && own);
    (secure && url.query().is_none() && url.fragment().is_none()).then_some(url)
}

/// What is granted: what was asked for, under the ceiling; without a wish all of that.
fn scopes(asked: Option<&str>) -> Vec<String> {
    let wished = |scope: &&str| asked.is_none_or(|asked| asked.split(' ').any(|one| one == *scope));
    let granted = CEILING.into_iter().filter(wished);
    granted.map(str::to_owned).collect()
}

/// The vendor makes one up where none was sent.
fn own_state(seed: &Seed, grants: &mut Grants) -> String {
    let letters = grants.name(seed, "state", STATE_LETTERS);
    let hex = letters.bytes();
    hex.filter_map(|letter| char::from_digit(u32::from(letter % 16), 16))
        .collect()
}

fn no_such_client() -> Answer {
    let said = "Entity not found: CloudBeds\\MyFrontDesk\\API\\Models\\Client";
    described(401, "server_error", said)
}

fn invalid_request(field: &str) -> Answer {
    refused(
        400,
        "invalid_request",
        &format!("Check the `{field}` parameter"),
    )
}

fn described(status: u16, error: &str, said: &str) -> Answer {
    let fields = [("error", text(error)), ("error_description", text(said))];
    Answer::json(status, object(&fields))
}

fn refused(status: u16, error: &str, message: &str) -> Answer {
    let fields = [("error", text(error)), ("message", text(message))];
    Answer::json(status, object(&fields))
}

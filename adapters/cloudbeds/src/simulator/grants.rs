//! What people granted: codes, the grants that come of them, and access tokens. A restart ends
//! none of them.
//!
//! Invariant: a code becomes one grant at most; a refresh token stays the same for the grant's
//! whole life.

use std::collections::BTreeMap;
use std::time::Duration;

use rackrate_core::clock::Mono;
use rackrate_core::seed::Seed;
use serde::{Deserialize, Serialize};

const CODE_LIFE: Duration = Duration::from_secs(600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// The shortest life of an unused grant that the vendor's pages name.
const UNUSED_DAYS: u32 = 30;
const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// All of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Grants {
    codes: BTreeMap<String, Code>,
    grants: Vec<Grant>,
    tokens: BTreeMap<String, Token>,
    /// Names given out, so that none comes twice.
    issued: u64,
    pub(super) habits: Habits,
}

/// What the vendor's documents leave open, or what happens to a property's account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Habits {
    pub(super) refuses_consent: bool,
    /// The code comes back as `authorization_code`.
    pub(super) long_code_name: bool,
    /// The one registered address; `None` takes any of the right form.
    pub(super) redirect: Option<String>,
    pub(super) approver_left: bool,
    pub(super) app_removed: bool,
    unused_days: Option<u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Code {
    redirect: String,
    scopes: Vec<String>,
    until: Mono,
    used: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Grant {
    refresh: String,
    scopes: Vec<String>,
    /// When an access token of it was last used.
    used: Mono,
    ended: bool,
    /// The key that it gave instead of tokens.
    #[serde(default)]
    key: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Token {
    grant: usize,
    until: Mono,
}

/// Why a code is worth nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoGrant {
    Unknown,
    Reused,
}

impl Grants {
    /// A name nobody can guess from another.
    pub(super) fn name(&mut self, seed: &Seed, kind: &str, length: usize) -> String {
        self.issued += 1;
        let mut draws = seed.branch(&format!("{kind} {}", self.issued));
        let letters = (0..length).filter_map(|_| {
            let at = usize::try_from(draws.between(0, 61)).ok()?;
            LETTERS.get(at).copied().map(char::from)
        });
        letters.collect()
    }

    /// A person says yes.
    pub(super) fn consent(
        &mut self,
        seed: &Seed,
        redirect: &str,
        scopes: Vec<String>,
        now: Mono,
    ) -> String {
        let name = self.name(seed, "code", 32);
        let code = Code {
            redirect: redirect.to_owned(),
            scopes,
            until: now.after(CODE_LIFE),
            used: false,
        };
        self.codes.insert(name.clone(), code);
        name
    }

    /// A code becomes a grant, for the address that it was sent to.
    pub(super) fn redeem(
        &mut self,
        seed: &Seed,
        code: &str,
        redirect: &str,
        now: Mono,
    ) -> Result<usize, NoGrant> {
        let held = self.codes.get_mut(code).ok_or(NoGrant::Unknown)?;
        if held.used {
            return Err(NoGrant::Reused);
        }
        if now >= held.until || held.redirect != redirect {
            return Err(NoGrant::Unknown);
        }
        held.used = true;
        let scopes = held.scopes.clone();
        let refresh = self.name(seed, "refresh", 40);
        self.grants.push(Grant {
            refresh,
            scopes,
            used: now,
            ended: false,
            key: None,
        });
        Ok(self.grants.len() - 1)
    }

    /// The living grant of a refresh token.
    pub(super) fn of_refresh(&self, refresh: &str, now: Mono) -> Option<usize> {
        let is = |grant: &Grant| {
            grant.refresh == refresh && grant.key.is_none() && self.lives(grant, now)
        };
        self.grants.iter().position(is)
    }

    /// A grant gives a key; its refresh token may not be used any more.
    pub(super) fn become_key(&mut self, seed: &Seed, grant: usize) -> String {
        let key = format!("cbat_{}", self.name(seed, "key", 40));
        if let Some(grant) = self.grants.get_mut(grant) {
            grant.key = Some(key.clone());
        }
        key
    }

    /// Whether a refresh token is that of a key, which its use ends.
    pub(super) fn ends_key(&mut self, refresh: &str) -> bool {
        let mut grants = self.grants.iter_mut();
        let grant = grants.find(|grant| grant.refresh == refresh && grant.key.is_some());
        grant.map(|grant| grant.ended = true).is_some()
    }

    /// Whether a key was given out, be it good or not.
    pub(super) fn knows_key(&self, key: &str) -> bool {
        let mut grants = self.grants.iter();
        grants.any(|grant| grant.key.as_deref() == Some(key))
    }

    /// Another access token of a grant, and the refresh token.
    pub(super) fn issue(
        &mut self,
        seed: &Seed,
        grant: usize,
        life: u64,
        now: Mono,
    ) -> (String, String) {
        let access = self.name(seed, "access", 40);
        let until = now.after(Duration::from_secs(life));
        self.tokens.retain(|_, token| now < token.until);
        self.tokens.insert(access.clone(), Token { grant, until });
        let refresh = self.grants.get(grant).map(|grant| grant.refresh.clone());
        (access, refresh.unwrap_or_default())
    }

    /// What a living access token or key may do; the grant is used by that.
    pub(super) fn call(&mut self, access: &str, now: Mono) -> Option<Vec<String>> {
        let token = self.tokens.get(access).filter(|token| now < token.until);
        let of_key = |grant: &Grant| grant.key.as_deref() == Some(access);
        let of_key = || self.grants.iter().position(of_key);
        let at = token.map(|token| token.grant).or_else(of_key)?;
        self.grants.get(at).filter(|grant| self.lives(grant, now))?;
        let grant = self.grants.get_mut(at)?;
        grant.used = now;
        Some(grant.scopes.clone())
    }

    fn lives(&self, grant: &Grant, now: Mono) -> bool {
        let days = self.habits.unused_days.unwrap_or(UNUSED_DAYS);
        !grant.ended && now.since(grant.used) < DAY * days
    }

    /// All access tokens and keys die; what refreshes tokens does not.
    pub(super) fn revoke_tokens(&mut self) {
        self.tokens.clear();
        let keys = self.grants.iter_mut().filter(|grant| grant.key.is_some());
        keys.for_each(|grant| grant.ended = true);
    }

    /// Turns a switch; what it does not know changes nothing.
    pub(super) fn switch(&mut self, name: &str, value: &str) {
        let habits = &mut self.habits;
        match name {
            "consent" => habits.refuses_consent = value == "refused",
            "code_name" => habits.long_code_name = value == "authorization_code",
            "redirect_uri" => habits.redirect = Some(value.to_owned()),
            "approver" => habits.approver_left = value == "deactivated",
            "app" => habits.app_removed = value == "removed",
            "unused_days" => habits.unused_days = value.parse().ok(),
            "grants" if value == "ended" => {
                self.grants.iter_mut().for_each(|grant| grant.ended = true);
            }
            _ => {}
        }
    }
}

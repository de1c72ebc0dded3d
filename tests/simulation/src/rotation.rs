//! The proof about refresh tokens: a server that ends a consent when one of its refresh tokens
//! is used twice, and a program that dies before any of its effects.
//!
//! Invariant: the server's record judges. A consent may only be given up when the server did
//! exchange its token and the answer never reached our disk; where the server does not say
//! what became of a token, also when nobody can know.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use rackrate_auth::seal::Seal;
use rackrate_catalog::Entry;
use rackrate_core::auth::Invitation;
use rackrate_core::clock::Mono;
use rackrate_core::exchange::Operation;
use rackrate_core::ids::ConnectionId;
use rackrate_core::night::Night;
use rackrate_core::secret::Secret;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{SimulatorSetup, Timing};
use rackrate_ledger::op::{GrantState, KeptGrant};
use rackrate_runtime::assembly::Assembly;
use rackrate_runtime::desk::Code;
use rackrate_runtime::engine::types::{Event, GrantIx, Now, Policy};
use rackrate_runtime::engine::{Engine, Recovered};
use rackrate_simulator::faults::{Fate, Faults};
use rackrate_simulator::world::{Boundary, Stopped, World};
use url::Url;

use crate::scenario::{EPOCH, secrets};

/// The account, by name.
const ACCOUNT: &str = "pms";
const GRANT: GrantIx = GrantIx(0);
/// A short life, so that a minute of virtual time needs a refresh.
const TOKEN_LIFE: u64 = 30;
/// Refreshes that are wanted, one each minute.
const WANTED: u64 = 12;
const APART: Duration = Duration::from_secs(60);
const LONGEST: Mono = Mono(20 * 3600 * 1_000_000);
const NOWHERE: &str = "http://127.0.0.1:1/callback";

/// What came of one consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Times the program died.
    pub crashes: u64,
    /// Refresh tokens that the server exchanged.
    pub rotations: u64,
    /// Codes and refresh tokens that were used twice.
    pub reuses: u64,
    /// Whether a person has to consent again.
    pub given_up: bool,
    /// Whether the server exchanged a token and its answer never reached our disk.
    pub unheard: bool,
    /// Whether, at the end, a refresh still works.
    pub works: bool,
}

/// One consent in one world.
struct Play {
    world: World,
    entry: &'static Entry,
    settings: toml::Table,
    seal: Seal,
    code: Option<Code>,
}

/// Plays one seed; `tells` is whether the server says what became of a token.
///
/// # Errors
/// When the world cannot be set up, or the engine never rests.
pub fn play(seed: u64, tells: bool) -> Result<Seen> {
    let mut play = Play::new(seed, tells)?;
    play.connect()?;
    let mut draws = Seed::new(seed).branch("rotation");
    play.world.faults = faults(&mut draws);
    let mut crashes = 0;
    for _ in 0..draws.between(1, 4) {
        let boundary = [Boundary::Mark, Boundary::Token, Boundary::Telling];
        let boundary = boundary[draws.between(0, 2) as usize];
        play.world
            .crash_before(Some((boundary, draws.between(0, 20))));
        crashes += u64::from(play.live()?);
    }
    play.world.crash_before(None);
    play.live()?;
    play.world.faults = Faults::none();
    let before = play.world.vendors[0].record().rotations;
    play.live()?;
    let record = play.world.vendors[0].record();
    let kept = play.kept()?;
    Ok(Seen {
        crashes,
        rotations: record.rotations,
        reuses: record.reuses,
        given_up: matches!(kept.state, GrantState::Ended { .. }),
        unheard: record.rotations + 1 > kept.generation,
        works: kept.state == GrantState::Held && record.rotations > before,
    })
}

/// Anything can happen on the way to the token endpoint.
fn faults(draws: &mut Seed) -> Faults {
    Faults {
        per_mille: draws.between(0, 20),
        kinds: Fate::FAULTS.to_vec(),
        operations: vec![Operation::Token],
        ..Faults::none()
    }
}

impl Play {
    fn new(seed: u64, tells: bool) -> Result<Self> {
        let entry = rackrate_catalog::vendor("generic").context("the vendor is there")?;
        let settings =
            format!("base_url = \"http://127.0.0.1:1\"\nconsent = {{ introspects = {tells} }}\n");
        let settings: toml::Table = settings.parse()?;
        let adapter = (entry.adapter)(settings.clone()).map_err(anyhow::Error::msg)?;
        let vendor = (entry.simulator)(SimulatorSetup {
            seed,
            epoch: EPOCH,
            hotels: Vec::new(),
            secrets: secrets(adapter.as_ref(), ACCOUNT),
            saved: None,
            timing: Timing {
                token_life: Some(TOKEN_LIFE),
                ..Timing::default()
            },
        });
        let vendor = vendor.map_err(anyhow::Error::msg)?;
        Ok(Self {
            world: World::new(seed, EPOCH, vec![vendor], Faults::none()),
            entry,
            settings,
            seal: Seal::of_this_process()?,
            code: None,
        })
    }

    /// A person consents, and the code becomes a grant.
    fn connect(&mut self) -> Result<()> {
        let redirect: Url = NOWHERE.parse()?;
        let adapter = (self.entry.adapter)(self.settings.clone()).map_err(anyhow::Error::msg)?;
        let consent = adapter.auth().consent().context("a person gives it")?;
        let page = consent.authorize(
            &secrets(adapter.as_ref(), ACCOUNT),
            &Invitation {
                redirect: &redirect,
                state: "state",
                challenge: None,
            },
        )?;
        let request = http::Request::get(page.as_str()).body(Bytes::new())?;
        let now = self.world.now();
        let ready = self.world.vendors[0].arrive(u64::MAX, request, now);
        let answer = self.world.vendors[0].answer(u64::MAX, ready);
        let back = answer.headers().get("location").context("a redirect")?;
        let back: Url = back.to_str()?.parse()?;
        let code = back.query_pairs().find(|(name, _)| name == "code");
        let (_, code) = code.context("a code")?;
        self.code = Some(Code {
            code: Secret::new(code.into_owned()),
            redirect,
            verifier: None,
        });
        self.boot()?;
        let now = self.world.now();
        self.world.tell(now, Event::Consented(GRANT));
        let stopped = self.world.run(LONGEST).map_err(anyhow::Error::msg)?;
        ensure!(stopped == Stopped::Idle, "no grant came of a code");
        Ok(())
    }

    /// A life of the program, in which a token is wanted again and again. True when it died.
    fn live(&mut self) -> Result<bool> {
        self.boot()?;
        for count in 0..WANTED {
            let at = self.world.now().after(APART * count as u32);
            self.world.tell(at, Event::TokenWanted(GRANT));
        }
        match self.world.run(LONGEST).map_err(anyhow::Error::msg)? {
            Stopped::Idle => Ok(false),
            Stopped::Crashed(_) => {
                // Requests on their way go on while the program is dead.
                let until = self.world.now().after(APART / 10);
                let _ = self.world.run(until).map_err(anyhow::Error::msg)?;
                self.world.skip_to(until);
                Ok(true)
            }
            stopped => bail!("the engine does not come to rest: {stopped:?}"),
        }
    }

    fn boot(&mut self) -> Result<()> {
        let policy = Policy {
            deadline: Duration::from_secs(10 * 3600),
            ..Policy::default()
        };
        let mut assembly = Assembly::new(policy);
        let adapter = (self.entry.adapter)(self.settings.clone()).map_err(anyhow::Error::msg)?;
        let secrets = secrets(adapter.as_ref(), ACCOUNT);
        let id = ConnectionId::new(ACCOUNT)?;
        let today = Night::from_days(20_788);
        let connection = assembly.connection(&id, Arc::clone(&adapter), secrets, today)?;
        assembly.keep_tokens(connection, self.seal.clone());
        let (setup, mut desk) = assembly.finish();
        let left = self.world.ledger.recovered();
        let grants = left.grants.into_iter().filter_map(|kept| {
            let grant = desk.restore_consent(&kept)?;
            Some((grant, kept))
        });
        let recovered = Recovered {
            unclean: !left.clean,
            grants: grants.collect(),
            ..Recovered::default()
        };
        if let Some(code) = self.code.take() {
            desk.take_code(GRANT, code);
        }
        let make = move |now: Now| (Engine::new(setup, recovered, now), desk);
        self.world.boot(make);
        Ok(())
    }

    fn kept(&self) -> Result<KeptGrant> {
        let mut grants = self.world.ledger.recovered().grants.into_iter();
        grants.next().context("a grant is kept")
    }
}

/// Many seeds with one kind of server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Whether the server says what became of a token.
    pub tells: bool,
    /// Consents.
    pub consents: u64,
    /// Times a program died.
    pub crashes: u64,
    /// Refresh tokens exchanged.
    pub rotations: u64,
    /// Codes and refresh tokens used twice.
    pub reuses: u64,
    /// Consents given up although the server still had their last token.
    pub needlessly: u64,
    /// Consents given up because an answer never reached our disk.
    pub lost: u64,
    /// Consents whose answer never reached our disk.
    pub unheard: u64,
    /// Consents that still work.
    pub work: u64,
}

impl Tally {
    /// Plays seeds from zero on.
    ///
    /// # Errors
    /// As for [`play`], with the seed.
    pub fn of(seeds: u64, tells: bool) -> Result<Self> {
        let mut tally = Self {
            tells,
            ..Self::default()
        };
        for seed in 0..seeds {
            let seen = play(seed, tells).with_context(|| format!("seed {seed}"))?;
            tally.consents += 1;
            tally.crashes += seen.crashes;
            tally.rotations += seen.rotations;
            tally.reuses += seen.reuses;
            tally.needlessly += u64::from(seen.given_up && !seen.unheard);
            tally.lost += u64::from(seen.given_up && seen.unheard);
            tally.unheard += u64::from(seen.unheard);
            tally.work += u64::from(seen.works);
        }
        Ok(tally)
    }

    /// Whether nothing was used twice, every consent whose answer was never heard was given
    /// up, and all others work; at a server that tells, exactly those were given up.
    pub fn is_kept(&self) -> bool {
        let given_up = self.lost + self.needlessly;
        self.reuses == 0
            && self.lost == self.unheard
            && self.work + given_up == self.consents
            && !(self.tells && self.needlessly > 0)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = match self.tells {
            true => "says what became of a token",
            false => "does not say",
        };
        writeln!(f, "a server that {server}")?;
        let rows = [
            ("consents", self.consents),
            ("crashes", self.crashes),
            ("refresh tokens exchanged", self.rotations),
            ("used twice", self.reuses),
            ("exchanged, and never heard of", self.unheard),
            ("given up for that", self.lost),
            ("given up because nobody can know", self.needlessly),
            ("work to the end", self.work),
        ];
        for (name, count) in rows {
            writeln!(f, "  {name:<34} {count:>7}")?;
        }
        f.write_str(if self.is_kept() { "kept" } else { "NOT KEPT" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_refresh_token_is_used_twice_and_none_is_given_up_without_need() {
        for tells in [true, false] {
            let tally = Tally::of(100, tells).unwrap();
            assert!(tally.is_kept(), "{tally}");
            assert!(tally.crashes > 50 && tally.unheard > 0, "{tally}");
        }
    }
}

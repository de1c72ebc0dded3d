//! What most commands begin with: the configuration, what it names, and the host.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rackrate_auth::seal::Seal;
use rackrate_catalog::Entry;
use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::key::Key;
use rackrate_ledger::audit::Note;
use rackrate_ledger::op::LedgerOp;
use rackrate_plan::calendar::Calendar;
use rackrate_plan::selection::Selection;
use rackrate_runtime::driver::Clock;
use rackrate_runtime::engine::types::Policy;
use rackrate_runtime::places::Places;
use rackrate_secrets::Sources;
use rackrate_secrets::env::Environment;

use super::Done;
use crate::alarm::{Alarm, Teller};
use crate::cli::Common;
use crate::config::{Config, load};
use crate::exit::Exit;
use crate::files;
use crate::flow::creds::rekey;
use crate::flow::creds::secret::seen;
use crate::host::{Host, Live};
use crate::portfolio::{
    Link, Portfolio, SecretPlaces, Source, Stage, ask_servers, meet_servers, seal, unlock,
    unlock_each,
};
use crate::problem::{Problem, Result};
use crate::signing;

/// A configuration with what it names.
#[derive(Clone, Debug)]
pub(super) struct Inputs {
    pub(super) config: Config,
    pub(super) portfolio: Portfolio,
    home: PathBuf,
    file: String,
    command: String,
    source: Source,
    /// What seals tokens; none before it was fetched.
    seal: Option<Seal>,
    /// What the command finds out about credentials.
    pub(super) alarm: Alarm,
}

impl Inputs {
    /// Opens the configuration and everything it names. No place is asked for a secret.
    pub(super) fn open(common: &Common, vendors: &'static [Entry], stage: Stage) -> Result<Self> {
        let config = load(&common.config)?;
        let home = common.config.parent().unwrap_or(Path::new("")).to_owned();
        let file = common.config.display().to_string();
        let portfolio =
            Portfolio::open(&config, vendors, &file, &home, stage).map_err(Problem::input)?;
        let sources = Sources::new(config.places(), Environment::of_process(), &home);
        Ok(Self {
            config,
            portfolio,
            home,
            file,
            command: common.command.clone(),
            source: Arc::new(sources),
            seal: None,
            alarm: Alarm::default(),
        })
    }

    /// Fetches the secrets of all accounts.
    ///
    /// # Errors
    /// `secret.…` for those that cannot be had, which the alarm is shown too, and `server.…`
    /// where a server does not describe itself.
    pub(super) async fn unlock(&mut self) -> Result<()> {
        self.fetch_seal().await?;
        let mut links = std::mem::take(&mut self.portfolio.links);
        let unlocked = self.opened(&mut links).await;
        self.portfolio.links = links;
        unlocked
    }

    /// Fetches only what seals tokens, for those who go on with [`Inputs::unlocked`].
    ///
    /// # Errors
    /// `secret.…`, which the alarm is shown too, and `config.seal_key`.
    pub(super) async fn fetch_seal(&mut self) -> Result<()> {
        let key = self.config.seal_key.as_ref();
        let made = seal(&self.portfolio.links, self.source.as_ref(), key, &self.file).await;
        self.seal = Some(made.inspect_err(|locked| self.alarm.locked(locked))?);
        Ok(())
    }

    /// The same with the secrets that are at their places now, and with those of before where
    /// that one cannot be had, for it may be good still; then why.
    pub(super) async fn again(&self) -> Result<(Self, Vec<Finding>)> {
        let mut inputs = self.clone();
        inputs.fetch_seal().await?;
        let links: Vec<_> = self.portfolio.links.iter().collect();
        let fresh = inputs.unlocked(&links).await?;
        let mut findings = Vec::new();
        for (link, fresh) in inputs.portfolio.links.iter_mut().zip(fresh) {
            match fresh {
                Ok(fresh) => *link = fresh,
                Err(problem) => findings.extend(problem.findings),
            }
        }
        Ok((inputs, findings))
    }

    /// Each of these accounts with its secrets, so that what one lacks stops no other.
    ///
    /// # Errors
    /// As of [`Inputs::unlock`], about each account; the outer one where none can be had.
    pub(super) async fn unlocked(&self, links: &[&Link]) -> Result<Vec<Result<Link>>> {
        let mut links: Vec<Link> = links.iter().map(|link| (*link).clone()).collect();
        let source = self.source.as_ref();
        let opened = unlock_each(&mut links, source, self.sealing()?, &self.file).await;
        let servers = ask_servers(&links).await?;
        let each = links.into_iter().zip(opened).map(|(mut link, opened)| {
            opened.inspect_err(|locked| self.alarm.locked(locked))?;
            servers.introduce(&mut link, &self.file)?;
            Ok(link)
        });
        Ok(each.collect())
    }

    async fn opened(&self, links: &mut [Link]) -> Result<()> {
        let seal = self.sealing()?;
        let unlocked = unlock(links, self.source.as_ref(), seal, &self.file).await;
        unlocked.inspect_err(|locked| self.alarm.locked(locked))?;
        meet_servers(links, &self.file).await
    }

    fn sealing(&self) -> Result<&Seal> {
        self.seal.as_ref().ok_or_else(|| {
            let message = "accounts are unlocked before there is what seals their tokens";
            Problem::failed(Finding::error("program.fault", Place::default(), message))
        })
    }

    /// What to write down of the secrets of these accounts, where their marks can be read
    /// again later.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub(super) async fn secrets_seen(
        &self,
        host: &dyn Host,
        links: &[Link],
    ) -> Result<Vec<LedgerOp>> {
        match self.config.seal_key {
            Some(_) => seen(host.ledger().as_ref(), links, host.now()).await,
            None => Ok(Vec::new()),
        }
    }

    /// The connection of that name, or the only one; `command` begins the code of a mistake.
    ///
    /// # Errors
    /// `….which_connection` and `….unknown_connection`.
    pub(super) fn connection(&self, name: Option<&str>, command: &str) -> Result<&Link> {
        let links = &self.portfolio.links;
        let (code, message) = match (name, &links[..]) {
            (None, [only]) => return Ok(only),
            (None, _) => {
                let message = "there are several connections; name the one to ask".to_owned();
                ("which_connection", message)
            }
            (Some(name), _) => {
                if let Some(link) = links.iter().find(|link| link.id.as_str() == name) {
                    return Ok(link);
                }
                let message = format!("the connection {name:?} is not in the configuration");
                ("unknown_connection", message)
            }
        };
        let names: Vec<_> = links.iter().map(|link| link.id.as_str()).collect();
        let finding = Finding::error(&format!("{command}.{code}"), Place::default(), message);
        let finding = finding.hint(format!("Known are: {}.", names.join(", ")));
        Err(Problem::input([finding]))
    }

    /// Where the mapping is.
    pub(super) fn mapping_file(&self) -> PathBuf {
        self.home.join(&self.config.mapping)
    }

    /// Where the hotels are.
    pub(super) fn properties_file(&self) -> PathBuf {
        self.home.join(&self.config.properties)
    }

    /// Where the ledger is.
    pub(super) fn ledger_file(&self) -> PathBuf {
        self.home.join(&self.config.ledger)
    }

    /// The host that really sends; the audit trail knows from now on who began what.
    ///
    /// # Errors
    /// `creds.wrong_seal_key` where the key is not the one that sealed what the ledger keeps.
    pub(super) async fn live(&self) -> Result<Live> {
        let mut host = self.live_with_any_key().await?;
        let seal = self.seal();
        // Who fetched no key opens nothing that is sealed.
        if seal.is_some() || self.config.seal_key.is_none() {
            fits(&mut host, seal.as_ref()).await?;
        }
        Ok(host)
    }

    /// The same for whoever changes the key.
    pub(super) async fn live_with_any_key(&self) -> Result<Live> {
        let links = &self.portfolio.links;
        let signer = signing::signer(&self.config, links, self.source.as_ref(), &self.file).await;
        let signer = signer.inspect_err(|locked| self.alarm.locked(locked))?;
        let mut host = Live::open(&self.ledger_file(), self.config.apply.grace.0).await?;
        host.sign_with(signer);
        host.ask_again(Some(self.places()));
        host.alarmed(&self.alarm, self.seal.as_ref().map(Seal::fingerprints));
        let mut ops = vec![LedgerOp::Noted(self.began(host.now()))];
        ops.extend(self.secrets_seen(&host, &self.portfolio.links).await?);
        host.note(ops).await?;
        Ok(host)
    }

    /// Where secrets are fetched.
    pub(super) fn source(&self) -> Source {
        Arc::clone(&self.source)
    }

    /// The key of the configuration that seals what is kept, where it names one and that was
    /// fetched.
    pub(super) fn seal(&self) -> Option<Seal> {
        self.config.seal_key.as_ref()?;
        self.seal.clone()
    }

    /// Where refused secrets are asked for again.
    fn places(&self) -> Arc<dyn Places> {
        Arc::new(SecretPlaces::new(self.source(), &self.portfolio.links))
    }

    /// Tells who has to know what a command found out about credentials, once that has given
    /// the ledger back. How the command ended stays as it is.
    pub(super) async fn told(&self, ended: Result<Done>) -> Result<Done> {
        let teller = Teller::new(&self.config, &self.home);
        let interrupted = |done: &Done| matches!(done.exit, Exit::Interrupted | Exit::Terminated);
        let goes_on = !ended.as_ref().is_ok_and(interrupted);
        let more = teller.tell(&self.alarm, &self.portfolio, goes_on).await;
        match ended {
            Ok(mut done) => {
                done.findings.extend(more);
                Ok(done)
            }
            Err(mut problem) => {
                problem.findings.extend(more);
                Err(problem)
            }
        }
    }

    /// Tells at once what was found out so far, for a command that goes on for weeks.
    pub(super) async fn tell_now(&self) -> Vec<Finding> {
        let teller = Teller::new(&self.config, &self.home);
        let findings = teller.tell(&self.alarm, &self.portfolio, true).await;
        self.alarm.told();
        findings
    }

    /// Where relative paths begin.
    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    fn began(&self, at: Wall) -> Note {
        let mut files = BTreeMap::new();
        // With what the environment says, and without what nobody reads.
        if let Ok(config) = toml::to_string(&self.config) {
            files.insert("configuration".to_owned(), config.into_bytes());
        }
        let others = [
            ("mapping", self.mapping_file()),
            ("properties", self.properties_file()),
        ];
        for (name, path) in others {
            // One that is not there yet is told when it is.
            files.extend(std::fs::read(path).map(|bytes| (name.to_owned(), bytes)));
        }
        let print = |(name, bytes): (String, Vec<u8>)| (name, Key::of(&[&bytes]).to_string());
        Note::Began {
            at,
            by: signing::user(),
            command: self.command.clone(),
            files: files.into_iter().map(print).collect(),
        }
    }

    /// The time, for those who need it before there is a host.
    pub(super) fn now(&self) -> Wall {
        Clock::system().now().wall
    }

    /// Times and bounds of a run.
    pub(super) fn policy(&self) -> Policy {
        Policy {
            deadline: self.config.apply.deadline.0,
            wait: self.config.apply.wait.0,
            ..Policy::default()
        }
    }

    /// Reads a calendar of prices that should hold.
    pub(super) fn calendar(&self, path: &Path, now: Wall) -> Result<Calendar> {
        let (reader, name) = files::open(path)?;
        let today = |code: &_| {
            let today = self.portfolio.properties.today(code, now);
            today.unwrap_or_else(|| crate::flow::assemble::utc_day(now))
        };
        Calendar::read(reader, &name, &self.portfolio.properties, &today).map_err(Problem::input)
    }
}

/// Whether a key, or that there is none, fits the ledger; which knows its key from then on.
async fn fits(host: &mut Live, seal: Option<&Seal>) -> Result<()> {
    let lock = rekey::fit(host.ledger().as_ref(), seal, host.now()).await?;
    match lock {
        Some(lock) => host.note(vec![lock]).await,
        None => Ok(()),
    }
}

/// Several selections as one.
pub(super) fn selection(parts: &[Selection]) -> Selection {
    let mut whole = Selection::default();
    for part in parts {
        whole.extend(part.clone());
    }
    whole
}

//! The change of a client's secret: what is written down, looked at and proved. What comes
//! next is decided by [`Changeover`].
//!
//! Invariant: no step is told before it is on disk, and no secret stands in a record; the one
//! before the change may, sealed.

mod proof;
mod record;

use rackrate_auth::changeover::{Changeover, Known, Move, Stage, Way, Which, Wish};
use rackrate_auth::seal::Seal;
use rackrate_auth::source::SecretRef;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::secret::Secret;
use rackrate_ledger::audit::{ChangeStep, Note};
use rackrate_ledger::op::{Drawer, Filed, LedgerOp};
use rackrate_runtime::engine::types::Policy;
use rackrate_secrets::SecretError;

pub use self::record::{Record, all, of_client};
pub(in crate::flow::creds) use self::record::{bound_to, name};
use super::Settled;
use crate::exit::Exit;
use crate::host::Host;
use crate::portfolio::{ClientInfo, Link, Source};
use crate::problem::{Problem, Result};

/// A change, as one command sees it.
#[derive(Debug)]
pub struct Change<'a> {
    /// The client.
    pub client: &'a ClientInfo,
    /// The accounts that use it.
    pub links: Vec<&'a Link>,
    /// The name of the secret that changes.
    pub secret: String,
    /// Where the new one is, for a change that begins; none where it takes the old one's place.
    pub new: Option<SecretRef>,
    /// The secret before the change, where this process has seen it: only the process that
    /// begins a change knows that what it fetched is the old one.
    pub before: Option<Secret>,
    /// Keeps it for the processes after this one, where the configuration has a key.
    pub seal: Option<Seal>,
    /// Where secrets are fetched.
    pub source: Source,
    /// Who runs the command.
    pub by: String,
}

/// How far a command came.
#[derive(Debug)]
pub enum Came {
    /// A person has to act; with why what was said to be done is not.
    Waits(Record, Option<Box<Finding>>),
    /// The vendor refused the secret; nothing changed.
    Refused(Record, Exit, Box<Finding>),
    /// The new secret is in use.
    Done(Record),
    /// It was given up.
    Aborted(Record),
    /// None is under way.
    Nothing,
}

/// How far a command came, and what its proof is to tell beside.
#[derive(Debug)]
pub struct Went {
    /// How far.
    pub came: Came,
    /// What the vendor said of the account that proved the secret, where that is more than a
    /// yes.
    pub told: Option<Finding>,
}

/// What one command knows on its way.
struct Sight {
    wish: Wish,
    policy: Policy,
    kept: Option<Record>,
    known: Known,
    stood: Option<(Exit, Finding)>,
    told: Option<Finding>,
}

impl Change<'_> {
    /// Goes on as far as nobody is needed.
    ///
    /// # Errors
    /// When the ledger fails, a secret cannot be fetched, or no account can prove one.
    pub async fn go_on(&self, host: &mut dyn Host, wish: Wish, policy: Policy) -> Result<Went> {
        let mut sight = Sight {
            wish,
            policy,
            kept: of_client(host.ledger().as_ref(), &self.client.name).await?,
            known: Known::default(),
            stood: None,
            told: None,
        };
        let way = match self.client.overlap {
            true => Way::Overlap,
            false => Way::Hold,
        };
        loop {
            let at = sight.kept.as_ref().map(|record| record.at);
            let next = Changeover::next(at, way, wish, sight.known);
            if let Some(came) = self.take(host, next, &mut sight).await? {
                let told = sight.told;
                return Ok(Went { came, told });
            }
        }
    }

    /// Takes a step; `None` where another one follows.
    async fn take(
        &self,
        host: &mut dyn Host,
        step: Move,
        sight: &mut Sight,
    ) -> Result<Option<Came>> {
        let record = match (step, sight.kept.clone()) {
            (Move::Write(at), record) => {
                sight.kept = Some(self.write(host, record, at).await?);
                sight.known = Known::default();
                return Ok(None);
            }
            (_, Some(record)) => record,
            (_, None) => return Ok(Some(Came::Nothing)),
        };
        Ok(match step {
            Move::Look => {
                sight.known.switched = Some(self.switched(&record).await?);
                None
            }
            Move::Prove(which) => {
                self.try_out(host, &record, which, sight).await?;
                None
            }
            Move::End { done } => Some(self.end(host, record, done).await?),
            Move::Refused => Some(self.refused(record, sight)),
            Move::Person => Some(self.waits(record, sight)?),
            Move::Write(_) | Move::Nothing => Some(Came::Nothing),
        })
    }

    async fn try_out(
        &self,
        host: &mut dyn Host,
        record: &Record,
        which: Which,
        sight: &mut Sight,
    ) -> Result<()> {
        match self.prove(host, record, which, sight.policy).await? {
            Settled::Done(told) => {
                sight.known.proof = Some(true);
                sight.told = sight.told.take().or(told);
            }
            Settled::Stopped(exit, finding) => {
                sight.known.proof = Some(false);
                sight.stood = Some((exit, finding));
            }
        }
        Ok(())
    }

    fn refused(&self, record: Record, sight: &mut Sight) -> Came {
        let (exit, finding) = sight.stood.take().unwrap_or_else(|| self.unproved());
        Came::Refused(record, exit, Box::new(finding))
    }

    fn waits(&self, record: Record, sight: &Sight) -> Result<Came> {
        let same = sight.wish == Wish::Continue && sight.known.switched == Some(false);
        let why = same.then(|| self.unchanged(&record)).transpose()?;
        Ok(Came::Waits(record, why.map(Box::new)))
    }

    /// Writes down that it is so from now on.
    async fn write(
        &self,
        host: &mut dyn Host,
        kept: Option<Record>,
        at: Changeover,
    ) -> Result<Record> {
        let record = match kept {
            Some(record) => Record { at, ..record },
            None => self.begun(at, host.now()),
        };
        let step = match at.stage {
            Stage::Begun => ChangeStep::Begun,
            Stage::Proved => ChangeStep::Proved,
        };
        self.note(host, step, Some(record.text()?)).await?;
        Ok(record)
    }

    fn begun(&self, at: Changeover, since: rackrate_core::clock::Wall) -> Record {
        let old = self.before.as_ref().filter(|_| at.holds());
        let was = old.and_then(|old| {
            let bound_to = record::bound_to(&self.client.name);
            self.seal.as_ref()?.close(&bound_to, old)
        });
        Record::new(at, self.secret.clone(), self.new.clone(), was, since)
    }

    async fn end(&self, host: &mut dyn Host, record: Record, done: bool) -> Result<Came> {
        let (step, came) = match done {
            true => (ChangeStep::Released, Came::Done(record)),
            false => (ChangeStep::Aborted, Came::Aborted(record)),
        };
        self.note(host, step, None).await?;
        Ok(came)
    }

    async fn note(
        &self,
        host: &mut dyn Host,
        step: ChangeStep,
        body: Option<String>,
    ) -> Result<()> {
        let at = host.now();
        let filed = LedgerOp::Filed(Filed {
            drawer: Drawer::Rotation,
            name: record::name(&self.client.name),
            body,
        });
        let told = LedgerOp::Noted(Note::Changing {
            at,
            of: self.client.name.to_string(),
            step,
            by: self.by.clone(),
        });
        host.note(vec![filed, told]).await
    }

    /// Whether the configuration leads to the new secret. Where nobody has seen the one before,
    /// that cannot be told.
    async fn switched(&self, record: &Record) -> Result<bool> {
        let configured = self.configured(record)?;
        if record.new.as_ref() == Some(configured) {
            return Ok(true);
        }
        let now = self.fetch(configured).await?;
        if let Some(new) = &record.new {
            let new = self.fetch(new).await?;
            return Ok(now.expose() == new.expose());
        }
        let before = self.before(record);
        Ok(before.is_none_or(|before| before.expose() != now.expose()))
    }

    fn unchanged(&self, record: &Record) -> Result<Finding> {
        let place = self.configured(record)?;
        let message = format!("{place} still leads to the secret before the change");
        let hint = "Store the new one there, then continue.";
        Ok(Finding::error("creds.secret_unchanged", Place::default(), message).hint(hint))
    }

    /// The secret before the change, where it is known.
    fn before(&self, record: &Record) -> Option<Secret> {
        let bound_to = record::bound_to(&self.client.name);
        let seal = self.seal.as_ref();
        let kept = seal.and_then(|seal| seal.open(&bound_to, record.was.as_ref()?));
        kept.or_else(|| self.before.clone())
    }

    /// Whether a secret that did not change would be noticed, by processes after this one too.
    pub fn would_notice(&self, record: &Record) -> bool {
        record.new.is_some() || record.was.is_some()
    }

    /// Where the configuration says that the secret is.
    ///
    /// # Errors
    /// `creds.unknown_secret` when it says so no more.
    pub fn configured(&self, record: &Record) -> Result<&SecretRef> {
        let found = self.client.references.get(&record.secret);
        found.ok_or_else(|| {
            let message = format!(
                "the client {} has no secret {} any more",
                self.client.name, record.secret
            );
            Finding::error("creds.unknown_secret", Place::default(), message)
                .hint("Put it back into the configuration, or end the change with --abort.")
                .into()
        })
    }

    async fn fetch(&self, place: &SecretRef) -> Result<Secret> {
        let fetched = self.source.fetch(place).await;
        fetched.map_err(|error| unfetched(place, &error))
    }
}

fn unfetched(place: &SecretRef, error: &SecretError) -> Problem {
    let message = format!("{place}: {error}");
    Finding::error(error.code(), Place::default(), message)
        .hint(error.hint())
        .into()
}

//! Files what has to be told, tells it, and files who took it.
//!
//! The command has given the ledger back by then, so that a hook may use it; it is held again
//! only while a message is decided on and handed over.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use rackrate_alerts::decide::{Decision, Records, Rules, Seen, decide};
use rackrate_alerts::hook;
use rackrate_alerts::message::Message;
use rackrate_alerts::record::Record;
use rackrate_alerts::settings::SinkSettings;
use rackrate_alerts::sink::{Handed, Pace, deliver};
use rackrate_core::clock::Wall;
use rackrate_core::finding::{Finding, Place};
use rackrate_ledger::error::LedgerError;
use rackrate_ledger::op::{Drawer, Filed, LedgerOp};
use rackrate_ledger::sqlite::SqliteLedger;
use rackrate_ledger::store::Ledger;
use rackrate_runtime::driver::Clock;
use rackrate_secrets::Sources;
use rackrate_secrets::env::Environment;
use tokio::time::timeout;

use super::Alarm;
use super::judge::{self, Known};
use crate::config::{AlertsConfig, Config};
use crate::host::lease;
use crate::portfolio::Portfolio;
use crate::problem::Problem;

/// The ledger is waited for so long: whoever has it may have it for as long as `apply` takes,
/// and an alert does not wait for that.
const LEASE: Duration = Duration::from_secs(10);

/// Who tells, and where it is filed.
#[derive(Debug)]
pub(crate) struct Teller<'c> {
    config: &'c Config,
    home: &'c Path,
    clock: Clock,
}

impl<'c> Teller<'c> {
    pub(crate) fn new(config: &'c Config, home: &'c Path) -> Self {
        Self {
            config,
            home,
            clock: Clock::system(),
        }
    }

    /// Tells whoever has to know what an alarm heard. What stood in the way comes back.
    /// Programs are started only if it `goes_on`: whoever interrupts a command waits for none.
    pub(crate) async fn tell(
        &self,
        alarm: &Alarm,
        portfolio: &Portfolio,
        goes_on: bool,
    ) -> Vec<Finding> {
        let ledger = self.home.join(&self.config.ledger);
        if alarm.is_quiet() || !ledger.exists() {
            return Vec::new();
        }
        let (messages, mut findings) = match self.told(alarm, portfolio, &ledger).await {
            Ok(told) => told,
            Err(problem) => {
                let known = read_only(&ledger).await;
                let findings = self.unfiled(alarm, portfolio, problem, known).await;
                (Vec::new(), findings)
            }
        };
        if goes_on {
            findings.extend(self.hooks(&messages).await);
        }
        findings
    }

    async fn told(
        &self,
        alarm: &Alarm,
        portfolio: &Portfolio,
        path: &Path,
    ) -> Result<(Vec<Message>, Vec<Finding>), Problem> {
        let shelf = SqliteLedger::open(path)?;
        let failed = alarm.heard().has_failures();
        if !failed && shelf.filed(Drawer::Alert).await?.is_empty() {
            return Ok(Default::default());
        }
        let _lease = timeout(LEASE, lease(path)).await.unwrap_or_else(|_| {
            let message = "another command has the ledger";
            let finding = Finding::error("ledger.held", Place::default(), message);
            Err(Problem::failed(finding))
        })?;
        let known = Known::of(&shelf).await?;
        let seen = judge::seen(&alarm.heard(), portfolio, &known);
        let records = records(&shelf).await?;
        Ok(self.decided(&shelf, &records, &seen).await)
    }

    /// Tells what failed though nothing can be filed: all that is not known to be told yet.
    async fn unfiled(
        &self,
        alarm: &Alarm,
        portfolio: &Portfolio,
        problem: Problem,
        (records, known): (Records, Known),
    ) -> Vec<Finding> {
        let alerts = &self.config.alerts;
        let sinks = alerts.sinks();
        let seen = judge::seen(&alarm.heard(), portfolio, &known);
        let decision = decide(&records, &seen, &rules(alerts, &sinks), self.now());
        if decision.send.is_empty() {
            return Vec::new();
        }
        let handed = self.deliver(&sinks, &decision).await;
        let undelivered = handed.iter().filter_map(undelivered);
        let unrecorded = problem.findings.into_iter().map(unrecorded);
        unrecorded.chain(undelivered).collect()
    }

    /// Decides, files, tells and files again. A ledger that takes no record keeps nobody from
    /// being told: twice is better than never.
    async fn decided(
        &self,
        ledger: &dyn Ledger,
        records: &Records,
        seen: &Seen,
    ) -> (Vec<Message>, Vec<Finding>) {
        let alerts = &self.config.alerts;
        let sinks = alerts.sinks();
        let decision = decide(records, seen, &rules(alerts, &sinks), self.now());
        let filed = file(ledger, &decision.file).await;
        let handed = self.deliver(&sinks, &decision).await;
        let taken = file(ledger, &taken(records, &decision, &handed)).await;
        let mut findings: Vec<_> = handed.iter().filter_map(undelivered).collect();
        let failed = [filed, taken].into_iter().filter_map(Result::err);
        findings.extend(failed.map(|error| unrecorded(error.finding())));
        let fresh = decision.send.into_iter().map(|(message, _)| message);
        let fresh = fresh.filter(|message| is_new(records, message));
        (fresh.collect(), findings)
    }

    async fn deliver(&self, sinks: &[SinkSettings], decision: &Decision) -> Vec<Handed> {
        let sources = Sources::new(self.config.places(), Environment::of_process(), self.home);
        let now = || self.now();
        deliver(sinks, &sources, &decision.send, &now, Pace::default()).await
    }

    async fn hooks(&self, messages: &[Message]) -> Vec<Finding> {
        let line = &self.config.alerts.hook;
        let mut findings = Vec::new();
        let due = messages.iter().filter(|message| hook::is_due(message));
        for message in due.filter(|_| !line.is_empty() && self.config.allow_exec) {
            let ended = hook::run(line, &message.alert, hook::DEADLINE).await;
            let (Ok(told) | Err(told)) = ended;
            let about = format!("{told}, for {}", message.alert.whose());
            findings.push(Finding::warning("alert.hook", Place::default(), about));
        }
        findings
    }

    fn now(&self) -> Wall {
        self.clock.now().wall
    }
}

/// Hands one message to these ways out, and files nothing.
pub(crate) async fn try_out(
    config: &Config,
    home: &Path,
    sinks: &[SinkSettings],
    message: impl Fn(Wall) -> Message,
) -> Vec<Handed> {
    let teller = Teller::new(config, home);
    let names: BTreeSet<_> = sinks.iter().map(|sink| sink.name.clone()).collect();
    let decision = Decision {
        send: vec![(message(teller.now()), names)],
        ..Decision::default()
    };
    teller.deliver(sinks, &decision).await
}

fn rules(alerts: &AlertsConfig, sinks: &[SinkSettings]) -> Rules {
    Rules {
        remind: alerts.remind.0,
        sinks: sinks.iter().map(|sink| sink.name.clone()).collect(),
    }
}

/// What can be read of a ledger that another command has: who was told, and what is kept.
/// Nothing where it cannot be read at all.
async fn read_only(path: &Path) -> (Records, Known) {
    let Ok(shelf) = SqliteLedger::open(path) else {
        return Default::default();
    };
    let records = records(&shelf).await.unwrap_or_default();
    (records, Known::of(&shelf).await.unwrap_or_default())
}

/// The records of the drawer. One that cannot be read is taken for none, and overwritten.
pub(crate) async fn records(ledger: &dyn Ledger) -> Result<Records, LedgerError> {
    let filed = ledger.filed(Drawer::Alert).await?;
    let read = |(name, text): (String, String)| Some((name, Record::read(&text)?));
    Ok(filed.into_iter().filter_map(read).collect())
}

async fn file(
    ledger: &dyn Ledger,
    records: &BTreeMap<String, Option<Record>>,
) -> Result<(), LedgerError> {
    let filed = |(name, record): (&String, &Option<Record>)| {
        LedgerOp::Filed(Filed {
            drawer: Drawer::Alert,
            name: name.clone(),
            body: record.as_ref().map(Record::text),
        })
    };
    let ops: Vec<_> = records.iter().map(filed).collect();
    match ops.is_empty() {
        true => Ok(()),
        false => ledger.commit(ops).await,
    }
}

/// The records of what was sent, without those that took it.
fn taken(
    records: &Records,
    decision: &Decision,
    handed: &[Handed],
) -> BTreeMap<String, Option<Record>> {
    let mut after = BTreeMap::new();
    for (message, _) in &decision.send {
        let name = message.alert.name();
        let by = handed
            .iter()
            .filter(|one| one.alert == name && one.result.is_ok());
        let by: BTreeSet<_> = by.map(|one| one.sink.clone()).collect();
        let filed = decision.file.get(&name).cloned().flatten();
        let record = filed.or_else(|| records.get(&name).cloned());
        if let Some(record) = record.filter(|_| !by.is_empty()) {
            after.insert(name, Some(record.taken(&by)));
        }
    }
    after
}

/// Whether a message is decided on in this run, not left over from an earlier one.
fn is_new(records: &Records, message: &Message) -> bool {
    let before = records.get(&message.alert.name());
    before.is_none_or(|record| record.last.id != message.id)
}

fn undelivered(handed: &Handed) -> Option<Finding> {
    let Handed {
        alert,
        sink,
        result,
    } = handed;
    let error = result.as_ref().err()?;
    let message = format!("the alert about {alert} did not reach the sink {sink}: {error}");
    let finding = Finding::warning("alert.not_delivered", Place::default(), message);
    Some(
        finding.hint("It is tried again by the next command; `rackrate alerts test` tries it now."),
    )
}

fn unrecorded(why: Finding) -> Finding {
    let message = format!("alerts cannot be put on record: {}", why.message);
    Finding::warning("alert.not_recorded", why.place, message)
        .hint("Whoever was told may be told again.")
}

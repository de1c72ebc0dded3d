//! The account under test: opened from the configuration, refused when it is a real one.
//!
//! The ledger is not the configured one but stands beside it. A run cut off there is then
//! never gone on with by `rackrate apply --resume`, an earlier run of the program's is never
//! gone on with here, and `rackrate verify` does not take test prices for wishes. The
//! configured ledger's lease is held meanwhile, because both use the same allowances.
//!
//! Invariant: an account is only opened when its environment is `test`.

use std::path::{Path, PathBuf};

use rackrate_catalog::VENDORS;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::{ConnectionId, Ids, PropertyCode, RatePlanCode, RoomTypeCode};
use rackrate_core::night::Night;
use rackrate_ledger::lease::Lease;
use rackrate_ledger::sqlite::SqliteLedger;
use rackrate_ledger::store::Ledger;
use rackrate_orchestrator::config::{Config, load};
use rackrate_orchestrator::portfolio::{Portfolio, Stage, meet_servers, seal, unlock};
use rackrate_orchestrator::problem::{Problem, Result};
use rackrate_plan::planner::{self, Role};
use rackrate_secrets::Sources;
use rackrate_secrets::env::Environment;

use crate::flags::Flags;
use crate::kept::Kept;

/// An account, and what is to be tried on it.
#[derive(Debug)]
pub(crate) struct Account {
    /// The settings.
    pub(crate) config: Config,
    /// The hotels and names; of the accounts only this one.
    pub(crate) portfolio: Portfolio,
    /// Its name.
    pub(crate) connection: ConnectionId,
    /// What to try.
    pub(crate) asked: Asked,
    ledger: PathBuf,
}

/// What a person wants to be tried.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The property.
    pub(crate) property: PropertyCode,
    /// The room type and the rate plan.
    pub(crate) names: (RoomTypeCode, RatePlanCode),
    /// The vendor's words for them.
    pub(crate) ids: Ids,
    /// The first night; far away where nothing was said.
    pub(crate) from: Option<Night>,
    /// How many nights.
    pub(crate) nights: u8,
}

impl Account {
    /// Opens the account that the flags name.
    ///
    /// # Errors
    /// The configuration's mistakes; `live.environment` for an account that real guests see,
    /// `live.role` for one that we only observe, and what does not name exactly one account
    /// or a mapped rate plan. Nothing has been sent then.
    pub(crate) async fn open(flags: &Flags) -> Result<Self> {
        let config = load(&flags.config)?;
        let home = flags.config.parent().unwrap_or(Path::new("")).to_owned();
        let connection = chosen(&config, flags)?;
        let file = flags.config.display().to_string();
        let ledger = home.join(&config.ledger);
        let pending = Kept::load(&restore_file(&ledger))?;
        for id in pending
            .iter()
            .map(|kept| &kept.subject.connection)
            .chain([&connection])
        {
            allowed(&config, id)?;
        }
        let mut portfolio = Portfolio::open(&config, VENDORS, &file, &home, Stage::Ready)
            .map_err(Problem::input)?;
        let asked = asked(&portfolio, &connection, flags)?;
        let pending = pending.map(|kept| kept.subject.connection);
        portfolio
            .links
            .retain(|link| link.id == connection || Some(&link.id) == pending.as_ref());
        let sources = Sources::new(config.places(), Environment::of_process(), &home);
        let links = &mut portfolio.links;
        let seal = seal(links, &sources, config.seal_key.as_ref(), &file).await?;
        unlock(links, &sources, &seal, &file).await?;
        meet_servers(links, &file).await?;
        Ok(Self {
            config,
            portfolio,
            connection,
            asked,
            ledger,
        })
    }

    /// The ledger of these runs.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.ledger.with_extension("live-conformance.db")
    }

    /// What has to be put back is written there.
    pub(crate) fn restore_file(&self) -> PathBuf {
        restore_file(&self.ledger)
    }

    /// Takes the right to send from the configured ledger, so that nobody else does.
    ///
    /// # Errors
    /// When another process has it; `live.unfinished` when requests of an earlier `apply` at
    /// the property may still arrive, which would be taken for the adapter's doing.
    pub(crate) async fn quiet(&self) -> Result<Lease> {
        let lease = Lease::acquire(&self.ledger, "rackrate-live-conformance")?;
        if !self.ledger.exists() {
            return Ok(lease);
        }
        let left = SqliteLedger::open(&self.ledger)?.recover().await?;
        let here = |lane: &rackrate_ledger::op::LaneKey| {
            lane.connection == self.connection && lane.property == self.asked.property
        };
        if left.unfinished.iter().any(|one| here(&one.id.lane)) {
            let message = "an earlier `rackrate apply` left requests of this property";
            let place = Place::property(&self.asked.property, "").on(&self.connection);
            return Err(refused("live.unfinished", place, message)
                .with("Settle them with `rackrate apply --resume` first."));
        }
        Ok(lease)
    }
}

fn restore_file(ledger: &Path) -> PathBuf {
    ledger.with_extension("live-conformance.restore.json")
}

/// A refusal that still lacks its hint.
struct Refusal(Finding);

fn refused(code: &str, place: Place, message: impl Into<String>) -> Refusal {
    Refusal(Finding::error(code, place, message))
}

impl Refusal {
    fn with(self, hint: impl Into<String>) -> Problem {
        Problem::input([self.0.hint(hint)])
    }
}

/// The one account that is meant.
fn chosen(config: &Config, flags: &Flags) -> Result<ConnectionId> {
    let place = || Place::file(flags.config.display().to_string());
    let of_vendor = |vendor: &str| flags.vendor.as_deref().is_none_or(|asked| asked == vendor);
    let all = config.connections.iter();
    let meant: Vec<_> = all
        .filter(|(_, connection)| of_vendor(&connection.vendor))
        .map(|(id, _)| id)
        .filter(|id| flags.connection.as_ref().is_none_or(|asked| asked == *id))
        .collect();
    match meant[..] {
        [one] => Ok(one.clone()),
        [] => Err(
            refused("live.unknown_connection", place(), "no connection is meant")
                .with("Name one of the configuration with --connection."),
        ),
        _ => Err(refused(
            "live.which_connection",
            place(),
            "several connections are meant",
        )
        .with("Name one of them with --connection.")),
    }
}

/// Refuses accounts that must not be written to.
fn allowed(config: &Config, id: &ConnectionId) -> Result<()> {
    let place = Place::default().on(id);
    let Some(connection) = config.connections.get(id) else {
        let message = "an earlier run has still to put back what it changed there, and the connection is not in the configuration";
        return Err(refused("live.restore_pending", place, message)
            .with("Start with the configuration of that run."));
    };
    if connection.environment != planner::Environment::Test {
        return Err(
            refused("live.environment", place, "real guests see its prices")
                .with("Only connections with environment = \"test\" are tried."),
        );
    }
    if connection.role != Role::Write {
        return Err(refused("live.role", place, "it is only observed")
            .with("Set role = \"write\" for a test account that nobody else writes to."));
    }
    Ok(())
}

fn asked(portfolio: &Portfolio, connection: &ConnectionId, flags: &Flags) -> Result<Asked> {
    let names = (flags.room_type.clone(), flags.rate_plan.clone());
    let place = Place::property(&flags.property, "").on(connection);
    let mapped = portfolio.mapping.property(connection, &flags.property);
    let ids = mapped.and_then(|mapped| mapped.sold.get(&names));
    let (Some(mapped), Some(ids)) = (mapped, ids) else {
        let message = format!("{} {} is not mapped there", names.0, names.1);
        return Err(refused("live.not_mapped", place, message)
            .with("Add its row to mapping.csv; `rackrate discover` lists what there is."));
    };
    if mapped.guesses.contains_key(&names) {
        let message = format!("the mapping of {} {} is a guess", names.0, names.1);
        return Err(refused("live.guess", place, message).with("Confirm its row in mapping.csv."));
    }
    Ok(Asked {
        property: flags.property.clone(),
        ids: ids.clone(),
        names,
        from: flags.from,
        nights: flags.nights,
    })
}

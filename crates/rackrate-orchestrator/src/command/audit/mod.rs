//! `rackrate audit`: the trail of who used which credential when, and what was let pass.
//!
//! It needs the ledger and the key alone: no connection is opened and no secret is read.
//!
//! Invariant: only `sign`, `erase` and `cut` write, and they hold the ledger's lease.

mod change;
mod export;
mod list;
mod verify;

use std::path::{Path, PathBuf};

use rackrate_auth::sign::Signer;
use rackrate_core::finding::{Finding, Place};
use rackrate_ledger::sqlite::SqliteLedger;
use rackrate_secrets::Sources;
use rackrate_secrets::env::Environment;

use super::Done;
use crate::cli::{AuditCommand, Common};
use crate::config::load;
use crate::problem::Result;
use crate::screen::Page;
use crate::signing;

/// The ledger, and who signs its trail.
#[derive(Debug)]
struct Shelf {
    path: PathBuf,
    ledger: SqliteLedger,
    signer: Option<Signer>,
}

impl Shelf {
    async fn open(common: &Common) -> Result<Self> {
        let config = load(&common.config)?;
        let home = common.config.parent().unwrap_or(Path::new(""));
        let file = common.config.display().to_string();
        let sources = Sources::new(config.places(), Environment::of_process(), home);
        let signer = signing::signer(&config, &[], &sources, &file).await?;
        let path = home.join(&config.ledger);
        if !path.exists() {
            return Err(no_ledger(&path).into());
        }
        let ledger = SqliteLedger::open(&path)?;
        Ok(Self {
            path,
            ledger,
            signer,
        })
    }

    fn place(&self) -> Place {
        Place::file(self.path.display().to_string())
    }
}

fn no_ledger(path: &Path) -> Finding {
    let place = Place::file(path.display().to_string());
    Finding::error("audit.no_ledger", place, "there is no ledger yet")
        .hint("`plan` makes one; or name the configuration with --config.")
}

pub(super) async fn run(common: &Common, what: &AuditCommand, page: &mut Page) -> Result<Done> {
    let shelf = Shelf::open(common).await?;
    match what {
        AuditCommand::Verify(flags) => verify::run(common, &shelf, flags, page).await,
        AuditCommand::Export(flags) => export::run(&shelf, flags, page).await,
        AuditCommand::Checkpoints => list::checkpoints(common, &shelf, page).await,
        AuditCommand::Actors => list::actors(common, &shelf, page).await,
        AuditCommand::Sign => change::sign(&shelf, page).await,
        AuditCommand::Erase(flags) => change::erase(&shelf, flags, page).await,
        AuditCommand::Cut(flags) => change::cut(&shelf, flags, page).await,
    }
}

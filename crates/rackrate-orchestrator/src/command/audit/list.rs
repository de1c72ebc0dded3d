//! `rackrate audit checkpoints` and `rackrate audit actors`.

use rackrate_ledger::audit::Checkpoint;
use rackrate_ledger::store::Ledger;
use serde_json::json;

use super::Shelf;
use crate::cli::{Common, Output};
use crate::command::Done;
use crate::exit::Exit;
use crate::problem::Result;
use crate::screen::{Page, Table, count};

pub(super) async fn checkpoints(common: &Common, shelf: &Shelf, page: &mut Page) -> Result<Done> {
    let (trail, _) = shelf.ledger.audit().await?;
    if common.output == Output::Json {
        page.line(json!(trail.checkpoints).to_string());
        return Ok(Done::with(Exit::Done));
    }
    let mut table = Table::new([">line", "signed at", "key"]);
    for Checkpoint { line, at, key, .. } in &trail.checkpoints {
        table.row([count(*line), at.to_string(), key.clone()]);
    }
    page.line(table.to_string());
    Ok(Done::with(Exit::Done))
}

pub(super) async fn actors(common: &Common, shelf: &Shelf, page: &mut Page) -> Result<Done> {
    let (trail, _) = shelf.ledger.audit().await?;
    if common.output == Output::Json {
        page.line(json!(trail.actors).to_string());
        return Ok(Done::with(Exit::Done));
    }
    let mut table = Table::new(["pseudonym", "name"]);
    for (actor, name) in &trail.actors {
        table.row([actor.to_string(), name.clone()]);
    }
    page.line(table.to_string());
    Ok(Done::with(Exit::Done))
}

//! `rackrate creds installs`, `confirm` and `dismiss`: what has come and waits.

use std::collections::BTreeMap;

use rackrate_core::finding::{Finding, Place};
use rackrate_ledger::sqlite::SqliteLedger;
use serde_json::{Value, json};

use super::super::Done;
use super::super::inputs::Inputs;
use crate::cli::{Common, Confirm, OneInstall, Output};
use crate::exit::Exit;
use crate::flow::creds::install::life::Standing;
use crate::flow::creds::install::place::{confirm, dismiss};
use crate::flow::creds::install::{Install, Origin, installs};
use crate::problem::Result;
use crate::screen::{Page, Table};

/// So much of a name is shown: an installation's whole, of a link's enough to tell it apart.
const NAME: usize = 27;

/// Lists them. Exit 5 when one waits for a person.
pub(super) async fn list(common: &Common, inputs: &Inputs, page: &mut Page) -> Result<Done> {
    let ledger = SqliteLedger::open(&inputs.ledger_file())?;
    let all = installs(&ledger).await?;
    match common.output {
        Output::Json => {
            let all: Vec<_> = all.iter().map(|(name, one)| said(name, one)).collect();
            page.line(json!({ "installs": all }).to_string());
        }
        Output::Table | Output::Junit => print(&all, page),
    }
    let person = all.values().any(|one| {
        let standing = &one.standing;
        matches!(
            standing,
            Standing::Pending { .. } | Standing::Granted { .. }
        )
    });
    Ok(Done::with(if person { Exit::Person } else { Exit::Done }))
}

fn print(all: &BTreeMap<String, Install>, page: &mut Page) {
    if all.is_empty() {
        return page.line("No link is out, and nothing has come.");
    }
    let mut table = Table::new(["install", "vendor", "for", "state"]);
    for (name, one) in all {
        let connection = one.connection().map(ToString::to_string);
        table.row([
            name.chars().take(NAME).collect(),
            one.vendor.clone(),
            connection.unwrap_or_default(),
            one.standing.to_string(),
        ]);
    }
    page.line(table.to_string());
}

/// What a program is told of one; a sealed verifier is nothing for it.
fn said(name: &str, install: &Install) -> Value {
    json!({
        "install": name,
        "vendor": install.vendor,
        "client": install.client,
        "begun_by": match install.origin {
            Origin::Invitation { .. } => "invitation",
            Origin::Vendor => "vendor",
        },
        "connection": install.connection(),
        "standing": install.standing,
    })
}

/// Gives one to a connection.
pub(super) async fn give(inputs: &Inputs, flags: &Confirm, page: &mut Page) -> Result<Done> {
    let to = match &flags.connection {
        Some(name) => Some(inputs.connection(Some(name), "creds")?),
        None => None,
    };
    let mut host = inputs.live().await?;
    let (portfolio, name) = (&inputs.portfolio, &flags.one.install);
    let id = confirm(&mut host, portfolio, name, to, inputs.policy()).await?;
    page.line(format!(
        "{id} is connected; what it reaches: `rackrate discover {id}`."
    ));
    Ok(Done::with(Exit::Done))
}

/// Ends one.
pub(super) async fn end(inputs: &Inputs, flags: &OneInstall, page: &mut Page) -> Result<Done> {
    let mut host = inputs.live().await?;
    let (portfolio, name) = (&inputs.portfolio, &flags.install);
    match dismiss(&mut host, portfolio, name, inputs.policy()).await? {
        Some(finding) => Ok(Done {
            exit: Exit::Failed,
            findings: vec![finding],
        }),
        None => {
            page.line(format!("{name} is dismissed."));
            let message = "the vendor may still show the app as connected";
            let finding = Finding::warning("creds.dismissed", Place::default(), message)
                .hint("Where it cannot be told, the hotel removes the app in its account there.");
            Ok(Done {
                exit: Exit::Done,
                findings: vec![finding],
            })
        }
    }
}

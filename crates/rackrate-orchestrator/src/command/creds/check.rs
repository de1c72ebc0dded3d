//! `rackrate creds check`.

use rackrate_ledger::op::LedgerOp;
use serde_json::json;

use super::super::Done;
use super::super::inputs::Inputs;
use super::{list, mistake};
use crate::cli::{Check, Common, Output};
use crate::exit::Exit;
use crate::flow::creds::check::{Checked, Seen, Verdict, ask, judge};
use crate::flow::creds::standing::Standing;
use crate::host::{Host, Live};
use crate::portfolio::Link;
use crate::problem::{Problem, Result};
use crate::screen::{Case, Page, Table, cases};

/// What stands in the columns of the table beside connection and result.
const COLUMNS: [&str; 5] = ["token", "refresh", "scopes", "clock", "hotels"];

pub(super) async fn run(
    common: &Common,
    inputs: &Inputs,
    flags: &Check,
    page: &mut Page,
) -> Result<Done> {
    let meant = meant(inputs, flags)?;
    let mut host = inputs.live().await?;
    let all = checked(inputs, &mut host, &meant).await?;
    match common.output {
        Output::Json => page.line(json!({ "checks": rows(&all) }).to_string()),
        Output::Junit => page.line(cases("rackrate creds check", &junit(&all))),
        Output::Table => print(&all, page),
    }
    let exits = all.iter().map(|checked| checked.exit);
    let exit = exits.fold(host.interrupted.unwrap_or(Exit::Done), Exit::and);
    Ok(Done {
        exit,
        findings: all.into_iter().flat_map(|one| one.findings).collect(),
    })
}

/// The accounts that are meant, each once however often it is named.
fn meant<'a>(inputs: &'a Inputs, flags: &Check) -> Result<Vec<&'a Link>> {
    if flags.all {
        return Ok(inputs.portfolio.links.iter().collect());
    }
    if flags.connections.is_empty() {
        return Ok(vec![inputs.connection(None, "creds")?]);
    }
    let mut links: Vec<&Link> = Vec::new();
    for name in &flags.connections {
        let link = inputs.connection(Some(name), "creds")?;
        if links.iter().all(|known| known.id != link.id) {
            links.push(link);
        }
    }
    Ok(links)
}

/// Checks them. What is wrong with one stops no other; a ledger that fails stops all.
async fn checked(inputs: &Inputs, host: &mut Live, meant: &[&Link]) -> Result<Vec<Checked>> {
    let unlocked = inputs.unlocked(meant).await?;
    let usable: Vec<Link> = unlocked.iter().flatten().cloned().collect();
    let news = inputs.secrets_seen(host, &usable).await?;
    noted(host, news).await?;
    let mut seen = ask(host, &usable, inputs.policy()).await?.into_iter();
    let after = list::known(inputs).await?;
    let mut all = Vec::new();
    for (link, unlocked) in meant.iter().zip(unlocked) {
        let seen = unlocked.and_then(|_| seen.next().unwrap_or_else(|| Ok(Seen::default())));
        all.extend(judged(host, link, seen, &after)?);
    }
    let good = all.iter().filter(|one| one.exit == Exit::Done);
    let good = good.map(|one| rackrate_ledger::dates::checked(&one.connection, host.now()));
    let good = good.collect();
    noted(host, good).await?;
    Ok(all)
}

async fn noted(host: &mut Live, ops: Vec<LedgerOp>) -> Result<()> {
    match ops.is_empty() {
        true => Ok(()),
        false => host.note(ops).await,
    }
}

/// What is known of an account now; nothing where a signal came before its vendor had answered.
fn judged(
    host: &Live,
    link: &Link,
    seen: Result<Seen>,
    after: &[Standing],
) -> Result<Option<Checked>> {
    let seen = match seen {
        Ok(seen) if host.interrupted.is_some() && seen.is_silence() => return Ok(None),
        Ok(seen) => seen,
        Err(problem) => return Ok(Some(Checked::without(&link.id, problem))),
    };
    let after = after.iter().find(|one| one.connection == link.id);
    let after = after.ok_or_else(|| Problem::from(mistake("creds.gone", link, "it is gone")))?;
    Ok(Some(judge(link, &seen, after, host.now())))
}

fn rows(all: &[Checked]) -> Vec<serde_json::Value> {
    let row = |one: &Checked| {
        json!({
            "connection": one.connection,
            "verdict": one.verdict(),
            "checks": one.checks,
            "findings": one.findings,
        })
    };
    all.iter().map(row).collect()
}

/// A case per question that was answered.
fn junit(all: &[Checked]) -> Vec<Case> {
    let mut told = Vec::new();
    for one in all {
        let answered = one.checks.iter();
        for check in answered.filter(|check| check.verdict != Verdict::Untold) {
            let failed = check.verdict == Verdict::Failed;
            told.push(Case {
                class: one.connection.to_string(),
                name: check.what.to_owned(),
                failure: failed.then(|| check.answer.clone()),
            });
        }
    }
    told
}

fn print(all: &[Checked], page: &mut Page) {
    let mut table = Table::new([
        "connection",
        "result",
        "token until",
        COLUMNS[1],
        COLUMNS[2],
        COLUMNS[3],
        COLUMNS[4],
    ]);
    for one in all {
        let answer = |what: &str| {
            let check = one.checks.iter().find(|check| check.what == what);
            check.map_or_else(|| "-".to_owned(), |check| check.answer.clone())
        };
        let [token, refresh, scopes, clock, hotels] = COLUMNS.map(answer);
        let result = match one.verdict() {
            Verdict::Good | Verdict::Untold => "good",
            Verdict::Warning => "warning",
            Verdict::Failed => "failed",
        };
        table.row([
            one.connection.to_string(),
            result.to_owned(),
            token,
            refresh,
            scopes,
            clock,
            hotels,
        ]);
    }
    page.line(table.to_string());
}

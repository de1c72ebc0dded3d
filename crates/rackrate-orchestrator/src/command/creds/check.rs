//! `rackrate creds check`.

use std::collections::BTreeMap;

use serde_json::json;

use super::super::Done;
use super::super::inputs::Inputs;
use super::{list, mistake};
use crate::cli::{Check, Common, Output};
use crate::exit::Exit;
use crate::flow::creds::check::{Checked, Seen, Verdict, ask, judge};
use crate::host::{Host, Live};
use crate::portfolio::Link;
use crate::problem::Result;
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

fn meant<'a>(inputs: &'a Inputs, flags: &Check) -> Result<Vec<&'a Link>> {
    match (flags.all, &flags.connections[..]) {
        (true, _) => Ok(inputs.portfolio.links.iter().collect()),
        (false, []) => Ok(vec![inputs.connection(None, "creds")?]),
        (false, names) => {
            let links = names
                .iter()
                .map(|name| inputs.connection(Some(name), "creds"));
            links.collect()
        }
    }
}

/// Checks them. What is wrong with one stops no other; a ledger that fails stops all.
async fn checked(inputs: &Inputs, host: &mut Live, meant: &[&Link]) -> Result<Vec<Checked>> {
    let unlocked = inputs.unlocked(meant).await?;
    let usable: Vec<Link> = unlocked.iter().flatten().cloned().collect();
    let news = inputs.secrets_seen(host, &usable).await?;
    if !news.is_empty() {
        host.note(news).await?;
    }
    let mut seen = ask(host, &usable, inputs.policy()).await?.into_iter();
    let after = list::known(inputs).await?;
    let after: BTreeMap<_, _> = after.iter().map(|one| (&one.connection, one)).collect();
    let mut all = Vec::new();
    for (link, unlocked) in meant.iter().zip(unlocked) {
        let seen = match unlocked {
            Ok(_) => seen.next().unwrap_or_else(|| Ok(Seen::default())),
            Err(problem) => Err(problem),
        };
        match (seen, after.get(&link.id)) {
            (Err(problem), _) => all.push(Checked::without(&link.id, problem)),
            // Whoever stopped it knows why nothing was heard.
            (Ok(seen), _) if host.interrupted.is_some() && seen.is_silence() => {}
            (Ok(seen), Some(after)) => all.push(judge(link, &seen, after, host.now())),
            (Ok(_), None) => return Err(mistake("creds.gone", link, "it is gone").into()),
        }
    }
    let good = all.iter().filter(|one| one.exit == Exit::Done);
    let good = good.map(|one| rackrate_ledger::dates::checked(&one.connection, host.now()));
    let good: Vec<_> = good.collect();
    if !good.is_empty() {
        host.note(good).await?;
    }
    Ok(all)
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

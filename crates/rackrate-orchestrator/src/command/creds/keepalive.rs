//! `rackrate creds keepalive`.

use std::collections::BTreeMap;

use rackrate_core::ids::ConnectionId;
use serde_json::json;

use super::super::Done;
use super::super::inputs::Inputs;
use super::list::{day, known};
use crate::cli::{Common, Keepalive, Output};
use crate::exit::Exit;
use crate::flow::creds::keepalive::{Called, is_due, touch};
use crate::host::{Host, Live};
use crate::portfolio::Link;
use crate::problem::Result;
use crate::screen::{Page, Table};

/// What became of one credential.
struct Line<'a> {
    link: &'a Link,
    before: Option<String>,
    word: &'static str,
}

pub(super) async fn run(
    common: &Common,
    inputs: &Inputs,
    flags: Keepalive,
    page: &mut Page,
) -> Result<Done> {
    let mut host = inputs.live().await?;
    let (now, standings) = (host.now(), known(inputs).await?);
    let all = inputs.portfolio.links.iter().zip(&standings);
    let due = all.clone().filter(|(_, one)| flags.all || is_due(one, now));
    let due: Vec<_> = due.map(|(link, _)| link).collect();
    let (mut calls, beside) = call(inputs, &mut host, &due).await?;
    let (mut lines, mut exit, mut findings) = (Vec::new(), beside.exit, beside.findings);
    for (link, one) in all {
        let word = match calls.remove(&link.id) {
            None => "young enough",
            // It was stopped before its turn.
            Some(None) => continue,
            Some(Some(called)) => {
                exit = exit.and(called.exit);
                findings.extend(called.findings);
                match called.exit {
                    Exit::Done => "called",
                    _ => "failed",
                }
            }
        };
        let before = one.dates.used.map(day);
        lines.push(Line { link, before, word });
    }
    match common.output {
        Output::Json => page.line(json!({ "credentials": rows(&lines) }).to_string()),
        Output::Table | Output::Junit => print(&lines, page),
    }
    let exit = host.interrupted.map_or(exit, |signal| signal.and(exit));
    Ok(Done { exit, findings })
}

/// How a call ended at each account; nothing where it was stopped before its turn.
type Calls = BTreeMap<ConnectionId, Option<Called>>;

/// Uses them, and tells of clients beside. What is wrong with one stops no other; a ledger that
/// fails stops all.
async fn call(inputs: &Inputs, host: &mut Live, due: &[&Link]) -> Result<(Calls, Called)> {
    let (mut calls, mut usable) = (Calls::new(), Vec::new());
    for (link, unlocked) in due.iter().zip(inputs.unlocked(due).await?) {
        match unlocked {
            Ok(link) => usable.push(link),
            Err(problem) => {
                calls.insert(link.id.clone(), Some(Called::without(problem)));
            }
        }
    }
    let touched = touch(host, &usable, inputs.policy()).await?;
    for (link, called) in usable.iter().zip(touched.each) {
        let silent = || host.interrupted.is_none().then(|| Called::silent(link));
        calls.insert(link.id.clone(), called.or_else(silent));
    }
    Ok((calls, touched.beside))
}

fn rows(lines: &[Line<'_>]) -> Vec<serde_json::Value> {
    let row = |line: &Line<'_>| {
        let Line { link, before, word } = line;
        json!({ "connection": link.id, "used_before": before, "result": word })
    };
    lines.iter().map(row).collect()
}

fn print(lines: &[Line<'_>], page: &mut Page) {
    let mut table = Table::new(["connection", "last use before", "result"]);
    for Line { link, before, word } in lines {
        let before = before.clone().unwrap_or_else(|| "-".to_owned());
        table.row([link.id.to_string(), before, (*word).to_owned()]);
    }
    page.line(table.to_string());
}

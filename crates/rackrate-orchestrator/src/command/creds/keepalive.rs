//! `rackrate creds keepalive`.

use rackrate_core::finding::Finding;
use serde_json::json;

use super::super::Done;
use super::super::inputs::Inputs;
use super::list::{day, known};
use crate::cli::{Common, Keepalive, Output};
use crate::exit::Exit;
use crate::flow::creds::Settled;
use crate::flow::creds::keepalive::{is_due, touch};
use crate::host::{Host, Live};
use crate::portfolio::Link;
use crate::problem::{Problem, Result};
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
    let (mut lines, mut exit, mut findings) = (Vec::new(), Exit::Done, Vec::new());
    for (link, one) in inputs.portfolio.links.iter().zip(&standings) {
        if host.interrupted.is_some() {
            break;
        }
        let mut word = "young enough";
        if flags.all || is_due(one, now) {
            let (end, told) = call(inputs, &mut host, link).await?;
            word = if end == Exit::Done {
                "called"
            } else {
                "failed"
            };
            exit = exit.and(end);
            findings.extend(told);
        }
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

/// Uses one. What is wrong with it stops no other; a ledger that fails stops all.
async fn call(inputs: &Inputs, host: &mut Live, link: &Link) -> Result<(Exit, Vec<Finding>)> {
    let called = match inputs.unlocked(link).await {
        Ok(link) => touch(host, &link, inputs.policy()).await,
        Err(problem) => return Ok(stood(problem)),
    };
    match called {
        Ok(Settled::Done(told)) => Ok((Exit::Done, Vec::from_iter(told))),
        Ok(Settled::Stopped(exit, finding)) => Ok((exit, vec![finding])),
        Err(problem) if problem.exit == Exit::BadInput => Ok(stood(problem)),
        Err(problem) => Err(problem),
    }
}

/// Whatever its secret lacks, a person has to bring it.
fn stood(problem: Problem) -> (Exit, Vec<Finding>) {
    let exit = match problem.exit {
        Exit::BadInput => Exit::Person,
        exit => exit,
    };
    (exit, problem.findings)
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

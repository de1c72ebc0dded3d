//! `rackrate audit verify`.

use std::path::Path;

use rackrate_core::finding::{Finding, Place};
use rackrate_ledger::audit::{Check, Checkpoint, Flaw, Trail, Verdict};
use rackrate_ledger::store::Ledger;
use serde_json::{Value, json};

use super::Shelf;
use crate::cli::{AuditVerify, Common, Output};
use crate::command::Done;
use crate::exit::Exit;
use crate::files;
use crate::problem::Result;
use crate::screen::{Page, count};
use crate::signing;

pub(super) async fn run(
    common: &Common,
    shelf: &Shelf,
    flags: &AuditVerify,
    page: &mut Page,
) -> Result<Done> {
    let mut kept = Vec::new();
    for file in &flags.kept {
        kept.extend(checkpoints(file)?);
    }
    let known = known(shelf, &flags.public_key);
    let (trail, verdict) = checked(shelf, &kept, &known).await?;
    let is_intact = verdict.flaws.is_empty();
    let findings = findings(shelf, &trail, &verdict, &known);
    print(common, &trail, &verdict, &findings, page);
    let exit = if is_intact { Exit::Done } else { Exit::Failed };
    Ok(Done { exit, findings })
}

/// The public keys whose signatures count.
pub(super) fn known(shelf: &Shelf, others: &[String]) -> Vec<String> {
    let own = shelf
        .signer
        .as_ref()
        .map(rackrate_auth::sign::Signer::public);
    own.into_iter().chain(others.iter().cloned()).collect()
}

/// The trail, and what all of its lines came to.
async fn checked(shelf: &Shelf, kept: &[Checkpoint], known: &[String]) -> Result<(Trail, Verdict)> {
    let (trail, mut lines) = shelf.ledger.audit().await?;
    let mut check = Check::new(&trail, kept, |one| signing::judge(known, one));
    while let Some(line) = lines.next().await? {
        check.line(&line);
    }
    let verdict = check.verdict();
    Ok((trail, verdict))
}

/// The trail, which must have no flaw.
///
/// # Errors
/// All of its flaws.
pub(super) async fn intact(shelf: &Shelf) -> Result<Trail> {
    let (trail, verdict) = checked(shelf, &[], &known(shelf, &[])).await?;
    let flaws: Vec<_> = verdict.flaws.iter().map(|one| flaw(shelf, one)).collect();
    if flaws.is_empty() {
        return Ok(trail);
    }
    Err(crate::problem::Problem {
        exit: Exit::Failed,
        findings: flaws,
    })
}

/// The checkpoints in a file of `audit sign` or `audit export`, whose other rows are passed
/// over.
fn checkpoints(path: &Path) -> Result<Vec<Checkpoint>> {
    let (bytes, name) = files::read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let unreadable = || {
            let place = Place::file(&name).at(at as u64 + 1, "");
            Finding::error("audit.kept_unreadable", place, "it is no row of a trail")
                .hint("Give a file that `rackrate audit sign` or `rackrate audit export` wrote.")
        };
        let row: Value = serde_json::from_str(line).map_err(|_| unreadable())?;
        match row.get("checkpoint") {
            Some(one) => {
                found.push(serde_json::from_value(one.clone()).map_err(|_| unreadable())?);
            }
            None if row.get("line").is_some() => {}
            None => return Err(unreadable().into()),
        }
    }
    Ok(found)
}

fn findings(shelf: &Shelf, trail: &Trail, verdict: &Verdict, known: &[String]) -> Vec<Finding> {
    let mut findings: Vec<_> = verdict.flaws.iter().map(|one| flaw(shelf, one)).collect();
    let warning = |code, message: String, hint: &str| {
        Finding::warning(code, shelf.place(), message).hint(hint)
    };
    if known.is_empty() {
        findings.push(warning(
            "audit.no_key",
            "no key is known, so signatures are not checked".to_owned(),
            "Set audit_key in the configuration, or give --public-key; without signatures a \
             trail that was written anew as a whole cannot be told.",
        ));
    } else if !verdict.unknown.is_empty() {
        let lines = count(verdict.unknown.len() as u64);
        findings.push(warning(
            "audit.unknown_key",
            format!("{lines} checkpoints are by keys that are not known here"),
            "Give older keys with --public-key; if there were none, somebody else signed.",
        ));
    }
    let open = trail.head.seq - verdict.signed.unwrap_or_default().min(trail.head.seq);
    // The last line is the word of the last checkpoint.
    if !known.is_empty() && open > 1 {
        findings.push(warning(
            "audit.tail_unsigned",
            format!("the last {} lines are not signed", count(open)),
            "A command that is running signs them when it is done, and one that was cut off \
             leaves them to the next; or `rackrate audit sign`.",
        ));
    }
    findings
}

fn flaw(shelf: &Shelf, flaw: &Flaw) -> Finding {
    let hint = match flaw {
        Flaw::Forged { .. } => "Keep the file as evidence. Somebody without the key signed.",
        Flaw::Rewritten { .. } => {
            "Keep the file as evidence, and compare it with a backup from before that line."
        }
        _ => {
            "Keep the file as evidence, and compare it with a backup or an export; rackrate \
             itself never changes a line."
        }
    };
    Finding::error(flaw.code(), shelf.place(), flaw.to_string()).hint(hint)
}

fn print(common: &Common, trail: &Trail, verdict: &Verdict, findings: &[Finding], page: &mut Page) {
    let is_intact = verdict.flaws.is_empty();
    let first = verdict.first.unwrap_or(1);
    if common.output == Output::Json {
        let unknown = verdict.unknown.len();
        page.line(json!({"intact": is_intact, "first": first, "last": trail.head.seq, "signed": verdict.signed, "unknown_keys": unknown, "cut_off": verdict.cut_off, "findings": findings}).to_string());
        return;
    }
    page.line(match is_intact {
        true => format!(
            "The audit trail is intact: lines {} to {}, {}.",
            count(first),
            count(trail.head.seq),
            signed(verdict)
        ),
        false => format!(
            "The audit trail is not intact: {} findings.",
            count(verdict.flaws.len() as u64)
        ),
    });
    if verdict.cut_off > 0 {
        page.line(format!(
            "{} processes were cut off before they told how often they used credentials.",
            count(verdict.cut_off)
        ));
    }
}

fn signed(verdict: &Verdict) -> String {
    match verdict.signed {
        Some(line) => format!("signed up to line {}", count(line)),
        None => "not signed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rackrate_ledger::audit::Mark;

    use super::*;

    #[test]
    fn a_file_with_something_else_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept.jsonl");
        std::fs::write(&path, "{\"seq\":1,\"line\":{}}\n{\"price\":1}\n").unwrap();
        let problem = checkpoints(&path).unwrap_err();
        let finding = &problem.findings[0];
        assert_eq!(finding.code, "audit.kept_unreadable");
        assert_eq!(finding.place.line, Some(2));
    }

    #[test]
    fn a_signature_counts_only_from_a_known_key() {
        let checkpoint: Checkpoint = serde_json::from_value(json!({
            "chain": "c", "line": 1, "digest": "d", "at": 0, "key": "k", "signature": "s"
        }))
        .unwrap();
        assert_eq!(signing::judge(&[], &checkpoint), Mark::Unknown);
        assert_eq!(signing::judge(&["k".to_owned()], &checkpoint), Mark::Forged);
    }
}

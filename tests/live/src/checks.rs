//! The checks in their order: read, write, read back, put back.
//!
//! Invariant: whatever a check comes to, what was changed is put back before the report.

use std::sync::Arc;

use rackrate_core::rules::{Restriction, Set};
use rackrate_orchestrator::problem::Result;

use crate::account::Account;
use crate::kept::Kept;
use crate::report::{Answer, Report};
use crate::restrictions::{Trial, trial};
use crate::session::{Purpose, Put, Said, Session};
use crate::steps::{self, Ground};
use crate::subject::Subject;
use crate::wishes::Wishes;

/// Tries the account. What an earlier run was killed over is put back first.
///
/// # Errors
/// When nothing can be tried, or the ledger fails; what has to be put back stays on disk.
pub(crate) async fn run(account: Account) -> Result<Report> {
    let connection = account.connection.clone();
    let mut session = Session::open(account).await?;
    let subject = steps::subject(&session, connection)?;
    let mut report = Report::new(&subject);
    if let Some(kept) = Kept::load(&session.restore_file)? {
        let said = steps::restore(&mut session, &kept).await?;
        let of = format!("a run that read its nights at {} was cut off; ", kept.read);
        let stops = said.is_err();
        report.add("earlier run", Answer::of(said.map(|words| of + &words)));
        if stops {
            report.fill("what an earlier run changed comes first");
            return Ok(report);
        }
    }
    if let Some(ground) = reads(&mut session, &subject, &mut report).await? {
        tried(&mut session, &ground, &mut report).await?;
    }
    report.interrupted = report.interrupted.or(session.take_signal());
    report.fill("an earlier check failed");
    Ok(report)
}

async fn reads(
    session: &mut Session,
    subject: &Subject,
    report: &mut Report,
) -> Result<Option<Ground>> {
    let target = match steps::discovery(session, subject).await? {
        Ok(target) => target,
        Err(why) => return Ok(report.failed("discovery", why)),
    };
    let name = target
        .facts
        .sellables
        .get(&subject.ids)
        .map_or("", |one| one.name.as_str());
    let currency = target.currency(&subject.ids);
    let seen = format!(
        "{}: {name} ({}), {currency}",
        target.facts.name, subject.ids
    );
    report.add("discovery", Answer::passed(seen));
    let seen = match steps::read(session, subject, &target).await? {
        Ok(seen) => seen,
        Err(why) => return Ok(report.failed("read", why)),
    };
    let kept = match steps::keepable(session, subject, &target, &seen) {
        Ok(kept) => kept,
        Err(why) => return Ok(report.failed("read", why)),
    };
    report.add("read", Answer::passed(steps::told(&kept, &target)));
    let ground = Ground { target, seen, kept };
    let again = steps::read(session, subject, &ground.target).await?;
    let said = again.and_then(|again| same(&ground, &again));
    let steady = said.is_ok();
    report.add("read again", Answer::of(said));
    Ok(steady.then_some(ground))
}

fn same(ground: &Ground, again: &Arc<rackrate_runtime::observation::Observation>) -> Said<String> {
    let all = |_: &_, _| true;
    let changed = crate::differences::differences(&ground.target, &ground.seen, again, all);
    match changed.first() {
        None => Ok("the same once more".to_owned()),
        Some(first) => Err(format!("{first}; {} more", changed.len() - 1)),
    }
}

/// Everything that writes, and in the end everything back.
async fn tried(session: &mut Session, ground: &Ground, report: &mut Report) -> Result<()> {
    if ground.kept.nights.is_empty() {
        report.fill("a night without a price could not be put back, so nothing is written");
        return Ok(());
    }
    ground.kept.save(&session.restore_file)?;
    let ended = writes(session, ground, report).await;
    report.interrupted = session.take_signal();
    let said = steps::restore(session, &ground.kept).await?;
    report.fill("a signal ended the run");
    let said = said.map_err(|why| format!("{why}; start again to put it back"));
    report.set("restore", Answer::of(said));
    ended
}

async fn writes(session: &mut Session, ground: &Ground, report: &mut Report) -> Result<()> {
    prices(session, ground, report).await?;
    for kind in Restriction::ALL {
        restriction(session, ground, kind, report).await?;
    }
    if !session.is_interrupted() {
        let said = steps::neighbours(session, ground).await?;
        report.add("neighbours", Answer::of(said));
    }
    Ok(())
}

async fn prices(session: &mut Session, ground: &Ground, report: &mut Report) -> Result<()> {
    let (wishes, words) = match steps::step(session, ground) {
        Ok(step) => step,
        Err(why) => {
            report.add("price", Answer::not_applicable(why.clone()));
            report.add("price again", Answer::not_applicable(why));
            return Ok(());
        }
    };
    let subject = &ground.kept.subject;
    let put = session.put(subject, wishes.clone(), Purpose::Test).await?;
    if session.is_interrupted() {
        return Ok(());
    }
    let answer = Answer::of(written(put).map(|how| format!("{words}, {how}")));
    let failed = answer.is_failed();
    report.add("price", answer);
    if failed {
        let why = "the price was not confirmed";
        report.add("price again", Answer::not_applicable(why));
        return Ok(());
    }
    let plan = session.plan(subject, wishes, Purpose::Test).await?;
    let said = plan.and_then(|plan| match plan.totals.rows {
        0 => Ok("nothing is left to write".to_owned()),
        rows => Err(format!("the same wish plans {rows} rows again")),
    });
    report.add("price again", Answer::of(said));
    Ok(())
}

/// Sets a kind of restriction and clears it, each confirmed before the next.
async fn restriction(
    session: &mut Session,
    ground: &Ground,
    kind: Restriction,
    report: &mut Report,
) -> Result<()> {
    let subject = &ground.kept.subject;
    let (set, clear) = (format!("{kind} set"), format!("{kind} cleared"));
    let offered = session
        .link(subject)?
        .adapter
        .manifest()
        .restrictions
        .contains(&kind);
    let trial = match offered {
        true => trial(&ground.kept, kind),
        false => Err("the adapter does not offer it".to_owned()),
    };
    let Trial { value, clear_first } = match trial {
        Ok(trial) => trial,
        Err(why) => {
            report.add(set, Answer::not_applicable(why.clone()));
            report.add(clear, Answer::not_applicable(why));
            return Ok(());
        }
    };
    let mut steps = [(set, Set::To(value)), (clear, Set::Clear)];
    if clear_first {
        steps.reverse();
    }
    let mut before = true;
    for (name, wish) in steps {
        if session.is_interrupted() {
            return Ok(());
        }
        if !before {
            let why = "the step before it was not confirmed";
            report.add(name, Answer::not_applicable(why));
            continue;
        }
        let wishes = Wishes::restriction(&ground.kept, kind, wish);
        let put = session.put(subject, wishes, Purpose::Test).await?;
        if session.is_interrupted() {
            return Ok(());
        }
        let answer = Answer::of(written(put).map(|how| match wish {
            Set::To(value) if !kind.is_flag() => format!("{value} nights, {how}"),
            _ => how,
        }));
        before = !answer.is_failed();
        report.add(name, answer);
    }
    Ok(())
}

/// A write that was none confirms nothing.
fn written(put: Said<Put>) -> Said<String> {
    let put = put?;
    match put.rows {
        0 => Err("the account already shows it, so nothing was written".to_owned()),
        rows => Ok(format!("confirmed: rows {rows}, requests {}", put.requests)),
    }
}

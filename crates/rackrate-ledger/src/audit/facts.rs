//! Which lines an operation makes.
//!
//! The match names every operation, so that a new one does not compile before somebody has
//! decided what it leaves in the trail.
//!
//! Invariant: pure but for what the ledger knew before the operation, so both ledgers write
//! the same lines.

use std::collections::BTreeMap;

use rackrate_core::clock::Wall;
use rackrate_core::ids::ConnectionId;

use super::{Event, Fact, Note, Pseudonym, Uses};
use crate::op::{GrantState, KeptGrant, LedgerOp, RunRecord};
use crate::store::Result;

/// What a ledger knew before an operation.
pub(crate) trait Before {
    /// Whether the last process that opened it also closed it.
    fn is_clean(&self) -> Result<bool>;

    /// The consent of an account.
    fn grant(&self, connection: &ConnectionId) -> Result<Option<KeptGrant>>;

    /// The last fingerprint of a file.
    fn fingerprint(&self, file: &str) -> Result<Option<String>>;

    /// The pseudonym of a person, a new one where there is none.
    fn pseudonym(&mut self, name: &str) -> Result<Pseudonym>;
}

/// The lines of an operation, in order.
pub(crate) fn facts(op: &LedgerOp, before: &mut dyn Before) -> Result<Vec<Event>> {
    Ok(match op {
        LedgerOp::Opened { at, accounts } => opened(*at, accounts, before.is_clean()?),
        LedgerOp::Closed { at, uses, .. } => closed(*at, uses),
        LedgerOp::RunStarted(run) => started(run, before)?,
        LedgerOp::RunEnded { run, at } => one(*at, Fact::RunEnded { run: *run }),
        LedgerOp::Token(token) => {
            let (connection, lifetime) = (token.connection.clone(), token.lifetime);
            let fact = Fact::Token {
                connection,
                lifetime,
            };
            one(token.asked, fact)
        }
        LedgerOp::Grant(grant) => consent(before.grant(&grant.connection)?.as_ref(), grant),
        LedgerOp::Forgotten { connection, at } => {
            let connection = connection.clone();
            one(*at, Fact::Disconnected { connection })
        }
        LedgerOp::Noted(note) => noted(note, before)?,
        LedgerOp::Reserved(_)
        | LedgerOp::Planned(_)
        | LedgerOp::Departing { .. }
        | LedgerOp::Queued { .. }
        | LedgerOp::Ended { .. }
        | LedgerOp::Returned { .. }
        | LedgerOp::Superseded { .. }
        | LedgerOp::Skipped { .. }
        | LedgerOp::Resealed(_)
        | LedgerOp::Outcome(_)
        | LedgerOp::Seen(_)
        | LedgerOp::Desired(_)
        | LedgerOp::Filed(_) => Vec::new(),
    })
}

fn one(at: Wall, fact: Fact) -> Vec<Event> {
    vec![Event { at, fact }]
}

fn opened(at: Wall, accounts: &[ConnectionId], clean: bool) -> Vec<Event> {
    let cut_off = (!clean).then_some(Fact::CutOff);
    let accounts = accounts.to_vec();
    let facts = cut_off.into_iter().chain([Fact::Opened { accounts }]);
    facts.map(|fact| Event { at, fact }).collect()
}

fn closed(at: Wall, uses: &[Uses]) -> Vec<Event> {
    let used = uses.iter().cloned().map(|uses| Fact::Used {
        connection: uses.connection,
        operation: uses.operation,
        scopes: uses.scopes,
        requests: uses.requests,
        run: uses.run,
    });
    let facts = used.chain([Fact::Closed]);
    facts.map(|fact| Event { at, fact }).collect()
}

fn started(run: &RunRecord, before: &mut dyn Before) -> Result<Vec<Event>> {
    let fact = Fact::RunStarted {
        run: run.id,
        plan: run.plan.clone(),
        by: before.pseudonym(&run.author)?,
        reason: run.reason.clone(),
    };
    Ok(one(run.started, fact))
}

/// What became of a consent: the state before says what the new one means.
fn consent(before: Option<&KeptGrant>, now: &KeptGrant) -> Vec<Event> {
    let (connection, generation) = (now.connection.clone(), now.generation);
    let same = before.filter(|before| before.consented == now.consented);
    match &now.state {
        GrantState::Leaving { at, again } => {
            let again = *again;
            let fact = Fact::Refreshing {
                connection,
                generation,
                again,
            };
            one(*at, fact)
        }
        GrantState::Ended { at, why, .. } => {
            let why = why.clone();
            one(*at, Fact::Ended { connection, why })
        }
        GrantState::Held | GrantState::Lasting => match same {
            None => {
                let scope = now.scope.clone();
                one(now.consented, Fact::Connected { connection, scope })
            }
            Some(before) if before.generation < generation => {
                let fact = Fact::Rotated {
                    connection,
                    generation,
                };
                one(now.since, fact)
            }
            Some(before) => {
                let fact = Fact::Kept {
                    connection,
                    generation,
                };
                one(last_told(before), fact)
            }
        },
    }
}

/// When a consent's state was told last: the operation that ends a use has no time itself.
fn last_told(grant: &KeptGrant) -> Wall {
    match &grant.state {
        GrantState::Held | GrantState::Lasting => grant.since,
        GrantState::Leaving { at, .. } | GrantState::Ended { at, .. } => *at,
    }
}

fn noted(note: &Note, before: &mut dyn Before) -> Result<Vec<Event>> {
    let (at, fact) = match note.clone() {
        Note::Began {
            at,
            by,
            command,
            files,
        } => {
            let by = before.pseudonym(&by)?;
            let mut events = one(at, Fact::Began { by, command });
            events.extend(changed(at, &files, before)?);
            return Ok(events);
        }
        Note::Waived {
            at,
            plan,
            by,
            reason,
            what,
        } => {
            let fact = Fact::Waived {
                plan,
                by: before.pseudonym(&by)?,
                reason,
                guard: what,
            };
            (at, fact)
        }
        Note::Changing { at, of, step, by } => {
            let by = before.pseudonym(&by)?;
            (at, Fact::Changing { of, step, by })
        }
        Note::Erased { at, actor, by } => {
            let by = before.pseudonym(&by)?;
            (at, Fact::Erased { actor, by })
        }
        Note::Cut { at, through, by } => {
            let by = before.pseudonym(&by)?;
            (at, Fact::Cut { through, by })
        }
        Note::Signed(checkpoint) => {
            let (line, key) = (checkpoint.line, checkpoint.key);
            (checkpoint.at, Fact::Signed { line, key })
        }
        Note::Reviewed { .. } => return reviewed(note, before),
        Note::Held { .. } | Note::Refused { .. } | Note::Died { .. } => return Ok(trouble(note)),
    };
    Ok(one(at, fact))
}

fn reviewed(note: &Note, before: &mut dyn Before) -> Result<Vec<Event>> {
    let Note::Reviewed {
        at,
        by,
        quarter,
        digest,
        reviewers,
        kept,
        revoked,
        rotated,
    } = note.clone()
    else {
        return Ok(Vec::new());
    };
    let by = before.pseudonym(&by)?;
    let reviewers = reviewers.iter().map(|name| before.pseudonym(name));
    let fact = Fact::Reviewed {
        quarter,
        digest,
        by,
        reviewers: reviewers.collect::<Result<_>>()?,
        kept,
        revoked,
        rotated,
    };
    Ok(one(at, fact))
}

/// What went wrong with a credential, where no person is named.
fn trouble(note: &Note) -> Vec<Event> {
    match note.clone() {
        Note::Held { at, lane, why } => {
            let fact = Fact::Held {
                connection: lane.connection,
                property: lane.property,
                why,
            };
            one(at, fact)
        }
        Note::Refused {
            at,
            connection,
            operation,
            kind,
            code,
        } => {
            let fact = Fact::Refused {
                connection,
                operation,
                kind,
                code,
            };
            one(at, fact)
        }
        Note::Died {
            at,
            connection,
            kind,
        } => one(at, Fact::Died { connection, kind }),
        _ => Vec::new(),
    }
}

fn changed(at: Wall, files: &BTreeMap<String, String>, before: &dyn Before) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    for (file, to) in files {
        let from = before.fingerprint(file)?;
        if from.as_ref() != Some(to) {
            let (file, to) = (file.clone(), to.clone());
            events.extend(one(at, Fact::Changed { file, from, to }));
        }
    }
    Ok(events)
}

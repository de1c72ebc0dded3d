//! What only a flow can tell the audit trail: what a plan was let pass, and what it left out.

use rackrate_ledger::audit::Note;
use rackrate_ledger::op::{LaneKey, LedgerOp};
use rackrate_plan::plan::Plan;
use rackrate_plan::planner::Outcome;

use super::hold::Held;
use crate::host::Host;
use crate::problem::Result;

/// Tells, before anything of a plan is sent, what its author let pass the guards.
///
/// # Errors
/// When the ledger fails.
pub(super) async fn waived(host: &mut dyn Host, plan: &Plan) -> Result<()> {
    let at = host.now();
    let first_push = plan.first_push.then(|| "first_push".to_owned());
    let all = plan.allows.iter().map(ToString::to_string);
    let note = |what| {
        LedgerOp::Noted(Note::Waived {
            at,
            plan: plan.fingerprint(),
            by: plan.author.clone(),
            reason: plan.reason.clone(),
            what,
        })
    };
    tell(host, all.chain(first_push).map(note).collect()).await
}

/// Tells which properties a plan leaves as they are, because a connection cannot be used.
///
/// # Errors
/// When the ledger fails.
pub(super) async fn held(host: &mut dyn Host, outcome: &Outcome) -> Result<()> {
    let at = host.now();
    let refused = outcome.plan.refused.iter();
    let held = refused.filter(|one| Held::has(one) && !one.findings.is_empty());
    let note = |refused: &rackrate_plan::plan::Refused| {
        LedgerOp::Noted(Note::Held {
            at,
            lane: LaneKey {
                connection: refused.connection.clone(),
                property: refused.property.clone(),
            },
            why: "plan.held".to_owned(),
        })
    };
    tell(host, held.map(note).collect()).await
}

async fn tell(host: &mut dyn Host, ops: Vec<LedgerOp>) -> Result<()> {
    if ops.is_empty() {
        return Ok(());
    }
    host.note(ops).await
}

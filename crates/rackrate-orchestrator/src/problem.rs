//! Why a command cannot go on: findings for the person, and the exit code.

use rackrate_core::error::ErrorKind;
use rackrate_core::finding::{Finding, Place};
use rackrate_core::ids::ConnectionId;
use rackrate_ledger::error::LedgerError;
use rackrate_runtime::engine::types::Failure;

use crate::exit::Exit;

/// Findings that stop a command.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The exit code.
    pub exit: Exit,
    /// What to tell, in order.
    pub findings: Vec<Finding>,
}

/// The result of a command's steps.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

impl Problem {
    /// Input or configuration that cannot be used.
    pub fn input(findings: impl IntoIterator<Item = Finding>) -> Self {
        Self {
            exit: Exit::BadInput,
            findings: findings.into_iter().collect(),
        }
    }

    /// Something that failed.
    pub fn failed(finding: Finding) -> Self {
        Self {
            exit: Exit::Failed,
            findings: vec![finding],
        }
    }

    /// A signal that came while nothing was under way.
    pub fn stopped(signal: Exit) -> Self {
        Self {
            exit: signal,
            findings: Vec::new(),
        }
    }

    /// Whether it is but a signal.
    pub fn is_stop(&self) -> bool {
        matches!(self.exit, Exit::Interrupted | Exit::Terminated)
    }
}

impl From<Finding> for Problem {
    fn from(finding: Finding) -> Self {
        Self::input([finding])
    }
}

impl From<Vec<Finding>> for Problem {
    fn from(findings: Vec<Finding>) -> Self {
        Self::input(findings)
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        Self::failed(error.finding())
    }
}

/// What a vendor's failure means to a person, with the exit code it leads to.
pub fn of_failure(failure: &Failure, place: Place, connection: &ConnectionId) -> (Exit, Finding) {
    let (exit, code, what, hint) = words(failure.kind);
    let detail = match failure.code.as_str() {
        "" => failure.text.clone(),
        code => format!("{code}: {}", failure.text),
    };
    let finding =
        Finding::error(code, place.on(connection), format!("{what}: {detail}")).hint(hint);
    (exit, finding)
}

/// What it means to a person when the run ended before a vendor had answered at all.
pub fn of_silence(place: Place, connection: &ConnectionId) -> (Exit, Finding) {
    let (exit, code, what, hint) = words(ErrorKind::TimedOut);
    let message = format!("{what}: the run ended before it gave a usable answer");
    let finding = Finding::error(code, place.on(connection), message).hint(hint);
    (exit, finding)
}

fn words(kind: ErrorKind) -> (Exit, &'static str, &'static str, &'static str) {
    match kind {
        ErrorKind::Unauthenticated { .. } => (
            Exit::Person,
            "credential.refused",
            "the vendor refuses our credential",
            "Check the secret the connection refers to, or connect the account again at the vendor.",
        ),
        ErrorKind::Reconnect => (
            Exit::Person,
            "credential.needs_authorization",
            "what was granted is worth nothing any more",
            "Where a person consents: a user of the property connects again, with `rackrate creds login`. Where it is a key: make a new one at the vendor.",
        ),
        ErrorKind::Disconnected => (
            Exit::Person,
            "credential.disconnected",
            "the property has disconnected us",
            "Ask the property whether it meant to; only its own user can connect again.",
        ),
        ErrorKind::ApproverLeft => (
            Exit::Person,
            "credential.approver_left",
            "the user who approved the connection is not active any more",
            "Another user of the property connects again, with `rackrate creds login`.",
        ),
        ErrorKind::Suspended => (
            Exit::Person,
            "client.suspended",
            "the vendor has suspended our client, so nothing more is sent with any of its grants",
            "The owner of the client talks to the vendor; the hotels can do nothing. The next command asks once whether it is over.",
        ),
        ErrorKind::Unscoped => (
            Exit::Person,
            "credential.scope_missing",
            "what was granted does not cover this",
            "Tick the scope at the vendor, or let a user of the property connect again with `rackrate creds login`; what is covered goes on.",
        ),
        ErrorKind::Misconfigured => (
            Exit::Person,
            "credential.wrong",
            "the credential cannot be used",
            "Check client id, secret and scopes of the connection.",
        ),
        ErrorKind::Forbidden => (
            Exit::Person,
            "credential.forbidden",
            "the credential may not do this",
            "Ask the account's owner for the scopes the vendor's README lists.",
        ),
        ErrorKind::Throttled => (
            Exit::Failed,
            "vendor.throttled",
            "the vendor refuses for now because of too many requests",
            "Wait a minute and try again; see that nothing else uses the same account.",
        ),
        ErrorKind::Unavailable | ErrorKind::TimedOut => (
            Exit::Failed,
            "vendor.unreachable",
            "the vendor cannot be reached",
            "Check the address in the connection's settings and the network, then try again.",
        ),
        ErrorKind::Rejected => (
            Exit::Failed,
            "vendor.rejected",
            "the vendor refuses the request",
            "Read the vendor's words; the mapping or the settings are the usual cause.",
        ),
        ErrorKind::Malformed => (
            Exit::Failed,
            "vendor.unreadable",
            "the vendor's answer cannot be understood",
            "Try again; if it stays, report it with the output of -vv.",
        ),
        ErrorKind::Bug => (
            Exit::Failed,
            "program.fault",
            "the program asked for something impossible",
            "Please report it with the output of -vv.",
        ),
    }
}

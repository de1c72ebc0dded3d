//! A program of the user's that may help by itself when a secret is refused or missing: one that
//! fetches a new secret to where the reference leads, for instance.
//!
//! Invariant: it is told names only. It does not get our environment, where secrets are, and
//! what it prints is not shown, because it may be one.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::alert::{Alert, Trouble};
use crate::message::{Event, Message};

/// As long as it may take.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// What a program is given of our own environment, so that it finds its way.
const PASSED: [&str; 4] = ["PATH", "HOME", "USER", "LANG"];

/// Whether a message is one that the program is started for: the first of each failure of a
/// secret.
pub fn is_due(message: &Message) -> bool {
    let first = !message.event.is_end() && !matches!(message.event, Event::Reminder | Event::Test);
    let of_secret = matches!(
        message.alert.trouble,
        Trouble::ClientRefused | Trouble::KeyRefused | Trouble::SecretMissing
    );
    first && of_secret
}

/// What the program is told, as variables of its environment.
pub fn told(alert: &Alert) -> Vec<(&'static str, String)> {
    let names: Vec<_> = alert.connections.iter().map(|one| one.as_str()).collect();
    vec![
        ("RACKRATE_ALERT", alert.name()),
        ("RACKRATE_ALERT_TROUBLE", alert.trouble.slug().to_owned()),
        ("RACKRATE_ALERT_VENDOR", alert.vendor.clone()),
        ("RACKRATE_ALERT_CONNECTIONS", names.join(" ")),
    ]
}

/// Starts the program and waits for its end. What it came to, in words.
///
/// # Errors
/// When it could not be started, failed, or took longer than the deadline and was ended.
pub async fn run(line: &[String], alert: &Alert, deadline: Duration) -> Result<String, String> {
    let Some((program, arguments)) = line.split_first() else {
        return Err("the hook names no program".to_owned());
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(PASSED.iter().filter_map(|name| {
            let value = std::env::var_os(name)?;
            Some((*name, value))
        }))
        .envs(told(alert))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let mut child = command
        .spawn()
        .map_err(|error| format!("the hook {program} cannot be started: {error}"))?;
    match tokio::time::timeout(deadline, child.wait()).await {
        Ok(Ok(status)) if status.success() => Ok(format!("the hook {program} ended well")),
        Ok(Ok(status)) => Err(format!("the hook {program} failed ({status})")),
        Ok(Err(error)) => Err(format!("the hook {program} cannot be waited for: {error}")),
        Err(_) => {
            // It may have ended by itself at this very moment.
            let _ = child.kill().await;
            Err(format!(
                "the hook {program} took longer than {deadline:?}, and was ended"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{Actor, Subject};
    use crate::held::Held;

    fn alert() -> Alert {
        let connection = rackrate_core::ids::ConnectionId::new("pms").unwrap();
        Alert {
            subject: Subject::Client("acme".to_owned()),
            trouble: Trouble::ClientRefused,
            vendor: "Acme PMS".to_owned(),
            connections: [connection].into(),
            code: "invalid_client".to_owned(),
            actor: Actor::You {
                command: String::new(),
            },
            held: Held::default(),
            request: None,
        }
    }

    async fn sh(script: &str, deadline: Duration) -> Result<String, String> {
        let line = ["sh", "-c", script].map(str::to_owned);
        run(&line, &alert(), deadline).await
    }

    #[tokio::test]
    async fn the_program_is_told_names_and_nothing_of_our_environment() {
        let script = "test \"$RACKRATE_ALERT\" = 'client acme' && test \"$RACKRATE_ALERT_CONNECTIONS\" = pms && test -z \"$CARGO_MANIFEST_DIR\"";
        assert_eq!(
            sh(script, DEADLINE).await,
            Ok("the hook sh ended well".to_owned())
        );
    }

    #[tokio::test]
    async fn a_program_that_fails_or_hangs_is_told_without_what_it_printed() {
        let failed = sh("echo MARKER >&2; exit 3", DEADLINE).await;
        assert_eq!(
            failed,
            Err("the hook sh failed (exit status: 3)".to_owned())
        );
        let hung = sh("exec tail -f /dev/null", Duration::from_millis(50)).await;
        assert!(hung.unwrap_err().contains("longer than 50ms"));
        let none = run(&["rackrate-no-such".to_owned()], &alert(), DEADLINE).await;
        assert!(none.unwrap_err().contains("cannot be started"));
    }
}

//! `exec:PROGRAM ARG…`: what a program prints is the secret.
//!
//! No shell takes part. The program inherits the environment, reads nothing, and is ended
//! when it takes too long; what it started itself is its own business.
//!
//! Invariant: what it printed is in no message, not even where it printed the same to its
//! standard error.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use rackrate_auth::source::Program;
use rackrate_core::error::clean;
use rackrate_core::secret::Secret;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use zeroize::Zeroizing;

use crate::wiped::{LARGEST, TooLarge, Wiped, too_large};
use crate::{ErrorKind, SecretError, SecretSource};

/// As much of a program's complaint as is read.
const COMPLAINT: usize = 2 * 1024;

/// Programs, where they are allowed.
#[derive(Clone, Debug)]
pub struct Programs {
    home: PathBuf,
    allowed: bool,
    deadline: Duration,
}

impl Programs {
    /// Programs that are named with a slash start from `home`. Unless they are `allowed`, none
    /// is started. What takes longer than `deadline` is ended.
    pub fn new(home: &Path, allowed: bool, deadline: Duration) -> Self {
        Self {
            home: home.to_owned(),
            allowed,
            deadline,
        }
    }

    fn command(&self, program: &Program) -> Command {
        let named_by_path = program.name.components().count() > 1;
        let mut command = match named_by_path {
            true => Command::new(self.home.join(&program.name)),
            false => Command::new(&program.name),
        };
        command
            .args(&program.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

#[async_trait]
impl SecretSource for Programs {
    type Place = Program;

    async fn fetch(&self, program: &Program) -> Result<Secret, SecretError> {
        let name = program.name.display();
        let what = format!("the program {name}");
        if !self.allowed {
            let hint = "Set allow_exec = true in the configuration, or refer to another place.";
            let message = format!("{what} may not be started");
            return Err(SecretError::new(ErrorKind::Refused, message, hint));
        }
        let mut child = self.command(program).spawn().map_err(|error| {
            let message = format!("{what} cannot be started: {error}");
            SecretError::new(
                ErrorKind::Misconfigured,
                message,
                "Check its name and mode.",
            )
        })?;
        let ended = tokio::time::timeout(self.deadline, ended(&mut child)).await;
        let ended = match ended {
            Ok(ended) => ended.map_err(|error| broken(&what, &error))?,
            Err(_) => {
                // It may have ended by itself at this very moment.
                let _ = child.kill().await;
                return Err(late(&what, self.deadline));
            }
        };
        ended.secret().map_err(|error| error.about(&what))
    }
}

/// How a program ended, and what it said.
struct Ended {
    status: ExitStatus,
    printed: Result<Wiped, TooLarge>,
    complaint: Zeroizing<String>,
}

async fn ended(child: &mut Child) -> std::io::Result<Ended> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (printed, complaint) = tokio::try_join!(whole(stdout), beginning(stderr))?;
    let status = child.wait().await?;
    Ok(Ended {
        status,
        printed,
        complaint,
    })
}

/// Everything, unless it is larger than a secret.
async fn whole(from: Option<impl AsyncRead + Unpin>) -> std::io::Result<Result<Wiped, TooLarge>> {
    let mut all = Wiped::at_most(LARGEST);
    let mut part = Zeroizing::new([0; 4096]);
    let Some(mut from) = from else {
        return Ok(Ok(all));
    };
    loop {
        match from.read(part.as_mut_slice()).await? {
            0 => return Ok(Ok(all)),
            // The pipe closes with this, and so ends a program that would print for ever.
            length if all.push(&part[..length]).is_err() => return Ok(Err(TooLarge)),
            _ => {}
        }
    }
}

/// The beginning; the rest is read too, so that the program is not held up, and dropped.
async fn beginning(from: Option<impl AsyncRead + Unpin>) -> std::io::Result<Zeroizing<String>> {
    let mut first = Wiped::at_most(COMPLAINT);
    let mut part = Zeroizing::new([0; 1024]);
    if let Some(mut from) = from {
        loop {
            match from.read(part.as_mut_slice()).await? {
                0 => break,
                // Whatever no longer fits is dropped.
                length => drop(first.push(&part[..length])),
            }
        }
    }
    let text = String::from_utf8_lossy(first.as_slice());
    Ok(Zeroizing::new(text.into_owned()))
}

impl Ended {
    fn secret(&self) -> Result<Secret, SecretError> {
        match &self.printed {
            // Its end says nothing then, because its output was closed before.
            Err(TooLarge) => Err(too_large()),
            Ok(_) if !self.status.success() => Err(self.failure()),
            Ok(printed) => printed.secret(),
        }
    }

    fn failure(&self) -> SecretError {
        let mut message = format!("it failed ({})", self.status);
        let complaint = clean(&self.told());
        if !complaint.is_empty() {
            message = format!("{message}: {complaint}");
        }
        let hint = "Run it by hand as the same user, and see what it needs.";
        SecretError::new(ErrorKind::Unavailable, message, hint)
    }

    /// The complaint without what was printed too.
    fn told(&self) -> Zeroizing<String> {
        let mut told = self.complaint.clone();
        let printed = self.printed.as_ref().map_or(&[][..], Wiped::as_slice);
        let printed = Zeroizing::new(String::from_utf8_lossy(printed).into_owned());
        for word in printed.split_whitespace() {
            told = Zeroizing::new(told.replace(word, "…"));
        }
        told
    }
}

fn late(what: &str, deadline: Duration) -> SecretError {
    let message = format!("{what} printed nothing whole within {deadline:?}, and was ended");
    let hint = "See that it asks nobody anything, and that what it needs can be reached.";
    SecretError::new(ErrorKind::Unavailable, message, hint)
}

fn broken(what: &str, error: &std::io::Error) -> SecretError {
    let message = format!("{what} cannot be listened to: {error}");
    SecretError::new(ErrorKind::Unavailable, message, "Try again.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rackrate_auth::source::SecretRef;

    const LONG: Duration = Duration::from_secs(60);

    fn program(text: &str) -> Program {
        match SecretRef::parse(text).unwrap() {
            SecretRef::Exec(program) => program,
            other => panic!("{other:?}"),
        }
    }

    async fn run(text: &str, deadline: Duration) -> Result<Secret, SecretError> {
        let programs = Programs::new(Path::new("/"), true, deadline);
        programs.fetch(&program(text)).await
    }

    #[tokio::test]
    async fn what_a_program_prints_is_the_secret() {
        let secret = run("exec:printf '%s\\n' 'a  b;$HOME'", LONG).await.unwrap();
        assert_eq!(secret.expose(), "a  b;$HOME");
    }

    #[tokio::test]
    async fn a_program_that_fails_is_told_without_what_it_printed() {
        let script = "exec:sh -c 'echo MARKER; echo \"no\u{20}MARKER here\" >&2; exit 3'";
        let error = run(script, LONG).await.unwrap_err();
        let expected = "the program sh: it failed (exit status: 3): no … here";
        assert_eq!(error.to_string(), expected);
    }

    #[tokio::test]
    async fn a_long_complaint_is_cut_and_holds_nobody_up() {
        let script = "exec:sh -c 'yes complaint | head -c 300000 >&2; exit 1'";
        let error = run(script, LONG).await.unwrap_err();
        assert!(error.to_string().len() < 1000, "{error}");
    }

    #[tokio::test]
    async fn a_program_that_takes_too_long_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("never");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(made.unwrap().success());
        // It would wait for a writer for ever.
        let text = format!("exec:cat {}", fifo.display());
        let error = run(&text, Duration::from_millis(50)).await.unwrap_err();
        assert_eq!(error.code(), "secret.unavailable");
        assert!(error.to_string().contains("within 50ms"), "{error}");
    }

    #[tokio::test]
    async fn a_program_that_never_stops_printing_is_refused() {
        let error = run("exec:yes MARKER", LONG).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the program yes: it is larger than any secret"
        );
    }

    #[tokio::test]
    async fn nothing_is_started_that_is_not_allowed() {
        let programs = Programs::new(Path::new("/"), false, LONG);
        let error = programs.fetch(&program("exec:printf x")).await.unwrap_err();
        assert_eq!(error.code(), "secret.refused");
        assert!(error.hint().contains("allow_exec"));
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let error = run("exec:rackrate-no-such-program", LONG)
            .await
            .unwrap_err();
        assert_eq!(error.code(), "secret.misconfigured");
        assert!(error.to_string().contains("rackrate-no-such-program"));
    }
}

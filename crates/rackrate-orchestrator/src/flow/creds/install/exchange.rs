//! From a code to its grant, with the ledger's lock.
//!
//! Invariant: what a code is for is written down before the code leaves, and looked at again
//! under the lock, so that no code leaves twice.

use std::time::Duration;

use rackrate_core::finding::Finding;
use rackrate_runtime::desk::Code;
use rackrate_runtime::engine::types::Policy;

use super::answer::{Brings, Came, Guest};
use super::life::{Standing, Step};
use super::place::further;
use super::{Install, Origin, account, filed, installs, stepped, tidied};
use crate::flow::creds::{Settled, Wanted, settle};
use crate::host::Host;
use crate::portfolio::{Link, Portfolio};
use crate::problem::Result;

/// No code should live longer (RFC 6749, section 4.1.2), and Cloudbeds' live so long.
const CODE_LIFE: Duration = Duration::from_secs(600);

/// What became of a guest.
#[derive(Debug)]
pub struct Taken {
    /// What the visit came to.
    pub came: Came,
    /// What is to be told of a grant beside that it is there.
    pub told: Option<Finding>,
}

impl From<Came> for Taken {
    fn from(came: Came) -> Self {
        Self { came, told: None }
    }
}

/// Does what a guest came for.
///
/// # Errors
/// When the ledger fails; then the code has not left, or what became of it is not known.
pub async fn take(
    host: &mut dyn Host,
    portfolio: &Portfolio,
    guest: Guest<'_>,
    policy: Policy,
) -> Result<Taken> {
    let waited = host.now().since(guest.came);
    let Guest {
        name, link, brings, ..
    } = guest;
    match brings {
        Brings::No(words) => match claimed(host, &name, Step::Declined).await? {
            Ok(_) => Ok(Came::Declined(words).into()),
            Err(came) => Ok(came.into()),
        },
        Brings::Answer(code) => match claimed(host, &name, Step::Answered).await? {
            Ok(install) => answered(host, (&name, install), link, (code, waited), policy).await,
            Err(came) => Ok(came.into()),
        },
        Brings::Beginning(code) => match begun(host, &name, link).await? {
            Some(install) => {
                let own = account(link, &name)?;
                let exchanged = exchanged(host, &own, (code, waited), policy).await?;
                arrived(host, portfolio, (&name, install), exchanged, policy).await
            }
            None => Ok(Came::Used.into()),
        },
    }
}

/// Writes down that a link is answered, unless another process has done so meanwhile.
async fn claimed(host: &mut dyn Host, name: &str, step: Step) -> Result<Result<Install, Came>> {
    let mut all = installs(host.ledger().as_ref()).await?;
    let Some(install) = all.remove(name) else {
        return Ok(Err(Came::Used));
    };
    if let Err(why) = install.standing.after(step.clone(), host.now()) {
        return Ok(Err(why.into()));
    }
    stepped(host, name, install, step).await.map(Ok)
}

/// Writes down that a code is about to leave; `None` where one of that name has.
async fn begun(host: &mut dyn Host, name: &str, template: &Link) -> Result<Option<Install>> {
    let all = installs(host.ledger().as_ref()).await?;
    if all.contains_key(name) {
        return Ok(None);
    }
    let at = host.now();
    let install = Install::at(template, Origin::Vendor, Standing::Answered { at });
    let mut ops: Vec<_> = tidied(&all, at).collect();
    ops.push(filed(name, &install)?);
    host.note(ops).await?;
    Ok(Some(install))
}

/// The code of a link becomes the grant of its connection.
async fn answered(
    host: &mut dyn Host,
    (name, install): (&str, Install),
    link: &Link,
    code: (Code, Duration),
    policy: Policy,
) -> Result<Taken> {
    let (step, taken) = match exchanged(host, link, code, policy).await? {
        Ok(told) => {
            let came = Came::Connected(link.id.clone());
            (Step::Connected(link.id.clone()), Taken { came, told })
        }
        Err(why) => (Step::Failed(why.clone()), Came::Failed(why).into()),
    };
    stepped(host, name, install, step).await?;
    Ok(taken)
}

/// The grant of a hotel that began at the vendor goes on to its connection.
async fn arrived(
    host: &mut dyn Host,
    portfolio: &Portfolio,
    (name, install): (&str, Install),
    exchanged: Result<Option<Finding>, String>,
    policy: Policy,
) -> Result<Taken> {
    let (step, told) = match exchanged {
        Ok(told) => (Step::Granted, told),
        Err(why) => (Step::Failed(why), None),
    };
    let install = stepped(host, name, install, step).await?;
    let came = match &install.standing {
        Standing::Closed { why, .. } => Came::Failed(why.to_string()),
        _ => further(host, portfolio, name, install, policy).await?,
    };
    Ok(Taken { came, told })
}

/// Gives a code, which has waited so long, to the vendor: what is to be told of the grant, or
/// why there is none.
async fn exchanged(
    host: &mut dyn Host,
    link: &Link,
    (code, waited): (Code, Duration),
    policy: Policy,
) -> Result<Result<Option<Finding>, String>> {
    let settled = settle(host, link, Wanted::Grant(code), policy).await?;
    Ok(match settled {
        Settled::Done(told) => Ok(told),
        Settled::Stopped(_, finding) => Err(late(waited).unwrap_or_default() + &finding.message),
    })
}

/// Why a code may be none any more: it waited for the ledger longer than codes live.
fn late(waited: Duration) -> Option<String> {
    let minutes = waited.as_secs() / 60;
    (waited >= CODE_LIFE).then(|| {
        format!("its code ran out while another command had the ledger for {minutes} min, so it has to begin again: ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_waited_longer_than_codes_live_is_told_as_run_out() {
        let told = |seconds| late(Duration::from_secs(seconds));
        assert_eq!(told(599), None);
        let words = told(754).unwrap();
        assert!(
            words.contains("ran out") && words.contains("12 min"),
            "{words}"
        );
    }
}

//! What is at the places that accounts refer to, and what that means to each of them.
//!
//! Invariant: a place is asked once, and one whose service is known to be silent not at all.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::{StreamExt, stream};
use rackrate_auth::seal::Seal;
use rackrate_auth::source::SecretRef;
use rackrate_core::finding::Place;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_secrets::{ErrorKind, SecretError};

use super::{Asked, Locked, told};
use crate::portfolio::Link;

/// So many are asked for at once; each is a small question to a busy service.
pub(super) const AT_ONCE: usize = 8;

/// What is at the places that some accounts refer to.
pub(super) struct Fetched(BTreeMap<String, Result<Secret, SecretError>>);

/// Asks the places of these accounts, each once however many share it, so that all of them go
/// by the same secret. Where a service does not answer its other places are not asked: they
/// would be waited for as long.
pub(super) async fn fetch(links: &[Link], sources: Asked<'_>) -> Fetched {
    let places = links.iter().flat_map(|link| link.references.values());
    let distinct: BTreeMap<_, _> = places.map(|place| (place.to_string(), place)).collect();
    let silent = &Mutex::new(Vec::new());
    let fetches = distinct.into_iter().map(|(name, place)| async move {
        let known = silence(&held(silent), place);
        let answer = match known {
            Some(error) => Err(error),
            None => sources.fetch(place).await,
        };
        let unheard = answer.as_ref().err().filter(|error| is_silence(error));
        held(silent).extend(unheard.map(|error| (place, error.clone())));
        (name, answer)
    });
    let fetched = stream::iter(fetches).buffer_unordered(AT_ONCE).collect();
    Fetched(fetched.await)
}

type Silent<'r> = Vec<(&'r SecretRef, SecretError)>;

fn held<'m, 'r>(silent: &'m Mutex<Silent<'r>>) -> MutexGuard<'m, Silent<'r>> {
    silent.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why a place is not asked, where its service has not answered about another one.
fn silence(silent: &Silent<'_>, place: &SecretRef) -> Option<SecretError> {
    let mut all = silent.iter();
    let same = all.find(|(other, _)| one(other, place));
    same.map(|(_, error)| error.clone())
}

fn is_silence(error: &SecretError) -> bool {
    error.kind() == ErrorKind::Unavailable
}

impl Fetched {
    /// Whether these accounts have all they need.
    pub(super) fn suffice(&self, links: &[Link], file: &str) -> Result<(), Locked> {
        let mut locked = Locked::not();
        let mut silent: Vec<&SecretRef> = Vec::new();
        let all = links.iter();
        let wanted = all.flat_map(|link| link.references.iter().map(move |one| (&link.id, one)));
        for (id, (name, reference)) in wanted {
            let Some(Err(error)) = self.0.get(&reference.to_string()) else {
                continue;
            };
            let place = Place::file(file).on(id);
            let finding = told(place, &format!("the secret {name}"), reference, error);
            locked.lack(id, reference, &finding.code);
            if silent.iter().any(|other| one(other, reference)) {
                continue;
            }
            silent.extend(is_silence(error).then_some(reference));
            locked.findings.push(finding);
        }
        match locked.findings.is_empty() {
            true => Ok(()),
            false => Err(locked),
        }
    }

    pub(super) fn open(&self, link: &mut Link, seal: &Seal) {
        let here = |reference: &SecretRef| self.0.get(&reference.to_string())?.clone().ok();
        let all = link.references.iter();
        let had = all.filter_map(|(name, reference)| Some((name.clone(), here(reference)?)));
        link.secrets = Secrets::new(had);
        link.seal = Some(seal.clone());
    }
}

/// Whether one service gives both, so that its silence about one is silence about the other;
/// for files that is their folder, which may be of a machine that is gone.
fn one(this: &SecretRef, that: &SecretRef) -> bool {
    use SecretRef::{AwsSm, File, Vault};
    match (this, that) {
        (Vault(_), Vault(_)) | (AwsSm(_), AwsSm(_)) => true,
        (File(this), File(that)) => this.parent() == that.parent(),
        _ => this == that,
    }
}

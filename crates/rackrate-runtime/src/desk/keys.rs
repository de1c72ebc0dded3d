//! What is kept under one key, sealed with another.
//!
//! Invariant: what was opened is closed again at once, for whom it was before.

use rackrate_auth::seal::Seal;
use rackrate_core::ids::ConnectionId;
use rackrate_core::key::Key;
use rackrate_ledger::op::{KeptGrant, SealedToken};

use super::Connection;

/// The key that is used now, and the one that takes its place.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The key before.
    pub old: Seal,
    /// The key from now on.
    pub new: Seal,
}

/// What can be done with a sealed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resealing {
    /// It is sealed with the new key now.
    Done(String),
    /// It was already.
    Already,
    /// Neither key opens it, or it is for somebody else by now.
    Unreadable,
}

impl Keys {
    /// A text that is sealed for these bytes.
    pub fn reseal(&self, bound_to: &[u8], text: &str) -> Resealing {
        if self.new.open(bound_to, text).is_some() {
            return Resealing::Already;
        }
        let opened = self.old.open(bound_to, text);
        let again = opened.and_then(|secret| self.new.close(bound_to, &secret));
        again.map_or(Resealing::Unreadable, Resealing::Done)
    }

    fn of(&self, bound_to: &Key, text: &str) -> Resealing {
        self.reseal(bound_to.as_str().as_bytes(), text)
    }
}

impl Connection {
    /// The same under another name: what is kept of an installation has one of its own.
    fn named(&self, id: &ConnectionId) -> Self {
        Self {
            id: id.clone(),
            ..self.clone()
        }
    }

    /// A kept token under the other key.
    pub fn reseal_token(&self, keys: &Keys, token: &SealedToken) -> Resealing {
        keys.of(&self.named(&token.connection).bound_to(), &token.sealed)
    }

    /// A kept consent under the other key.
    pub fn reseal_consent(&self, keys: &Keys, kept: &KeptGrant) -> Resealing {
        let bound_to = self.named(&kept.connection).consent_bound_to();
        keys.of(&bound_to, &kept.sealed)
    }
}

#[cfg(test)]
mod tests {
    use rackrate_core::secret::Secret;

    use super::*;

    #[test]
    fn a_text_is_sealed_anew_once_for_the_same() {
        let key = || Seal::of_this_process().unwrap();
        let keys = Keys {
            old: key(),
            new: key(),
        };
        let secret = Secret::new("refresh".to_owned());
        let sealed = keys.old.close(b"hotel", &secret).unwrap();
        let Resealing::Done(anew) = keys.reseal(b"hotel", &sealed) else {
            panic!("it can be opened");
        };
        let opened = keys.new.open(b"hotel", &anew).unwrap();
        assert_eq!(opened.expose(), "refresh");
        assert_eq!(keys.reseal(b"hotel", &anew), Resealing::Already);
        assert_eq!(keys.reseal(b"other", &sealed), Resealing::Unreadable);
        let strange = key().close(b"hotel", &secret).unwrap();
        assert_eq!(keys.reseal(b"hotel", &strange), Resealing::Unreadable);
    }
}

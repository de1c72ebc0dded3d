//! The page where the client's secret is changed: a new one in place of all others, or one
//! more beside them.

use rackrate_core::secret::Secret;

/// The secrets that were made there since the start.
#[derive(Debug, Default)]
pub(super) struct Portal {
    made: Vec<Secret>,
    /// The secret of the start is worth nothing any more.
    replaced: bool,
}

impl Portal {
    /// Does what a switch of that name means, if it is one of this page.
    pub(super) fn switch(&mut self, name: &str, value: &str) {
        match name {
            "client_secret" => {
                self.made.clear();
                self.replaced = true;
            }
            "client_secret_beside" => {}
            _ => return,
        }
        self.made.push(Secret::new(value.to_owned()));
    }

    /// Whether a secret is good, where the server began with that one.
    pub(super) fn takes(&self, first: &Secret, secret: &str) -> bool {
        let first = Some(first).filter(|_| !self.replaced);
        let mut good = self.made.iter().chain(first);
        good.any(|good| good.expose() == secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_beside_leaves_the_others_and_one_in_place_ends_them() {
        let first = Secret::new("first".to_owned());
        let mut portal = Portal::default();
        let mut good = |switch: Option<(&str, &str)>| {
            if let Some((name, value)) = switch {
                portal.switch(name, value);
            }
            ["first", "second", "third"].map(|secret| portal.takes(&first, secret))
        };
        assert_eq!(good(None), [true, false, false]);
        assert_eq!(
            good(Some(("client_secret_beside", "second"))),
            [true, true, false]
        );
        assert_eq!(good(Some(("client_secret", "third"))), [false, false, true]);
        assert_eq!(good(Some(("consent", "first"))), [false, false, true]);
    }
}

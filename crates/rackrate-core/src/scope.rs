//! What a grant may do, by its scopes (RFC 6749, section 3.3): which ones an operation needs,
//! which ones were granted, and which ones nobody may ask for.
//!
//! Adapters state the needs as data; whether what was granted covers them is decided by the
//! runtime.
//!
//! Invariant: scopes are compared letter by letter, in any order, as the standard has them.

use std::collections::BTreeSet;

use crate::exchange::Operation;

/// How the scopes of a grant come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// They are asked for by name.
    Asked,
    /// A person ticks them at the vendor; asking for them by name changes nothing.
    Ticked,
}

/// The scopes that each operation needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes {
    given: Given,
    needs: Vec<(Operation, Need)>,
}

/// Scopes of which one is enough; the first is the one to ask for.
type Need = Vec<String>;

impl Scopes {
    /// No needs yet.
    pub fn new(given: Given) -> Self {
        Self {
            given,
            needs: Vec::new(),
        }
    }

    /// An operation needs one of these scopes. Said again, it needs one of those, too.
    #[must_use]
    pub fn need(
        mut self,
        operation: Operation,
        one_of: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let one_of = one_of.into_iter().map(Into::into).collect();
        self.needs.push((operation, one_of));
        self
    }

    /// How they come about.
    pub fn given(&self) -> Given {
        self.given
    }

    /// The fewest scopes for those operations that this finds, in the order of the needs: what
    /// leaves no choice comes first, so that it may serve the others.
    pub fn of(&self, operations: &[Operation]) -> Vec<String> {
        let needs = self.needs.iter();
        let needs = needs.filter(|(operation, _)| operations.contains(operation));
        let (choices, fixed): (Vec<_>, Vec<_>) = needs.partition(|(_, need)| need.len() > 1);
        let mut asked: Vec<String> = Vec::new();
        for (_, need) in fixed.into_iter().chain(choices) {
            if !need.iter().any(|scope| asked.contains(scope)) {
                asked.extend(need.first().cloned());
            }
        }
        asked
    }

    /// Of listed scopes those to ask for, where somebody lists more than those operations
    /// need: what only others have a use for is left out.
    pub fn narrowed(&self, listed: &[String], operations: &[Operation]) -> Vec<String> {
        let useful = |scope: &&String| {
            self.serves(scope, operations) || !self.serves(scope, &Operation::ALL)
        };
        let narrowed: Vec<_> = listed.iter().filter(useful).cloned().collect();
        match narrowed.is_empty() {
            true => self.of(operations),
            false => narrowed,
        }
    }

    /// What an operation needs and was not granted, by the scope to ask for.
    pub fn missing(&self, operation: Operation, granted: &Granted) -> Vec<&str> {
        let needs = self.needs.iter();
        needs
            .filter(|(of, need)| *of == operation && !need.iter().any(|scope| granted.has(scope)))
            .filter_map(|(_, need)| need.first().map(String::as_str))
            .collect()
    }

    /// The scopes that an operation draws on, of those that were granted: of each need the first
    /// that is there.
    pub fn drawn(&self, operation: Operation, granted: &Granted) -> Vec<String> {
        let needs = self.needs.iter().filter(|(of, _)| *of == operation);
        let there = |need: &Need| need.iter().find(|scope| granted.has(scope)).cloned();
        needs.filter_map(|(_, need)| there(need)).collect()
    }

    /// Whether any of those operations has a use for it.
    fn serves(&self, scope: &str, operations: &[Operation]) -> bool {
        let mut needs = self.needs.iter();
        needs.any(|(of, need)| operations.contains(of) && need.iter().any(|one| one == scope))
    }

    /// What was granted beyond what was asked for, except another scope for the same
    /// operations.
    pub fn beyond(&self, granted: &Granted, asked: &[String]) -> Vec<String> {
        let asked_for = Granted(asked.iter().cloned().collect());
        let (meant, others): (Vec<_>, Vec<_>) = Operation::ALL
            .into_iter()
            .partition(|operation| self.missing(*operation, &asked_for).is_empty());
        let same = |scope: &str| self.serves(scope, &meant) && !self.serves(scope, &others);
        let granted = granted.0.iter();
        granted
            .filter(|scope| !asked.contains(scope) && !same(scope))
            .cloned()
            .collect()
    }

    /// Whether no need is stated, so that nothing can be held against them.
    pub fn is_empty(&self) -> bool {
        self.needs.is_empty()
    }
}

/// The scopes that a vendor says it granted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Granted(BTreeSet<String>);

impl Granted {
    /// The scopes of a text, blanks between them.
    pub fn of(text: &str) -> Self {
        Self(text.split_ascii_whitespace().map(str::to_owned).collect())
    }

    /// Whether it is among them.
    pub fn has(&self, scope: &str) -> bool {
        self.0.contains(scope)
    }
}

impl std::fmt::Display for Granted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scopes: Vec<_> = self.0.iter().map(String::as_str).collect();
        f.write_str(&scopes.join(" "))
    }
}

/// Words of a scope's name that tell that it gives more than rates, with what that is. They
/// are words of their own: `discard` is no `card`.
const TOO_MUCH: [(&str, &str); 27] = [
    ("all", "everything"),
    ("full", "everything"),
    ("admin", "administration"),
    ("administrator", "administration"),
    ("administration", "administration"),
    ("superuser", "administration"),
    ("root", "administration"),
    ("guest", "guests"),
    ("customer", "guests"),
    ("traveler", "guests"),
    ("traveller", "guests"),
    ("profile", "guests"),
    ("reservation", "reservations"),
    ("booking", "reservations"),
    ("payment", "payments"),
    ("card", "payments"),
    ("charge", "payments"),
    ("refund", "payments"),
    ("transaction", "payments"),
    ("billing", "finance"),
    ("invoice", "finance"),
    ("folio", "finance"),
    ("finance", "finance"),
    ("financial", "finance"),
    ("accounting", "finance"),
    ("payout", "finance"),
    ("bank", "finance"),
];

/// Why a scope may not be asked for; `None` for one that may. Only its name is known here, so
/// a name that speaks of guests is refused even where it counts them.
pub fn refused(scope: &str) -> Option<&'static str> {
    if scope.contains('*') {
        return Some("everything");
    }
    words(scope).iter().find_map(|word| {
        let mut known = TOO_MUCH.iter();
        let (_, what) =
            known.find(|(one, _)| word == one || word.strip_suffix('s') == Some(one))?;
        Some(*what)
    })
}

/// The words of a name such as `read:customFields`, in small letters.
fn words(scope: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_small = false;
    for letter in scope.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && after_small) {
            words.push(String::new());
        }
        after_small = letter.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use Operation::{Discover, Push, Read};

    use super::*;

    fn apart() -> Scopes {
        Scopes::new(Given::Asked)
            .need(Read, ["rates.read", "rates.manage"])
            .need(Push, ["rates.manage"])
            .need(Discover, ["setup.read"])
    }

    #[test]
    fn who_only_looks_asks_for_nothing_that_writes() {
        assert_eq!(apart().of(&[Discover, Read]), ["setup.read", "rates.read"]);
        let all = apart().of(&Operation::ALL);
        assert_eq!(all, ["rates.manage", "setup.read"]);
    }

    #[test]
    fn of_a_list_only_what_others_need_is_left_out() {
        let listed = ["rates.manage", "parities.audit", "setup.read"].map(str::to_owned);
        let narrowed = |operations: &[Operation]| apart().narrowed(&listed, operations);
        assert_eq!(narrowed(&Operation::ALL), listed);
        assert_eq!(narrowed(&[Discover]), ["parities.audit", "setup.read"]);
        let listed = ["rates.manage".to_owned()];
        assert_eq!(apart().narrowed(&listed, &[Discover]), ["setup.read"]);
    }

    #[test]
    fn an_operation_draws_on_what_is_there_of_its_needs() {
        let drawn = |operation, granted| apart().drawn(operation, &Granted::of(granted));
        assert_eq!(drawn(Read, "rates.manage setup.read"), ["rates.manage"]);
        assert_eq!(drawn(Read, "rates.manage rates.read"), ["rates.read"]);
        assert_eq!(drawn(Push, "rates.read"), [""; 0]);
        assert_eq!(drawn(Operation::Token, "rates.read"), [""; 0]);
    }

    #[test]
    fn what_was_granted_is_compared_letter_by_letter_in_any_order() {
        let lacks = |operation, granted| -> Vec<String> {
            let missing = apart();
            let missing = missing.missing(operation, &Granted::of(granted));
            missing.into_iter().map(str::to_owned).collect()
        };
        assert!(lacks(Push, "setup.read  rates.manage").is_empty());
        assert!(lacks(Read, "rates.manage").is_empty());
        assert_eq!(lacks(Push, "rates.read setup.read"), ["rates.manage"]);
        assert_eq!(lacks(Push, "Rates.Manage"), ["rates.manage"]);
        assert_eq!(lacks(Discover, ""), ["setup.read"]);
    }

    #[test]
    fn what_an_operation_can_use_is_not_too_much() {
        let granted = Granted::of("rates.manage rates.read setup.read guests.read");
        let asked = apart().of(&Operation::ALL);
        assert_eq!(apart().beyond(&granted, &asked), ["guests.read"]);
        let granted = Granted::of("setup.read rates.read rates.manage");
        let asked = apart().of(&[Read, Discover]);
        assert_eq!(apart().beyond(&granted, &asked), ["rates.manage"]);
    }

    #[test]
    fn a_scope_that_gives_more_than_rates_is_refused_by_its_words() {
        for (scope, what) in [
            ("*", "everything"),
            ("rates:*", "everything"),
            ("read:all", "everything"),
            ("write:adminSettings", "administration"),
            ("ADMIN", "administration"),
            ("read:guest", "guests"),
            ("rate.guest_count", "guests"),
            ("guests.read", "guests"),
            ("read:reservation", "reservations"),
            ("reservations.manage", "reservations"),
            ("booking_engine:api", "reservations"),
            ("write:payment", "payments"),
            ("cards.read", "payments"),
            ("folios.read", "finance"),
            ("accounting.read", "finance"),
        ] {
            assert_eq!(refused(scope), Some(what), "{scope}");
        }
    }

    #[test]
    fn the_scopes_of_rates_are_not_refused() {
        for scope in [
            "rates:read",
            "rates:write",
            "parities:audit",
            "read:hotel",
            "read:room",
            "read:rate",
            "write:rate",
            "read:taxesAndFees",
            "rates.manage",
            "rateplans.read-corporate",
            "setup.read",
            "open-api",
            "offline_access",
            "urn:opc:hgbu:ws:__myscopes__",
            "discard",
            "allotments.read",
            "fullerton:rates",
        ] {
            assert_eq!(refused(scope), None, "{scope}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_beside_a_refused_word_makes_it_good(
            before in "[a-z]{0,6}[.:_-]?",
            at in 0..TOO_MUCH.len(),
            after in "[.:_-]?[a-z]{0,6}",
        ) {
            let word = TOO_MUCH[at].0;
            let alone = |text: &str| text.is_empty() || text.contains(['.', ':', '_', '-']);
            let scope = format!("{before}{word}{after}");
            if alone(&before) && alone(&after) {
                proptest::prop_assert!(refused(&scope).is_some(), "{}", scope);
            }
        }

        #[test]
        fn what_is_asked_for_covers_what_it_was_asked_for(
            needs in proptest::collection::vec(
                (0..Operation::ALL.len(), proptest::collection::vec("[a-e]", 1..4)),
                0..8,
            ),
        ) {
            let scopes = needs.iter().fold(Scopes::new(Given::Asked), |scopes, (at, need)| {
                scopes.need(Operation::ALL[*at], need.clone())
            });
            let asked = scopes.of(&Operation::ALL);
            let granted = Granted::of(&asked.join(" "));
            for operation in Operation::ALL {
                proptest::prop_assert!(scopes.missing(operation, &granted).is_empty());
            }
            proptest::prop_assert!(scopes.beyond(&granted, &asked).is_empty());
        }
    }
}

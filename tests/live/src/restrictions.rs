//! Which value a restriction is set to, so that setting and clearing it both show.

use rackrate_core::rules::{Restriction, Set};

use crate::kept::Kept;

/// What is tried with a kind of restriction, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trial {
    /// The value it is set to: no night has it before.
    pub(crate) value: u16,
    /// Whether it is cleared first: a flag that is on everywhere cannot be seen being set.
    pub(crate) clear_first: bool,
}

/// What to try; the words say why it cannot be put back, and so not be tried.
pub(crate) fn trial(kept: &Kept, kind: Restriction) -> Result<Trial, String> {
    let before = || {
        kept.nights
            .iter()
            .map(|night| kind.plain(night.rules.get(kind)))
    };
    if before().any(|was| was.is_leave()) {
        return Err("what stands there is not told, so it could not be put back".to_owned());
    }
    let longest = |kind: Restriction| {
        let told = kept.nights.iter().map(|night| night.rules.get(kind));
        let stays = told.filter_map(|was| match was {
            Set::To(nights) => Some(nights),
            Set::Clear | Set::Leave => None,
        });
        stays.max().unwrap_or_default()
    };
    let value = match kind {
        Restriction::MinStayArrival | Restriction::MinStayThrough => longest(kind).max(1) + 1,
        // Longer than any minimum, else the vendor would be right to refuse it.
        Restriction::MaxStayArrival | Restriction::MaxStayThrough => {
            let shortest =
                longest(Restriction::MinStayArrival).max(longest(Restriction::MinStayThrough));
            longest(kind).max(shortest).max(13) + 1
        }
        _ => 1,
    };
    let clear_first = before().all(|was| was == Set::To(value));
    Ok(Trial { value, clear_first })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kept::KeptNight;
    use crate::subject::tests::subject;
    use rackrate_core::clock::Wall;
    use rackrate_core::money::Minor;
    use rackrate_core::rules::Rules;

    fn kept(rules: [Rules; 2]) -> Kept {
        let subject = subject();
        let nights = rules.into_iter().zip(subject.nights());
        let nights = nights.map(|(rules, night)| KeptNight {
            night,
            prices: vec![(2, Minor(10_000))],
            rules,
        });
        Kept::new(subject.clone(), Wall(0), nights.collect())
    }

    fn of(kind: Restriction, wish: Set<u16>) -> Rules {
        let mut rules = Rules::LEAVE;
        rules.set(kind, wish);
        rules
    }

    #[test]
    fn the_value_is_one_that_no_night_has() {
        use Restriction::{MaxStayArrival, MinStayArrival, StopSell};
        let trial = |kind, a, b| trial(&kept([of(kind, a), of(kind, b)]), kind).unwrap();
        assert_eq!(trial(MinStayArrival, Set::Clear, Set::Clear).value, 2);
        assert_eq!(trial(MinStayArrival, Set::To(2), Set::To(4)).value, 5);
        assert_eq!(trial(MaxStayArrival, Set::Clear, Set::To(14)).value, 15);
        assert!(!trial(StopSell, Set::To(1), Set::Clear).clear_first);
        assert!(trial(StopSell, Set::To(1), Set::To(1)).clear_first);
    }

    #[test]
    fn what_is_not_told_is_not_tried() {
        let kind = Restriction::ClosedToArrival;
        let half = kept([of(kind, Set::Clear), Rules::LEAVE]);
        assert!(trial(&half, kind).is_err());
    }
}

//! Reproducible choices: the same seed, the same run.
//!
//! Not for secrets: whoever sees two numbers knows all that follow.

/// A stream of numbers that looks random and is decided by its seed (SplitMix64).
#[derive(Clone, Debug)]
pub struct Seed(u64);

impl Seed {
    /// The stream of a number.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// An independent stream, decided by this one's start and a name.
    pub fn branch(&self, name: &str) -> Self {
        let hash = blake3::hash(name.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        let mut branch = Self(self.0 ^ u64::from_le_bytes(first));
        branch.draw();
        branch
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included; `low` when they are out of order.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        match high.checked_sub(low) {
            None | Some(0) => low,
            Some(u64::MAX) => self.draw(),
            Some(span) => low + self.draw() % (span + 1),
        }
    }

    /// True in so many of a thousand cases.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.draw() % 1000 < per_mille
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_branches_differ() {
        let (mut one, mut two) = (Seed::new(7), Seed::new(7));
        assert_eq!([one.draw(), one.draw()], [two.draw(), two.draw()]);
        assert_ne!(one.branch("a").draw(), one.branch("b").draw());
    }

    #[test]
    fn between_stays_between() {
        let mut seed = Seed::new(1);
        assert!((0..1000).all(|_| (3..=5).contains(&seed.between(3, 5))));
        assert_eq!(seed.between(5, 3), 5);
        assert!(!(0..100).any(|_| seed.chance(0)));
    }
}

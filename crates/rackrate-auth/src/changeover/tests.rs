//! Changes that break off anywhere, in a world where vendor, place and record are apart.

use proptest::prelude::*;

use super::*;

/// The vendor, the place that the configuration leads to, and what is written down. Secrets
/// are counted; the first is 1.
#[derive(Clone, Debug)]
struct World {
    way: Way,
    good: Vec<u32>,
    place: u32,
    kept: Option<Changeover>,
    ends: Vec<bool>,
    /// The secret at the place was good when the change ended.
    ended_good: bool,
}

/// How a run of the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ran {
    Crashed,
    Waits,
    Refused,
    Ended,
    Nothing,
}

impl World {
    fn new(way: Way) -> Self {
        Self {
            way,
            good: vec![1],
            place: 1,
            kept: None,
            ends: Vec::new(),
            ended_good: false,
        }
    }

    /// A person makes the second secret at the vendor.
    fn reset(&mut self) {
        self.good = match self.way {
            Way::Overlap => vec![1, 2],
            Way::Hold => vec![2],
        };
    }

    /// Runs the command; a crash comes before the step of that number.
    fn run(&mut self, wish: Wish, crash: usize) -> Ran {
        let mut known = Known::default();
        for step in 0.. {
            let next = Changeover::next(self.kept, self.way, wish, known);
            if step == crash {
                return Ran::Crashed;
            }
            match next {
                Move::Write(at) => {
                    (self.kept, known) = (Some(at), Known::default());
                }
                Move::Look => known.switched = Some(self.place == 2),
                Move::Prove(which) => {
                    let secret = match which {
                        Which::New => 2,
                        Which::Configured => self.place,
                    };
                    known.proof = Some(self.good.contains(&secret));
                }
                Move::End { done } => {
                    self.kept = None;
                    self.ends.push(done);
                    self.ended_good = self.good.contains(&self.place);
                    return Ran::Ended;
                }
                Move::Person => return Ran::Waits,
                Move::Refused => return Ran::Refused,
                Move::Nothing => return Ran::Nothing,
            }
            assert!(step < 10, "it does not come to rest");
        }
        Ran::Nothing
    }

    /// Repeats a run until it does not crash; `crashes` are where the runs before break off.
    fn repeat(&mut self, wish: Wish, crashes: &mut impl Iterator<Item = usize>) -> Ran {
        loop {
            let crash = crashes.next().unwrap_or(usize::MAX);
            match self.run(wish, crash) {
                Ran::Crashed => {}
                ran => return ran,
            }
        }
    }
}

fn ways() -> impl Strategy<Value = Way> {
    prop_oneof![Just(Way::Overlap), Just(Way::Hold)]
}

proptest! {
    /// Whatever breaks off, the repeat comes to the same end as if nothing had.
    #[test]
    fn a_repeat_after_crashes_comes_to_the_same_end(
        way in ways(),
        crashes in proptest::collection::vec(0_usize..6, 0..12),
    ) {
        let mut world = World::new(way);
        let crashes = &mut crashes.into_iter();
        if way == Way::Overlap {
            world.reset();
        }
        prop_assert_eq!(world.repeat(Wish::Go, crashes), Ran::Waits);
        prop_assert_eq!(world.kept.map(Changeover::holds), Some(way == Way::Hold));
        world.reset();
        world.place = 2;
        let last = world.repeat(Wish::Continue, crashes);
        prop_assert!(matches!(last, Ran::Ended | Ran::Nothing), "{last:?}");
        prop_assert_eq!(world.kept, None);
        prop_assert_eq!(&world.ends[..], &[true][..]);
        prop_assert_eq!(world.run(Wish::Continue, usize::MAX), Ran::Nothing);
    }

    /// Whatever people do in whatever order, a change that ends as done ends with a secret
    /// that the vendor takes.
    #[test]
    fn nothing_is_released_as_done_with_a_secret_that_is_not_good(
        way in ways(),
        acts in proptest::collection::vec(0_u8..6, 0..20),
    ) {
        let mut world = World::new(way);
        for act in acts {
            let ended = world.ends.len();
            match act {
                0 => world.reset(),
                1 => world.place = 2,
                2 => world.place = 3,
                3 => drop(world.run(Wish::Go, usize::MAX)),
                4 => drop(world.run(Wish::Continue, usize::MAX)),
                _ => drop(world.run(Wish::Abort, usize::MAX)),
            }
            if world.ends.get(ended) == Some(&true) {
                prop_assert!(world.ended_good);
            }
        }
    }
}

#[test]
fn the_old_secret_is_no_proof_of_a_change() {
    for way in [Way::Overlap, Way::Hold] {
        let mut world = World::new(way);
        world.reset();
        world.run(Wish::Go, usize::MAX);
        assert_eq!(world.run(Wish::Continue, usize::MAX), Ran::Waits, "{way:?}");
    }
}

#[test]
fn a_secret_that_the_vendor_refuses_changes_nothing() {
    let mut world = World::new(Way::Overlap);
    assert_eq!(world.run(Wish::Go, usize::MAX), Ran::Refused);
    let begun = world.kept.map(|kept| kept.stage);
    assert_eq!(begun, Some(Stage::Begun));
}

#[test]
fn an_abort_releases_from_every_step_and_says_so_once() {
    for crash in 0..6 {
        let mut world = World::new(Way::Hold);
        world.run(Wish::Go, crash);
        world.reset();
        world.place = 2;
        world.run(Wish::Continue, crash);
        let under_way = world.kept.is_some();
        let ends = world.ends.len();
        world.run(Wish::Abort, usize::MAX);
        assert_eq!(world.kept, None);
        assert_eq!(world.ends.len() - ends, usize::from(under_way));
    }
}

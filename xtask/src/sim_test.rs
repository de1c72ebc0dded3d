//! `cargo xtask sim-test`: the simulation, built in release.

use std::process::ExitCode;

use xshell::cmd;

use crate::flags;
use crate::test::exit;
use crate::tree::{self, Tree};

/// The package with the simulation, which is also the name of its program.
pub(crate) const PACKAGE: &str = "rackrate-simulation";

impl flags::SimTest {
    pub(crate) fn run(self, tree: &Tree) -> anyhow::Result<ExitCode> {
        let flags = self.flags();
        let run = cmd!(
            tree.sh,
            "cargo run --quiet --release --package {PACKAGE} -- {flags...}"
        );
        Ok(exit(!tree::watch(run, |_| ())?))
    }

    fn flags(&self) -> Vec<String> {
        let value = |name: &str, value: Option<String>| {
            let value = value.into_iter();
            value
                .flat_map(|value| [format!("--{name}"), value])
                .collect()
        };
        let lists: [Vec<String>; 4] = [
            value("seeds", self.seeds.map(|seeds| seeds.to_string())),
            value("seed", self.seed.map(|seed| seed.to_string())),
            value("vendors", self.vendors.clone()),
            self.first
                .then(|| "--first".to_owned())
                .into_iter()
                .collect(),
        ];
        lists.concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_is_left_to_the_simulation() {
        let none = flags::SimTest {
            seeds: None,
            seed: None,
            vendors: None,
            first: false,
        };
        assert_eq!(none.flags(), Vec::<String>::new());
        let some = flags::SimTest {
            seed: Some(430),
            vendors: Some("a,b".to_owned()),
            first: true,
            ..none
        };
        assert_eq!(
            some.flags(),
            ["--seed", "430", "--vendors", "a,b", "--first"]
        );
    }
}

//! `rackrate demo`: the whole way of a price, on simulated hotels and in virtual time.
//!
//! Every step shows what the program says beside what the simulators recorded. The flows are
//! those of the commands; only the host differs.

mod fleet;
mod portfolio;
mod stage;
mod state;
mod steps;

use rackrate_core::clock::Wall;

use super::Done;
use crate::cli::Demo;
use crate::exit::Exit;
use crate::problem::{Problem, Result};
use crate::sample::Sample;
use crate::screen::Page;

use self::stage::{Stage, names};
use self::state::State;
use self::steps::Story;

/// 2026-12-14T09:00:00Z: when every first demo begins.
const EPOCH: Wall = Wall(1_797_238_800_000);

pub(super) async fn run(flags: &Demo, page: &mut Page) -> Result<Done> {
    if flags.all {
        return fleet::run(flags, page).await;
    }
    let sample = Sample::new(None).map_err(Problem::input)?;
    let state = match flags.fresh {
        true => None,
        false => State::load(&flags.state, &names(&sample))?,
    };
    let again = state.is_some();
    let portfolio = sample.portfolio()?;
    let mut story = Story(Stage::set(sample, portfolio, flags.seed, state)?);
    page.line(format!(
        "rackrate demo: simulated vendors, virtual time, it is {}. Nothing leaves this machine.",
        story.0.now()
    ));
    let good = if again {
        story.second(page).await?
    } else {
        story.first(flags.seed, page).await?
    };
    story.0.save(&flags.state)?;
    Ok(ended(good, page))
}

fn ended(good: bool, page: &mut Page) -> Done {
    page.line("");
    page.line(if good {
        "All as promised."
    } else {
        "Not as promised: please report this with the seed."
    });
    Done::with(if good { Exit::Done } else { Exit::Failed })
}

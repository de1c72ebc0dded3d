//! `rackrate demo`: the whole way of a price, on simulated hotels and in virtual time.
//!
//! Every step shows what the program says beside what the simulators recorded. The flows are
//! those of the commands; only the host differs.

mod fleet;
mod portfolio;
mod state;
mod steps;

use rackrate_catalog::showcase;
use rackrate_core::clock::Wall;

use super::Done;
use crate::cli::Demo;
use crate::exit::Exit;
use crate::problem::Result;
use crate::screen::Page;

use self::state::State;
use self::steps::Stage;

/// 2026-12-14T09:00:00Z: when every first demo begins.
const EPOCH: Wall = Wall(1_797_238_800_000);

pub(super) async fn run(flags: &Demo, page: &mut Page) -> Result<Done> {
    if flags.all {
        return fleet::run(flags, page).await;
    }
    let state = if flags.fresh {
        None
    } else {
        State::load(&flags.state, &ids())?
    };
    let again = state.is_some();
    let mut stage = Stage::set(flags.seed, state)?;
    page.line(format!(
        "rackrate demo: simulated vendors, virtual time, it is {}. Nothing leaves this machine.",
        stage.now()
    ));
    let good = if again {
        stage.second(page).await?
    } else {
        stage.first(flags.seed, page).await?
    };
    stage.save(&flags.state)?;
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

fn ids() -> Vec<&'static str> {
    showcase().iter().map(|entry| entry.id).collect()
}

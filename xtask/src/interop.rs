//! `cargo xtask interop`: the real program against real servers that are not ours.
//!
//! The servers are installed below target/interop, in the versions pinned in xtask/interop;
//! `tests/interop` starts them and plays the flows.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use xshell::{Cmd, cmd};

use crate::flags;
use crate::report::Verdict;
use crate::test::{exit, is_ci};
use crate::tree::Tree;

/// What is committed of the servers: versions, and scripts that start them.
const SOURCE: &str = "xtask/interop";

/// Where they are installed.
const TARGET: &str = "target/interop";

/// The package that plays the flows, which is also the name of its program.
const PACKAGE: &str = "rackrate-interop";

impl flags::Interop {
    pub(crate) fn run(self, tree: &Tree) -> anyhow::Result<ExitCode> {
        let verdict = interop(tree)?;
        Ok(exit(verdict.fails(is_ci())))
    }
}

/// Installs, plays, and says how it ended.
pub(crate) fn interop(tree: &Tree) -> anyhow::Result<Verdict> {
    let sh = &tree.sh;
    cmd!(
        sh,
        "cargo build --quiet --package rackrate-orchestrator --package {PACKAGE}"
    )
    .run()?;
    let script = tree.path(SOURCE).join("secrets_manager.py");
    let mut play = cmd!(
        sh,
        "cargo run --quiet --package {PACKAGE} -- --secrets-script {script}"
    )
    .env("RACKRATE_BIN", program()?);
    if let Some(folder) = said("oidc-provider", authorization_server(tree)) {
        play = play.arg("--authorization-server").arg(folder);
    }
    if let Some(python) = said("moto", secrets_manager(tree)) {
        play = play.arg("--secrets-manager").arg(python);
    }
    let status = std::process::Command::from(play).status()?;
    Ok(match status.code() {
        Some(0) => Verdict::Passed,
        Some(2) => Verdict::Skipped("not every server could be started; see above".to_owned()),
        _ => Verdict::Failed("see its output above".to_owned()),
    })
}

/// The program, which is built beside this one.
fn program() -> anyhow::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("rackrate"))
}

/// What was installed; else why not is told, and its flows are skipped.
fn said(server: &str, installed: anyhow::Result<PathBuf>) -> Option<PathBuf> {
    installed
        .inspect_err(|error| eprintln!("{server} cannot be installed: {error:#}"))
        .ok()
}

/// The folder in which the authorization server can be started.
fn authorization_server(tree: &Tree) -> anyhow::Result<PathBuf> {
    let (from, to) = (tree.path(SOURCE), tree.path(TARGET).join("node"));
    let sh = &tree.sh;
    sh.create_dir(&to)?;
    sh.copy_file(from.join("authorization-server.mjs"), &to)?;
    let pinned = ["package.json", "package-lock.json"];
    install(tree, &to, &pinned, |tree| {
        let here = tree.sh.push_dir(&to);
        let done = quietly(cmd!(sh, "npm ci --no-audit --no-fund")).run();
        drop(here);
        Ok(done?)
    })?;
    Ok(to)
}

/// The Python that has the Secrets Manager.
fn secrets_manager(tree: &Tree) -> anyhow::Result<PathBuf> {
    let to = tree.path(TARGET).join("python");
    let python = to.join("bin/python");
    let sh = &tree.sh;
    sh.create_dir(&to)?;
    install(tree, &to, &["requirements.txt"], |_| {
        quietly(cmd!(sh, "python3 -m venv --clear {to}")).run()?;
        let pinned = tree.path(SOURCE).join("requirements.txt");
        let pip = cmd!(
            sh,
            "{python} -m pip install --quiet --disable-pip-version-check --requirement {pinned}"
        );
        Ok(quietly(pip).run()?)
    })?;
    Ok(python)
}

/// Installs what these files pin, unless that was done before. What was
/// done is written down last, so that a broken installation is begun again.
fn install(
    tree: &Tree,
    to: &Path,
    pinned: &[&str],
    install: impl FnOnce(&Tree) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let sh = &tree.sh;
    let read = |folder: &Path, name: &&str| sh.read_file(folder.join(name)).ok();
    let from = tree.path(SOURCE);
    let mark = to.join("installed");
    let wanted = pinned.iter().filter_map(|name| read(&from, name));
    let wanted: String = wanted.collect();
    if sh.read_file(&mark).is_ok_and(|done| done == wanted) {
        return Ok(());
    }
    sh.remove_path(&mark)?;
    for name in pinned {
        sh.copy_file(from.join(name), to)?;
    }
    install(tree)?;
    sh.create_dir(to)?;
    Ok(sh.write_file(mark, wanted)?)
}

/// Words of installers belong to the other words, not to the results.
fn quietly(cmd: Cmd<'_>) -> Cmd<'_> {
    cmd.ignore_stdout()
}

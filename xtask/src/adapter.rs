//! `cargo xtask adapter new NAME`: the crate of a new vendor, from `xtask/templates`.
//!
//! What is written compiles and claims nothing; [`name`] says what a vendor may be called,
//! [`edits`] are the three lines outside its folder.
//!
//! Invariant: nothing is written unless everything can be, and nothing is overwritten.

mod edits;
mod name;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use xshell::cmd;

use crate::flags;
use crate::tree::Tree;
use name::Name;

const TEMPLATES: &str = "xtask/templates/adapter";
const ENTRY: &str = "xtask/templates/entry.txt";

impl flags::Adapter {
    pub(crate) fn run(self, tree: &Tree) -> anyhow::Result<ExitCode> {
        let flags::AdapterCommand::New(new) = self.command;
        new.run(tree)
    }
}

impl flags::New {
    fn run(self, tree: &Tree) -> anyhow::Result<ExitCode> {
        let name = Name::new(&self.name)?;
        let folder = format!("adapters/{}", name.word());
        ensure!(!tree.has(&folder), "{folder} exists already");
        let edited = edited(tree, &name)?;
        let files = filled(&tree.path(TEMPLATES), &name)?;
        for (path, text) in &files {
            let path = tree.path(&folder).join(path);
            write(&path, text)?;
        }
        for (path, text) in &edited {
            write(&tree.path(path), text)?;
        }
        format(tree, &name);
        println!("{}", told(&name, files.len(), &edited));
        Ok(ExitCode::SUCCESS)
    }
}

/// The files outside the vendor's folder, with the new vendor in them.
fn edited(tree: &Tree, name: &Name) -> anyhow::Result<Vec<(&'static str, String)>> {
    let entry = name.filled(&read(&tree.path(ENTRY))?);
    let edit = |path: &'static str, edit: &dyn Fn(&str) -> anyhow::Result<String>| {
        let text = read(&tree.path(path))?;
        let text = edit(&text).with_context(|| format!("{path} is not as expected"))?;
        Ok((path, text))
    };
    let word = name.word();
    let catalogue = "crates/rackrate-catalog";
    ensure!(tree.has(catalogue), "there is no {catalogue}");
    [
        edit("Cargo.toml", &|text| edits::workspace(text, word)),
        edit("crates/rackrate-catalog/Cargo.toml", &|text| {
            edits::dependency(text, word)
        }),
        edit("crates/rackrate-catalog/src/lib.rs", &|text| {
            edits::entry(text, word, &entry)
        }),
    ]
    .into_iter()
    .collect()
}

/// The templates with the vendor's name in them, by their path below the folder.
fn filled(templates: &Path, name: &Name) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    let mut folders = vec![templates.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder);
        for entry in entries.with_context(|| format!("{} cannot be read", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let below = path.strip_prefix(templates)?.to_owned();
                files.push((below, name.filled(&read(&path)?)));
            }
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

/// Lines break by the length of names, so the new files are set anew. Without rustfmt they
/// stay as they are, and the format check says so.
fn format(tree: &Tree, name: &Name) {
    let word = name.word();
    let fmt = cmd!(tree.sh, "cargo fmt --package rackrate-{word}");
    let _ = fmt.quiet().ignore_stdout().ignore_stderr().run();
}

fn told(name: &Name, files: usize, edited: &[(&str, String)]) -> String {
    let word = name.word();
    let mut text = format!("Written: adapters/{word} ({files} files).\nChanged, one place each:\n");
    for (path, _) in edited {
        text.push_str(&format!("  {path}\n"));
    }
    text.push_str(&format!(
        "\n\
         It compiles, and says of everything that it is not written yet. Next:\n\
         \x20 1. Fill in the facts in adapters/{word}/README.md; leave open what nobody says.\n\
         \x20 2. cargo xtask conform {word}   shows the first clause that is broken, and what\n\
         \x20                                 to write for it\n\
         \x20 3. docs/adding-a-vendor.md walks through a whole vendor."
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_becomes_the_vendors_own_file() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/adapter");
        let files = filled(&root, &Name::new("blue_bay").unwrap()).unwrap();
        let lib = files.iter().find(|(path, _)| path.ends_with("src/lib.rs"));
        let (_, text) = lib.unwrap();
        assert!(text.contains("pub const VENDOR: &str = \"blue_bay\";"));
        assert!(text.contains("pub struct BlueBay {"));
        let left = files.iter().filter(|(_, text)| {
            let text = text.to_lowercase();
            text.contains("newvendor")
        });
        assert_eq!(left.count(), 0);
    }

    #[test]
    fn no_template_is_unfinished_in_the_forbidden_way() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/adapter");
        for (path, text) in filled(&root, &Name::new("acme").unwrap()).unwrap() {
            for word in [concat!("to", "do!"), concat!("unimpl", "emented!")] {
                assert!(!text.contains(word), "{}: {word}", path.display());
            }
        }
    }
}

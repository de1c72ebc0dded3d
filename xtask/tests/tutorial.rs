//! From a fresh copy of the tree, following only `docs/adding-a-vendor.md`: the new crate, its
//! first broken clause, the finished tutorial, and what was touched outside the folder.
//!
//! The copies lie below the target directory and are kept, so that little is compiled twice.
//! They are built in a folder of their own: to cargo, a crate of a copy is the same as ours.

#![expect(
    clippy::unwrap_used,
    reason = "a copy that cannot be made or read ends the test"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const PAGE: &str = "docs/adding-a-vendor.md";

/// What the example's tests begin with, because its crate is not named as the page's.
const ALIAS: &str = "\
// The name of a vendor of the catalogue, so that the page's files stand here word for word.
#[cfg(test)]
extern crate rackrate_example_acme as rackrate_acme;

";

/// A copy of the tree.
struct Copy {
    root: PathBuf,
}

impl Copy {
    /// The tree as it is now. A file that is the same already is left alone, because cargo
    /// looks at times.
    fn fresh(name: &str) -> Self {
        let copy = Self {
            root: Path::new(env!("CARGO_TARGET_TMPDIR")).join(name),
        };
        let (ours, theirs) = (files(source()), files(&copy.root));
        for path in theirs.keys().filter(|path| !ours.contains_key(*path)) {
            std::fs::remove_file(copy.root.join(path)).unwrap();
        }
        for (path, text) in &ours {
            if theirs.get(path) != Some(text) {
                copy.write(path, text);
            }
        }
        // A folder without files would look like a crate that lacks its manifest.
        for made in ["acme", "blue_bay"] {
            let _ = std::fs::remove_dir_all(copy.root.join("adapters").join(made));
        }
        copy
    }

    fn write(&self, path: &str, text: &[u8]) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root.join(path)).unwrap()
    }

    /// Runs a command in it: whether it succeeded, and what it said.
    fn run(&self, program: &str, arguments: &[&str]) -> (bool, String) {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("target");
        let mut command = Command::new(program);
        // Cargo tells a test about its own package; this is about another tree.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("CARGO_PKG_") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .current_dir(&self.root)
            .env("CARGO_MANIFEST_DIR", self.root.join("xtask"))
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_NET_OFFLINE", "true");
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        (output.status.success(), said)
    }

    fn xtask(&self, arguments: &str) -> (bool, String) {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        self.run(env!("CARGO_BIN_EXE_xtask"), &arguments)
    }

    fn cargo(&self, arguments: &str) {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let (good, said) = self.run(env!("CARGO"), &arguments);
        assert!(good, "cargo {arguments:?}\n{said}");
    }

    /// Does what the page says, block by block.
    fn follow(&self, page: &str) {
        for block in blocks(page) {
            let path = format!("adapters/acme/{}", block.path);
            if block.delete {
                let text = self.read(&path);
                assert_eq!(text.matches(&block.text).count(), 1, "{path}");
                self.write(&path, text.replace(&block.text, "").as_bytes());
            } else {
                self.write(&path, block.text.as_bytes());
            }
        }
    }
}

/// The root of this repository.
fn source() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// All files below a folder but build output and history, by path.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            if entry.file_type().unwrap().is_dir() {
                let by_product = name == ".git" || name.starts_with("target");
                folders.extend((!by_product).then(|| entry.path()));
            } else if entry.file_type().unwrap().is_file() && name != ".git" {
                let path = entry.path();
                let below = path.strip_prefix(root).unwrap().to_str().unwrap();
                files.insert(below.to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// A block of the page that is a file, or what to delete from one.
struct Block {
    path: String,
    delete: bool,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else {
            continue;
        };
        let inside = lines.by_ref().take_while(|line| *line != "```");
        let text: String = inside.map(|line| format!("{line}\n")).collect();
        let words: Vec<&str> = info.split(' ').collect();
        let (path, delete) = match words.as_slice() {
            [_, path] if path.contains('.') => (path, false),
            [_, "delete", path] => (path, true),
            _ => continue,
        };
        let path = (*path).to_owned();
        blocks.push(Block { path, delete, text });
    }
    blocks
}

/// Lines of the files that the page has one write.
fn written(page: &str) -> usize {
    let blocks = blocks(page).into_iter();
    let files = blocks.filter(|block| !block.delete);
    files.map(|block| block.text.lines().count()).sum()
}

/// The end that the page promises for the first `conform`.
fn promised(page: &str) -> &str {
    let (_, rest) = page.split_once("```text conform\n").unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_page_leads_from_nothing_to_a_vendor_that_keeps_every_clause() {
    let copy = Copy::fresh("tutorial");
    let page = copy.read(PAGE);

    let (good, said) = copy.xtask("adapter new acme");
    assert!(good, "{said}");
    let (good, said) = copy.xtask("conform acme");
    assert!(!good, "{said}");
    assert!(said.contains(promised(&page)), "{said}");
    let passed = said.lines().filter(|line| line.ends_with("      pass"));
    assert_eq!(passed.collect::<Vec<_>>(), ["C1      pass", "C3      pass"]);

    copy.follow(&page);
    let lines = written(&page);
    assert!(page.contains(&format!("{lines} lines")), "{lines}");
    let (good, said) = copy.xtask("conform acme");
    assert!(good, "{said}");
    assert!(said.contains("\nacme: passed\n"), "{said}");
    copy.cargo("fmt --package rackrate-acme --check");

    let theirs = files(&copy.root.join("adapters/acme"));
    let mut ours = files(&source().join("examples/acme"));
    // What is in no list has another name; the page's files do not say it.
    let main = ours.get_mut("tests/conformance/main.rs").unwrap();
    *main = String::from_utf8(main.clone())
        .unwrap()
        .replace(ALIAS, "")
        .into();
    ours.insert("Cargo.toml".to_owned(), theirs["Cargo.toml"].clone());
    let same = |path: &&String| theirs.get(*path) == ours.get(*path);
    let paths = theirs.keys().chain(ours.keys());
    let differ: Vec<_> = paths.filter(|path| !same(path)).collect();
    assert_eq!(differ, [""; 0], "examples/acme is where the page leads");
}

#[test]
fn a_new_crate_is_clean_and_three_lists_know_it() {
    let copy = Copy::fresh("new-vendor");
    let before = files(&copy.root);
    let (good, said) = copy.xtask("adapter new blue_bay");
    assert!(good, "{said}");
    let after = files(&copy.root);
    let touched = after
        .iter()
        .filter(|(path, text)| before.get(*path) != Some(*text))
        .map(|(path, _)| path.as_str())
        .filter(|path| !path.starts_with("adapters/blue_bay/"));
    let touched: Vec<_> = touched.collect();
    assert_eq!(
        touched,
        [
            "Cargo.toml",
            "crates/rackrate-catalog/Cargo.toml",
            "crates/rackrate-catalog/src/lib.rs"
        ]
    );
    let (good, said) = copy.xtask("adapter new blue_bay");
    assert!(!good && said.contains("exists already"), "{said}");
    copy.cargo("fmt --package rackrate-blue_bay --package rackrate-catalog --check");
    copy.cargo("clippy --package rackrate-blue_bay --all-targets -- -D warnings");
}

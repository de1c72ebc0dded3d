//! Code blocks of a document that show files: their fence names a language and a path, as
//! in "```rust src/read.rs".

use anyhow::{Context, ensure};

/// The document with every such block as the file is now.
pub(super) fn filled(
    page: &str,
    file: impl Fn(&str) -> anyhow::Result<String>,
) -> anyhow::Result<String> {
    let mut filled = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        filled.push_str(line);
        filled.push('\n');
        let Some(path) = shown(line) else {
            continue;
        };
        let text = file(path)?;
        ensure!(!text.contains("```"), "{path} would end its own block");
        filled.push_str(&text);
        let end = lines.find(|line| *line == "```");
        filled.push_str(end.with_context(|| format!("the block of {path} does not end"))?);
        filled.push('\n');
    }
    Ok(filled)
}

/// The path that a fence names.
fn shown(line: &str) -> Option<&str> {
    let (_, path) = line.strip_prefix("```")?.split_once(' ')?;
    (path.contains('.') && !path.contains(' ')).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_with_a_path_show_the_file_and_others_stay() {
        let page =
            "a\n```rust src/x.rs\nold\n```\n```sh\nrun\n```\n```rust delete src/x.rs\ny\n```\n";
        let new = filled(page, |path| Ok(format!("//! {path}\n"))).unwrap();
        assert_eq!(
            new,
            "a\n```rust src/x.rs\n//! src/x.rs\n```\n```sh\nrun\n```\n```rust delete src/x.rs\ny\n```\n"
        );
    }

    #[test]
    fn a_block_without_an_end_is_an_error() {
        assert!(filled("```rust x.rs\nold\n", |_| Ok(String::new())).is_err());
    }
}

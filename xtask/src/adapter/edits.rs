//! The three places outside a vendor's folder: pure edits of texts.
//!
//! Each looks for what it needs and is an error where that is not there, so that a file
//! which was rearranged is never spoiled.

use anyhow::{Context, ensure};

/// The root `Cargo.toml` with the vendor's crate beside the other adapters'.
pub(super) fn workspace(text: &str, name: &str) -> anyhow::Result<String> {
    let line = format!("rackrate-{name} = {{ path = \"adapters/{name}\" }}");
    inserted(text, &line, |line| {
        line.starts_with("rackrate-") && line.contains("path = \"adapters/")
    })
    .context("no adapter stands in [workspace.dependencies]")
}

/// The catalogue's `Cargo.toml` with the vendor among the dependencies.
pub(super) fn dependency(text: &str, name: &str) -> anyhow::Result<String> {
    let line = format!("rackrate-{name}.workspace = true");
    inserted(text, &line, |line| {
        line.starts_with("rackrate-") && line.ends_with(".workspace = true")
    })
    .context("no adapter stands in [dependencies]")
}

/// Puts a line before the first of its kind that is greater, else after the last one.
fn inserted(text: &str, new: &str, is_kind: impl Fn(&str) -> bool) -> anyhow::Result<String> {
    let mut lines: Vec<&str> = text.lines().collect();
    ensure!(!lines.contains(&new), "`{new}` is there already");
    let kind = |at: &usize| is_kind(lines[*at]);
    let places: Vec<usize> = (0..lines.len()).filter(kind).collect();
    let last = places.last().context("there is no line of that kind")?;
    let greater = places.iter().find(|at| lines[**at] > new);
    // Where the lines are not in order, the end of the list is as good a place.
    let sorted = places.is_sorted_by_key(|at| lines[*at]);
    let at = match greater {
        Some(at) if sorted => *at,
        _ => last + 1,
    };
    lines.insert(at, new);
    Ok(lines.join("\n") + "\n")
}

const LIST: &str = "pub const VENDORS: &[Entry] = &[";

/// The catalogue with the vendor's entry in its list, by name.
pub(super) fn entry(text: &str, name: &str, entry: &str) -> anyhow::Result<String> {
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.iter().position(|line| *line == LIST);
    let start = start.with_context(|| format!("there is no line `{LIST}`"))? + 1;
    let end = lines[start..].iter().position(|line| *line == "];");
    let end = start + end.context("the list of vendors does not end")?;
    let mut at = end;
    for (index, line) in lines.iter().enumerate().take(end).skip(start).rev() {
        if *line == "    Entry {" {
            let id = lines[index + 1].trim().strip_prefix("id: \"");
            let id = id.and_then(|rest| rest.strip_suffix("\","));
            let id = id.context("an entry does not begin with its id")?;
            ensure!(id != name, "the catalogue has {name} already");
            if id > name {
                at = index;
            }
        }
    }
    let mut all = lines[..at].to_vec();
    all.extend(entry.trim_end().lines());
    all.extend(&lines[at..]);
    Ok(all.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CATALOGUE: &str = "use x;\n\npub const VENDORS: &[Entry] = &[\n    Entry {\n        id: \"cloudbeds\",\n    },\n    Entry {\n        id: \"mews\",\n    },\n];\nfn f() {}\n";

    fn new(name: &str) -> String {
        format!("    Entry {{\n        id: \"{name}\",\n    }},\n")
    }

    #[test]
    fn an_entry_stands_at_its_place_by_name() {
        let ids = |text: String| -> Vec<String> {
            let ids = text.lines().filter(|line| line.contains("id: "));
            ids.map(|line| line.trim().to_owned()).collect()
        };
        for (name, place) in [("acme", 0), ("generic", 1), ("ohip", 2)] {
            let text = entry(CATALOGUE, name, &new(name)).unwrap();
            assert_eq!(ids(text)[place], format!("id: \"{name}\","));
        }
    }

    #[test]
    fn taking_the_entry_out_again_gives_the_old_text() {
        let text = entry(CATALOGUE, "generic", &new("generic")).unwrap();
        assert_eq!(text.replace(&new("generic"), ""), CATALOGUE);
    }

    #[test]
    fn a_vendor_is_not_listed_twice() {
        assert!(entry(CATALOGUE, "mews", &new("mews")).is_err());
        let text = "[dependencies]\nrackrate-mews.workspace = true\n";
        assert!(dependency(text, "mews").is_err());
    }

    #[test]
    fn a_dependency_stands_among_its_like() {
        let text = "[dependencies]\nrackrate-a.workspace = true\nrackrate-c.workspace = true\nserde.workspace = true\n";
        assert_eq!(
            dependency(text, "b").unwrap(),
            "[dependencies]\nrackrate-a.workspace = true\nrackrate-b.workspace = true\nrackrate-c.workspace = true\nserde.workspace = true\n"
        );
        let text = "rackrate-core = { path = \"crates/x\" }\nrackrate-z = { path = \"adapters/z\" }\nrackrate-c = { path = \"adapters/c\" }\nbytes = \"1\"\n";
        assert_eq!(
            workspace(text, "b").unwrap().lines().nth(3),
            Some("rackrate-b = { path = \"adapters/b\" }")
        );
    }

    #[test]
    fn a_file_that_was_rearranged_is_left_alone() {
        assert!(entry("pub const VENDORS: [Entry; 2] = [];\n", "acme", "").is_err());
        assert!(workspace("[workspace]\n", "acme").is_err());
    }
}

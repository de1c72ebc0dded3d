//! A generated section of a document, between `<!-- name: … -->` and `<!-- /name -->`.

use anyhow::Context;

/// The text with another section of that name.
pub(super) fn replaced(text: &str, name: &str, section: &str) -> anyhow::Result<String> {
    let missing = || format!("there is no section <!-- {name}: --> to <!-- /{name} -->");
    let begin = text.find(&format!("<!-- {name}:")).with_context(missing)?;
    let start = begin + text[begin..].find('\n').with_context(missing)? + 1;
    let end = format!("<!-- /{name} -->");
    let end = start + text[start..].find(&end).with_context(missing)?;
    let section = section.trim();
    Ok(format!("{}\n{section}\n\n{}", &text[..start], &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_section_changes_and_again_nothing_does() {
        let text = "a\n<!-- x: made by y -->\nold\n<!-- /x -->\nb\n";
        let new = replaced(text, "x", "new\n").unwrap();
        assert_eq!(new, "a\n<!-- x: made by y -->\n\nnew\n\n<!-- /x -->\nb\n");
        assert_eq!(replaced(&new, "x", "new\n").unwrap(), new);
    }

    #[test]
    fn a_lost_marker_is_an_error() {
        assert!(replaced("<!-- x: -->\nold\n", "x", "new").is_err());
    }
}

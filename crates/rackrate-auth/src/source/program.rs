//! The program of an `exec:` reference, and its arguments.
//!
//! No shell reads them. Words stand apart by blanks; single or double quotation marks keep
//! blanks, and each other, within a word. Nothing else means anything: no backslash, no
//! variable, no wildcard, no pipe.

use std::fmt;
use std::path::PathBuf;

use super::ReferenceError;

/// A program with its arguments.
#[derive(Clone, PartialEq, Eq)]
pub struct Program {
    /// A path, or a name that is looked for in `PATH`.
    pub name: PathBuf,
    /// The arguments, in order.
    pub arguments: Vec<String>,
}

impl Program {
    pub(super) fn parse(line: &str) -> Result<Self, ReferenceError> {
        let mut words = words(line)?.into_iter();
        match words.next().filter(|name| !name.is_empty()) {
            Some(name) => Ok(Self {
                name: name.into(),
                arguments: words.collect(),
            }),
            None => Err(ReferenceError::NoProgram),
        }
    }
}

fn words(line: &str) -> Result<Vec<String>, ReferenceError> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == ' ' => words.extend(word.take()),
            None if c == '"' || c == '\'' => {
                // An empty pair of marks is a word too.
                word.get_or_insert_default();
                quote = Some(c);
            }
            None => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    match quote {
        Some(_) => Err(ReferenceError::OpenQuote),
        None => Ok(words),
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&quoted(&self.name.to_string_lossy()))?;
        self.arguments
            .iter()
            .try_for_each(|argument| write!(f, " {}", quoted(argument)))
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The word as it has to be written; marks of one kind stand within marks of the other.
fn quoted(word: &str) -> String {
    if !word.is_empty() && !word.contains([' ', '"', '\'']) {
        return word.to_owned();
    }
    let pieces: Vec<_> = word.split('\'').map(|piece| format!("'{piece}'")).collect();
    pieces.join("\"'\"")
}

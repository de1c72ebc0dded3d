//! Identifiers as small numbers, the last one remembered.

use std::collections::BTreeMap;

/// Gives each different value a number, in order of first sight.
#[derive(Debug)]
pub(super) struct Interner<T> {
    by_text: BTreeMap<Box<[u8]>, usize>,
    values: Vec<T>,
    last: Vec<u8>,
    last_number: Option<usize>,
}

impl<T: PartialEq> Interner<T> {
    pub(super) fn new() -> Self {
        Self {
            by_text: BTreeMap::new(),
            values: Vec::new(),
            last: Vec::new(),
            last_number: None,
        }
    }

    /// The number of a text; a new one is made into a value first. Two texts that make the
    /// same value share its number.
    pub(super) fn number<E>(
        &mut self,
        text: &[u8],
        make: impl FnOnce(&[u8]) -> Result<T, E>,
    ) -> Result<usize, E> {
        if let Some(number) = self.last_number.filter(|_| self.last == text) {
            return Ok(number);
        }
        let number = match self.by_text.get(text) {
            Some(number) => *number,
            None => self.add(text, make(text)?),
        };
        self.last.clear();
        self.last.extend_from_slice(text);
        self.last_number = Some(number);
        Ok(number)
    }

    pub(super) fn value(&self, number: usize) -> &T {
        &self.values[number]
    }

    fn add(&mut self, text: &[u8], value: T) -> usize {
        let number = match self.values.iter().position(|known| *known == value) {
            Some(known) => known,
            None => {
                self.values.push(value);
                self.values.len() - 1
            }
        };
        self.by_text.insert(text.into(), number);
        number
    }
}

//! Parts of a line that are to be masked.

use std::ops::Range;

/// Parts that do not overlap, each with what stands in its place.
#[derive(Debug, Default)]
pub(super) struct Spans(Vec<(Range<usize>, &'static str)>);

impl Spans {
    /// Adds a part. It is nothing new within another one, and swallows those it shares with.
    pub(super) fn add(&mut self, part: Range<usize>, mask: &'static str) {
        let holds = |own: &Range<usize>| own.start <= part.start && part.end <= own.end;
        if part.is_empty() || self.0.iter().any(|(own, _)| holds(own)) {
            return;
        }
        let mut whole = part;
        while let Some(shared) = self.within(&whole) {
            whole = whole.start.min(shared.start)..whole.end.max(shared.end);
            self.0.retain(|(own, _)| *own != shared);
        }
        self.0.push((whole, mask));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn touches(&self, part: &Range<usize>) -> bool {
        self.within(part).is_some()
    }

    /// The first part that shares a byte with this one.
    pub(super) fn within(&self, part: &Range<usize>) -> Option<Range<usize>> {
        let mut all = self.0.iter();
        let shared = all.find(|(own, _)| own.start < part.end && part.start < own.end);
        shared.map(|(own, _)| own.clone())
    }

    /// The line with every part masked.
    pub(super) fn mask(mut self, line: &str) -> String {
        self.0.sort_by_key(|(part, _)| part.start);
        let mut out = String::with_capacity(line.len());
        let mut from = 0;
        for (part, mask) in self.0 {
            out.push_str(&line[from..part.start]);
            out.push_str(mask);
            from = part.end;
        }
        out.push_str(&line[from..]);
        out
    }
}

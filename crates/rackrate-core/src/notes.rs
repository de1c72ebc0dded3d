//! What a read tells a later write about single nights.
//!
//! Some vendors replace a night whole, or address it by something that only a read shows.
//! The adapter notes down what it saw through [`crate::adapter::Sink::note`], and finds it
//! again in the target of the chunk that writes the night. Only that adapter knows what a
//! note says; whoever carries it knows the night.
//!
//! A target carries notes in the `extra` facts of its sellables, under names kept for
//! them, so a chunk keeps its notes wherever it is kept. They are beside the rows, not in
//! them: a note differs from night to night, and equal wishes should stay one row.
//!
//! Invariant: a target carries notes of one read only, never a mixture.

use std::collections::BTreeMap;

use crate::chunk::{Row, Target};
use crate::ids::Ids;
use crate::night::Night;

/// The names in `extra` that belong to notes begin so.
const PREFIX: &str = "note ";

/// The notes of a read, by thing and night.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes(BTreeMap<Ids, BTreeMap<Night, String>>);

impl Notes {
    /// Notes a text for that night; the last word counts.
    pub fn set(&mut self, ids: &Ids, night: Night, text: &str) {
        let nights = match self.0.get_mut(ids) {
            Some(nights) => nights,
            None => self.0.entry(ids.clone()).or_default(),
        };
        nights.insert(night, text.to_owned());
    }

    /// The notes that a target carries.
    pub fn of(target: &Target) -> Self {
        let mut notes = Self::default();
        for (ids, sellable) in &target.facts.sellables {
            for (name, text) in &sellable.extra {
                if let Some(night) = name.strip_prefix(PREFIX).and_then(|day| day.parse().ok()) {
                    notes.set(ids, night, text);
                }
            }
        }
        notes
    }

    /// Whether nothing was noted down.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what `other` noted down; its word counts.
    pub fn extend(&mut self, other: Self) {
        for (ids, nights) in other.0 {
            self.0.entry(ids).or_default().extend(nights);
        }
    }

    /// The target with the notes of the nights that `rows` speak of, and no others.
    ///
    /// A thing that the target's facts do not list gets none.
    #[must_use]
    pub fn attach(&self, target: &Target, rows: &[Row]) -> Target {
        let mut target = target.clone();
        for sellable in target.facts.sellables.values_mut() {
            sellable.extra.retain(|name, _| !name.starts_with(PREFIX));
        }
        for row in rows.iter().filter(|row| row.first <= row.last) {
            let (Some(notes), Some(sellable)) = (
                self.0.get(&row.ids),
                target.facts.sellables.get_mut(&row.ids),
            ) else {
                continue;
            };
            let noted = notes.range(row.first..=row.last);
            let named = noted.map(|(night, text)| (name(*night), text.clone()));
            sellable.extra.extend(named);
        }
        target
    }
}

impl Target {
    /// What the adapter noted down when it last read that night; see [`Notes`].
    pub fn note(&self, ids: &Ids, night: Night) -> Option<&str> {
        let sellable = self.facts.sellables.get(ids)?;
        sellable.extra.get(&name(night)).map(String::as_str)
    }
}

fn name(night: Night) -> String {
    format!("{PREFIX}{night}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rules;

    const TARGET: &str = r#"{"connection":"c","property":"P","vendor_property":"1","facts":{
        "name":"Hotel","currency":"EUR","sellables":[{"ids":{"plan":"BAR"},"name":"BAR",
        "extra":{"unit":"MUC-SGL"}}]}}"#;

    fn target() -> Target {
        serde_json::from_str(TARGET).unwrap()
    }

    fn ids(plan: &str) -> Ids {
        serde_json::from_str(&format!(r#"{{"plan":"{plan}"}}"#)).unwrap()
    }

    fn night(day: i32) -> Night {
        Night::from_days(20_000 + day)
    }

    fn row(plan: &str, first: i32, last: i32) -> Row {
        Row {
            ids: ids(plan),
            first: night(first),
            last: night(last),
            prices: Vec::new(),
            rules: Rules::LEAVE,
        }
    }

    fn notes(text: &str) -> Notes {
        let mut notes = Notes::default();
        for plan in ["BAR", "OTHER"] {
            (0..9).for_each(|day| notes.set(&ids(plan), night(day), &format!("{text} {day}")));
        }
        notes
    }

    #[test]
    fn a_target_carries_the_notes_of_its_rows_and_no_others() {
        let target = notes("n").attach(&target(), &[row("BAR", 2, 3), row("OTHER", 5, 5)]);
        let noted = |day| target.note(&ids("BAR"), night(day));
        assert_eq!(
            [1, 2, 3, 4, 5].map(noted),
            [None, Some("n 2"), Some("n 3"), None, None]
        );
        assert_eq!(target.note(&ids("OTHER"), night(5)), None);
        assert_eq!(target.facts.sellables[&ids("BAR")].extra["unit"], "MUC-SGL");
    }

    #[test]
    fn newer_notes_replace_all_older_ones() {
        let older = notes("old").attach(&target(), &[row("BAR", 0, 8)]);
        let newer = notes("new").attach(&older, &[row("BAR", 1, 1)]);
        assert_eq!(newer.note(&ids("BAR"), night(1)), Some("new 1"));
        assert_eq!(newer.note(&ids("BAR"), night(2)), None);
    }

    #[test]
    fn notes_are_kept_with_the_target() {
        let noted = notes("n").attach(&target(), &[row("BAR", 0, 8)]);
        let kept: Target = serde_json::from_str(&serde_json::to_string(&noted).unwrap()).unwrap();
        assert_eq!(kept.note(&ids("BAR"), night(8)), Some("n 8"));
        let taken = Notes::of(&kept);
        assert_eq!(taken.attach(&target(), &[row("BAR", 0, 8)]), kept);
    }
}

//! Walks a TOML file with the place of everything in it, and collects what is wrong.
//!
//! What the keys mean is the business of the modules beside this one. Values are not
//! repeated in messages, because somebody may have written a secret there.
//!
//! Invariant: every mistake has a line and a column, and none hides another one.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use rackrate_core::finding::{Finding, Place};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What is wrong with a file, as it is found.
#[derive(Debug)]
pub(crate) struct Report<'t> {
    text: &'t str,
    found: RefCell<Vec<(usize, &'static str, String)>>,
}

impl<'t> Report<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self {
            text,
            found: RefCell::default(),
        }
    }

    /// Notes down a mistake at a byte of the file.
    pub(crate) fn wrong(&self, at: usize, code: &'static str, message: impl Into<String>) {
        self.found.borrow_mut().push((at, code, message.into()));
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// Everything that was found, from the top of the file to its end.
    pub(crate) fn findings(self, file: &str) -> Vec<Finding> {
        let mut found = self.found.into_inner();
        found.sort();
        found.dedup();
        let finding = |(at, code, message): (usize, &str, String)| {
            let before = self.text.get(..at).unwrap_or(self.text);
            let line = before.matches('\n').count() as u64 + 1;
            let last = before.rsplit('\n').next().unwrap_or_default();
            let column = last.chars().count() + 1;
            Finding::error(
                code,
                Place::file(file).at(line, column.to_string()),
                message,
            )
        };
        found.into_iter().map(finding).collect()
    }
}

/// A table of the file. What was not asked for is unknown.
#[derive(Debug)]
pub(crate) struct Section<'d> {
    report: &'d Report<'d>,
    name: String,
    at: usize,
    table: &'d DeTable<'d>,
    asked: RefCell<BTreeSet<&'static str>>,
}

/// A value of the file.
#[derive(Clone, Debug)]
pub(crate) struct Field<'d> {
    pub(crate) report: &'d Report<'d>,
    /// Its whole name, such as `push.row.amount`.
    pub(crate) name: String,
    value: &'d Spanned<DeValue<'d>>,
}

impl<'d> Section<'d> {
    pub(crate) fn root(report: &'d Report<'d>, table: &'d DeTable<'d>) -> Self {
        Self {
            report,
            name: String::new(),
            at: 0,
            table,
            asked: RefCell::default(),
        }
    }

    /// The value of a key that may be missing.
    pub(crate) fn get(&self, key: &'static str) -> Option<Field<'d>> {
        self.asked.borrow_mut().insert(key);
        let value = self.table.get(key)?;
        Some(Field {
            report: self.report,
            name: self.full(key),
            value,
        })
    }

    /// The value of a key that may not be missing.
    pub(crate) fn need(&self, key: &'static str) -> Option<Field<'d>> {
        let field = self.get(key);
        if field.is_none() {
            let message = format!("`{}` is missing", self.full(key));
            self.report.wrong(self.at, "description.missing", message);
        }
        field
    }

    /// Every key with its value, in the order of the file. Nothing is unknown then.
    pub(crate) fn all(&self) -> Vec<(String, Field<'d>)> {
        let mut members: Vec<_> = self.table.iter().collect();
        members.sort_by_key(|(key, _)| key.span().start);
        let field = |(key, value): (&'d Spanned<_>, _)| {
            let key: &std::borrow::Cow<'d, str> = key.get_ref();
            let field = Field {
                report: self.report,
                name: self.full(key),
                value,
            };
            (key.to_string(), field)
        };
        members.into_iter().map(field).collect()
    }

    /// Says what is wrong with the table as a whole.
    pub(crate) fn wrong(&self, message: impl Into<String>) {
        let message = format!("`{}`: {}", self.name, message.into());
        self.report.wrong(self.at, "description.wrong", message);
    }

    /// Says what is wrong with a key's value, or with the table where it is not there.
    pub(crate) fn wrong_at(&self, key: &str, message: impl Into<String>) {
        let at = self
            .table
            .get_key_value(key)
            .map(|(key, _)| key.span().start);
        let at = at.unwrap_or(self.at);
        self.report.wrong(at, "description.contradiction", message);
    }

    /// Ends the reading of a table.
    pub(crate) fn done(self) {
        self.unknown();
    }

    /// Keys that nobody asked for are mistakes.
    pub(crate) fn unknown(&self) {
        let asked = self.asked.borrow();
        for key in self.table.keys() {
            if !asked.contains(key.get_ref().as_ref()) {
                let known: Vec<_> = asked.iter().map(|key| format!("`{key}`")).collect();
                let place = match self.name.as_str() {
                    "" => "here".to_owned(),
                    name => format!("in `{name}`"),
                };
                let name = short(key.get_ref());
                let message = format!(
                    "`{name}` is unknown {place}; known are {}",
                    known.join(", ")
                );
                let at = key.span().start;
                self.report.wrong(at, "description.unknown", message);
            }
        }
    }

    fn full(&self, key: &str) -> String {
        match self.name.as_str() {
            "" => short(key),
            name => format!("{name}.{}", short(key)),
        }
    }
}

/// A name as it may be shown.
pub(crate) fn short(name: &str) -> String {
    rackrate_core::error::clean(name).chars().take(40).collect()
}

impl<'d> Field<'d> {
    pub(crate) fn at(&self) -> usize {
        self.value.span().start
    }

    /// The bytes of the file that it takes.
    pub(crate) fn raw(&self) -> (&'d str, Range<usize>) {
        let span = self.value.span();
        (self.report.text.get(span.clone()).unwrap_or_default(), span)
    }

    pub(crate) fn value(&self) -> &'d DeValue<'d> {
        self.value.get_ref()
    }

    /// Says that it is not what it should be.
    pub(crate) fn wrong(&self, what: impl std::fmt::Display) {
        let message = format!("`{}`: {what}", self.name);
        self.report.wrong(self.at(), "description.wrong", message);
    }

    fn kind<T>(&self, value: Option<T>, wanted: &str) -> Option<T> {
        if value.is_none() {
            let kind = self.value().type_str();
            self.wrong(format!("it is of type {kind}, but {wanted} is needed"));
        }
        value
    }

    pub(crate) fn text(&self) -> Option<&'d str> {
        self.kind(self.value().as_str(), "a text")
    }

    /// What a reader of texts makes of it.
    pub(crate) fn parsed<T, E: std::fmt::Display>(
        &self,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text()?;
        read(text).map_err(|error| self.wrong(error)).ok()
    }

    pub(crate) fn flag(&self) -> Option<bool> {
        self.kind(self.value().as_bool(), "true or false")
    }

    /// A whole number between those two, both allowed.
    pub(crate) fn number(&self, low: u32, high: u32) -> Option<u32> {
        let digits = self.value().as_integer().map(|number| {
            u32::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
        });
        let number = self.kind(digits, "a whole number")?;
        let fits = number.filter(|number| (low..=high).contains(number));
        match fits {
            None if low == high => self.wrong(format!("it has to be {low}")),
            None => self.wrong(format!("it has to be a whole number from {low} to {high}")),
            Some(_) => {}
        }
        fits
    }

    /// A span of time such as `500ms`, `2s` or `24h`.
    pub(crate) fn time(&self) -> Option<Duration> {
        self.parsed(|text| {
            let span: jiff::SignedDuration = text.parse().map_err(|_| NO_TIME)?;
            Duration::try_from(span).map_err(|_| NO_TIME)
        })
    }

    /// One of several words.
    pub(crate) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let known = words.iter().find(|(word, _)| *word == text);
        if known.is_none() {
            let all: Vec<_> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            self.wrong(format!("it has to be one of {}", all.join(", ")));
        }
        known.map(|(_, meaning)| *meaning)
    }

    pub(crate) fn section(&self) -> Option<Section<'d>> {
        let table = self.kind(self.value().as_table(), "a table")?;
        Some(Section {
            report: self.report,
            name: self.name.clone(),
            at: self.at(),
            table,
            asked: RefCell::default(),
        })
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> Option<Vec<Field<'d>>> {
        let items = self.kind(self.value().as_array(), "a list")?;
        let field = |(at, value)| Field {
            report: self.report,
            name: format!("{}[{at}]", self.name),
            value,
        };
        Some(items.iter().enumerate().map(field).collect())
    }

    /// The items of a list, or the one value that stands in its place.
    pub(crate) fn one_or_more(&self) -> Option<Vec<Field<'d>>> {
        match self.value().is_array() {
            true => self.items(),
            false => Some(vec![self.clone()]),
        }
    }
}

const NO_TIME: &str = "it is not a span of time such as 500ms, 2s, 10m or 24h";

//! What a person is told: a stable code, where it is, what is wrong, what to do next.
//!
//! Every message a user can meet is one of these, so that a table, JSON and a log say the
//! same. Codes are slugs such as `calendar.bad_date`; they never change their meaning.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{ConnectionId, PropertyCode};

/// One thing to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// A stable slug, `family.what`.
    pub code: String,
    /// Whether it stops something.
    pub severity: Severity,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Place::is_nowhere")]
    pub place: Place,
    /// What is wrong, in a sentence.
    pub message: String,
    /// Who can do what about it, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
}

/// Whether a finding stops something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Told, nothing is stopped.
    Warning,
    /// Stops what it is about: the file, or the property.
    Error,
}

/// What a finding is about; what does not apply is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file, as the user named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line, from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The column: a CSV column's name, or a character position from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The property's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<PropertyCode>,
    /// The property's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property_name: Option<String>,
    /// The connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionId>,
}

impl Place {
    /// A whole file.
    pub fn file(name: impl Into<String>) -> Self {
        Self {
            file: Some(name.into()),
            ..Self::default()
        }
    }

    /// A place in a file.
    #[must_use]
    pub fn at(mut self, line: u64, column: impl Into<String>) -> Self {
        self.line = Some(line);
        self.column = Some(column.into()).filter(|column| !column.is_empty());
        self
    }

    /// A property.
    pub fn property(code: &PropertyCode, name: impl Into<String>) -> Self {
        Self {
            property: Some(code.clone()),
            property_name: Some(name.into()).filter(|name| !name.is_empty()),
            ..Self::default()
        }
    }

    /// The same place, at a connection.
    #[must_use]
    pub fn on(mut self, connection: &ConnectionId) -> Self {
        self.connection = Some(connection.clone());
        self
    }

    /// Whether it names nothing.
    pub fn is_nowhere(&self) -> bool {
        *self == Self::default()
    }
}

impl Finding {
    /// Something that stops what it is about.
    pub fn error(code: &str, place: Place, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            severity: Severity::Error,
            place,
            message: message.into(),
            hint: String::new(),
        }
    }

    /// Something to know.
    pub fn warning(code: &str, place: Place, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, place, message)
        }
    }

    /// Says what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(file) = &self.file {
            let mut part = file.clone();
            if let Some(line) = self.line {
                part = format!("{part}:{line}");
            }
            if let Some(column) = &self.column {
                part = format!("{part}:{column}");
            }
            parts.push(part);
        }
        match (&self.property, &self.property_name) {
            (Some(code), Some(name)) => parts.push(format!("{code} ({name})")),
            (Some(code), None) => parts.push(code.to_string()),
            _ => {}
        }
        if let Some(connection) = &self.connection {
            parts.push(format!("at {connection}"));
        }
        f.write_str(&parts.join(" "))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_nowhere() {
            write!(f, "{}: ", self.place)?;
        }
        write!(f, "{} [{}]", self.message, self.code)?;
        if !self.hint.is_empty() {
            write!(f, "\n  → {}", self.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for Finding {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_says_where_what_and_what_next() {
        let place = Place::file("rates.csv").at(7, "stay_date");
        let finding = Finding::error("calendar.bad_date", place, "\"2027-13-01\" is not a date")
            .hint("Write it as YYYY-MM-DD.");
        insta::assert_snapshot!(finding, @r#"
        rates.csv:7:stay_date: "2027-13-01" is not a date [calendar.bad_date]
          → Write it as YYYY-MM-DD.
        "#);
    }
}

//! Holds a body against the structure that a vendor published.
//!
//! A structure file restates a vendor's schema: names, types, what is required, and limits.
//! It is written in the few words of JSON Schema that this needs; another word in it is an
//! error, so that none is silently not checked. A member that the file does not list is a
//! fault, though vendors mostly ignore such: it would be a misspelling of ours.
//!
//! Invariant: values are judged by their text, so no number goes through a float.

mod form;

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use rackrate_core::night::Night;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::wire::Sent;

/// The structure of one request's body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Structure {
    /// Where it is from.
    pub about: About,
    body: Part,
}

/// Where a structure is from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The vendor's name in the catalogue.
    pub vendor: String,
    /// How the address of the request ends.
    pub path: String,
    /// The public address of the vendor's schema.
    pub source: String,
    /// Its version.
    pub version: String,
    /// Where it says something else than the published schema and why, or what that leaves open.
    pub notes: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Part {
    r#type: Kind,
    #[serde(default)]
    nullable: bool,
    #[serde(default)]
    properties: BTreeMap<String, Part>,
    #[serde(default)]
    required: Vec<String>,
    items: Option<Box<Part>>,
    max_items: Option<usize>,
    min_length: Option<usize>,
    max_length: Option<usize>,
    format: Option<Format>,
    #[serde(default)]
    r#enum: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Object,
    Array,
    String,
    Number,
    Integer,
    Boolean,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    Date,
}

/// How a body writes numbers and truth values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spelling {
    /// As JSON.
    Json,
    /// As texts, because a form has nothing else.
    Form,
}

/// What does not fit, each with its place.
type Faults = Vec<String>;

impl Structure {
    /// Reads a structure file.
    ///
    /// # Errors
    /// When it is no JSON, or has words that are not checked.
    pub fn read(text: &str) -> Result<Self> {
        Ok(serde_json::from_str(text)?)
    }

    /// What of a request's body does not fit; nothing where all does.
    ///
    /// # Errors
    /// When the body is neither JSON nor a form of nested fields.
    pub fn faults(&self, sent: &Sent) -> Result<Vec<String>> {
        let (text, spelling) = match &sent.form {
            Some(fields) => (form::json(fields)?, Spelling::Form),
            None => (
                String::from_utf8(sent.wire.body().to_vec())?,
                Spelling::Json,
            ),
        };
        self.weigh(&text, spelling)
    }

    fn weigh(&self, text: &str, spelling: Spelling) -> Result<Faults> {
        let raw: &RawValue = serde_json::from_str(text).context("no JSON")?;
        let mut faults = Faults::new();
        self.body.weigh(raw, "body", spelling, &mut faults);
        Ok(faults)
    }
}

impl Part {
    fn weigh(&self, raw: &RawValue, place: &str, spelling: Spelling, faults: &mut Faults) {
        if self.nullable && raw.get() == "null" {
            return;
        }
        let fits = match self.r#type {
            Kind::Object => self.object(raw, place, spelling, faults),
            Kind::Array => self.array(raw, place, spelling, faults),
            Kind::String => self.text(raw, place, faults),
            kind => plain(raw, spelling)
                .filter(|text| kind.is_spelled(text))
                .map(drop),
        };
        if fits.is_none() {
            faults.push(format!("{place}: {} is no {:?}", raw.get(), self.r#type));
        }
    }

    fn object(
        &self,
        raw: &RawValue,
        place: &str,
        spelling: Spelling,
        faults: &mut Faults,
    ) -> Option<()> {
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get()).ok()?;
        let missing = self
            .required
            .iter()
            .filter(|name| !members.contains_key(*name));
        faults.extend(missing.map(|name| format!("{place}: {name} is missing")));
        for (name, raw) in members {
            let place = format!("{place}.{name}");
            match self.properties.get(&name) {
                Some(part) => part.weigh(raw, &place, spelling, faults),
                None => faults.push(format!("{place}: no such member")),
            }
        }
        Some(())
    }

    fn array(
        &self,
        raw: &RawValue,
        place: &str,
        spelling: Spelling,
        faults: &mut Faults,
    ) -> Option<()> {
        let items: Vec<&RawValue> = serde_json::from_str(raw.get()).ok()?;
        let most = self.max_items.unwrap_or(usize::MAX);
        if items.len() > most {
            faults.push(format!("{place}: {} items, at most {most}", items.len()));
        }
        let part = self.items.as_ref()?;
        for (at, raw) in items.into_iter().enumerate() {
            part.weigh(raw, &format!("{place}[{at}]"), spelling, faults);
        }
        Some(())
    }

    fn text(&self, raw: &RawValue, place: &str, faults: &mut Faults) -> Option<()> {
        let text: String = serde_json::from_str(raw.get()).ok()?;
        let length = text.chars().count();
        let (least, most) = (
            self.min_length.unwrap_or(0),
            self.max_length.unwrap_or(usize::MAX),
        );
        if !(least..=most).contains(&length) {
            faults.push(format!("{place}: {length} characters, {least} to {most}"));
        }
        if matches!(self.format, Some(Format::Date)) && text.parse::<Night>().is_err() {
            faults.push(format!("{place}: {text:?} is no date"));
        }
        if !self.r#enum.is_empty() && !self.r#enum.contains(&text) {
            faults.push(format!("{place}: {text:?} is none of the values"));
        }
        Some(())
    }
}

impl Kind {
    /// Whether a number or truth value of this kind is written so.
    fn is_spelled(self, text: &str) -> bool {
        let number = || serde_json::from_str::<serde_json::Number>(text).is_ok();
        match self {
            Self::Number => number(),
            Self::Integer => number() && !text.contains(['.', 'e', 'E']),
            Self::Boolean => matches!(text, "true" | "false"),
            Self::Object | Self::Array | Self::String => false,
        }
    }
}

/// The text of a number or truth value in that spelling.
fn plain(raw: &RawValue, spelling: Spelling) -> Option<String> {
    match spelling {
        Spelling::Json => Some(raw.get().to_owned()),
        Spelling::Form => serde_json::from_str(raw.get()).ok(),
    }
}

#[cfg(test)]
mod tests;

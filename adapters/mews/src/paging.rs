//! Pages of a list: so many items, then a cursor to go on from, until none is given.
//!
//! Source: github.com/MewsSystems/open-api-docs, connector-api/guidelines/pagination.

use rackrate_core::error::Result;
use rackrate_core::exchange::Operation;
use serde::Serialize;

use crate::answer::Api;

/// The most items a page may have.
const COUNT: u32 = 1000;
/// More pages than a list has: 150,000 restrictions is the most the vendor keeps.
const MAX_PAGES: u32 = 1000;

/// Which page to give.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Limitation<'a> {
    count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<&'a str>,
}

impl<'a> Limitation<'a> {
    pub(crate) fn after(cursor: Option<&'a str>) -> Self {
        Self {
            count: COUNT,
            cursor,
        }
    }
}

/// Where a list stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
pub(crate) struct Place {
    pages: u32,
    cursor: Option<String>,
}

impl Place {
    pub(crate) fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// After a page with so many items and that cursor: the next place, or none at the end.
    ///
    /// # Errors
    /// When the list goes in a circle.
    pub(crate) fn turn(
        &self,
        api: &Api,
        operation: Operation,
        items: usize,
        cursor: Option<String>,
    ) -> Result<Option<Self>> {
        if items == 0 || cursor.is_none() {
            return Ok(None);
        }
        if cursor == self.cursor || self.pages >= MAX_PAGES {
            return Err(api.malformed(operation, "the list does not go on"));
        }
        Ok(Some(Self {
            pages: self.pages + 1,
            cursor,
        }))
    }
}

//! Small records that have no table of their own.

use serde::{Deserialize, Serialize};

/// What a small record of the office is about. Each drawer's own writer knows the form of
/// its records; the ledger keeps them word by word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drawer {
    /// Installations that a vendor started, waiting for their property.
    Install,
    /// Changes of secrets and keys that are under way.
    Rotation,
    /// Alerts that were raised and have not ended.
    Alert,
    /// When credentials were last used, checked and changed.
    Use,
    /// Decisions of reviews.
    Review,
    /// Clients that their vendors have suspended.
    Suspended,
}

/// A small record of the office, by its name in its drawer. It carries no secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// Where it lies.
    pub drawer: Drawer,
    /// What it is called there.
    pub name: String,
    /// What it says, as JSON; `None` takes it out.
    pub body: Option<String>,
}

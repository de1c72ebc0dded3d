//! The record of a client that its vendor has suspended, by the client's name in
//! [`Drawer::Suspended`](crate::op::Drawer::Suspended).
//!
//! It is there until the vendor has served a request of that client again.

use rackrate_core::clock::Wall;
use rackrate_core::ids::ConnectionId;
use serde::{Deserialize, Serialize};

/// A suspension, as it was first heard of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspension {
    /// The form of this record.
    pub form: u8,
    /// When it was heard of.
    pub since: Wall,
    /// The vendor's words, or ours.
    pub why: String,
    /// The accounts of that client that were in use then.
    pub connections: Vec<ConnectionId>,
}

impl Suspension {
    /// The form that is written now.
    pub const FORM: u8 = 1;

    /// The record as the ledger keeps it; `None` when it cannot be written.
    pub fn body(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// Reads a record; `None` for one of another form.
    pub fn read(body: &str) -> Option<Self> {
        let record: Self = serde_json::from_str(body).ok()?;
        (record.form == Self::FORM).then_some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written_and_in_no_other_form() {
        let record = Suspension {
            form: Suspension::FORM,
            since: Wall(7),
            why: "too many requests last night".to_owned(),
            connections: vec![ConnectionId::new("pms").unwrap()],
        };
        let body = record.body().unwrap();
        assert_eq!(Suspension::read(&body), Some(record));
        let newer = body.replacen("\"form\":1", "\"form\":2", 1);
        assert_eq!(Suspension::read(&newer), None);
    }
}

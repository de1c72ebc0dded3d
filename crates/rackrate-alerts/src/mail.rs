//! A mail to a hotel, ready to be sent by a person.
//!
//! A link to consent with works once, and whoever has it may use it, so it does not belong into
//! the channels that alerts go to. The mail has a place for it, and says to whoever sends it how
//! the link is made.
//!
//! Invariant: it says nothing that a hotel's own people may not know of their hotel.

use serde::{Deserialize, Serialize};

use crate::alert::{Hotel, Trouble};

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// To whom; what the hotel's contact says, or its name where there is none.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub body: String,
}

/// The mail that asks a hotel to consent again; `link` says how the link in it is made.
pub fn to(hotel: &Hotel, vendor: &str, trouble: Trouble, link: &str) -> Mail {
    let Hotel { name, contact, .. } = hotel;
    let why = match trouble {
        Trouble::NotAllowed | Trouble::MissingScope => format!(
            "{vendor} no longer lets us do everything that was agreed, so your prices there are not updated at the moment."
        ),
        Trouble::Disconnected => format!(
            "{vendor} tells us that somebody at {name} has disconnected us, so your prices there are not updated at the moment. If that was meant, please tell us, and ignore the rest."
        ),
        Trouble::ApproverLeft => format!(
            "{vendor} tells us that whoever connected us is no user of {name} any more, so your prices there are not updated at the moment. Any other user can connect us again."
        ),
        _ => format!(
            "{vendor} no longer accepts the access you gave us, so your prices there are not updated at the moment."
        ),
    };
    Mail {
        to: match contact.as_str() {
            "" => name.clone(),
            contact => contact.to_owned(),
        },
        subject: format!("{name}: please connect {vendor} again"),
        body: format!(
            "Hello,\n\n{why}\n\nPlease open this link with your login for {vendor} and allow the access again; it takes a minute:\n\n    [the link that {link} prints]\n\nNothing else is needed, and nothing that guests booked is touched.\n\nThank you."
        ),
    }
}

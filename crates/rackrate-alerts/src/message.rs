//! One message about an alert, and its words: the same on every way out.
//!
//! Invariant: the first line says who can act and which nights are held, because a telephone
//! in the night shows no more.

use std::fmt::Write as _;

use rackrate_core::clock::Wall;
use serde::{Deserialize, Serialize};

use crate::alert::{Actor, Alert, Hotel, Subject, Trouble};
use crate::held::{Count, Held};
use crate::mail::Mail;

/// Something to tell about an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Names it: whoever gets one twice may drop the second.
    pub id: String,
    /// Why it is sent.
    pub event: Event,
    /// When it was written.
    pub at: Wall,
    /// Since when the credential fails.
    pub since: Wall,
    /// What it is about.
    pub alert: Alert,
}

/// Why a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It fails.
    Raised,
    /// It fails again, soon after it worked again.
    Again,
    /// It comes and goes: its recoveries are not told any more, until it has lasted.
    Unsteady,
    /// It fails otherwise than before.
    Changed,
    /// It still fails.
    Reminder,
    /// It works again.
    Recovered,
    /// Its connections left the configuration; nobody looks any more.
    Unwatched,
    /// Nothing fails: somebody tries whether messages arrive.
    Test,
}

impl Event {
    /// The word for programs.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Again => "again",
            Self::Unsteady => "unsteady",
            Self::Changed => "changed",
            Self::Reminder => "reminder",
            Self::Recovered => "recovered",
            Self::Unwatched => "unwatched",
            Self::Test => "test",
        }
    }

    /// Whether nobody has to act any more.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Recovered | Self::Unwatched)
    }
}

impl Message {
    /// The message in a few words, for a subject line.
    pub fn title(&self) -> String {
        let whose = self.alert.whose();
        match self.event {
            Event::Recovered => format!("Works again: {whose}"),
            Event::Unwatched => format!("No longer watched: {whose}"),
            Event::Test => "Test: nothing is wrong".to_owned(),
            Event::Raised | Event::Changed => format!("{}: {whose}", self.alert.trouble.title()),
            Event::Again => format!("{} again: {whose}", self.alert.trouble.title()),
            Event::Unsteady => format!("Comes and goes: {whose}"),
            Event::Reminder => format!("Still {}: {whose}", lower(self.alert.trouble.title())),
        }
    }

    /// Who can act, and which nights are held.
    pub fn first(&self) -> String {
        match self.event {
            Event::Recovered => {
                let since = self.since;
                format!("Nobody has to act: it works again. It had failed since {since}.")
            }
            Event::Unwatched => {
                "Nobody is told any more: its connections left the configuration.".to_owned()
            }
            Event::Test => "Nobody has to act: somebody tried whether alerts arrive.".to_owned(),
            _ => format!("{} {}", self.alert.actor.line(), held(&self.alert.held)),
        }
    }

    /// What is wrong, line by line.
    pub fn details(&self) -> Vec<String> {
        if self.event == Event::Test {
            return vec![format!("Sent by `rackrate alerts test`, {}.", self.id)];
        }
        let alert = &self.alert;
        let mut lines = Vec::new();
        if !self.event.is_end() {
            lines.push(alert.what());
        }
        let names: Vec<_> = alert.connections.iter().map(|one| one.as_str()).collect();
        lines.push(format!("Connections: {}.", names.join(", ")));
        if self.event == Event::Unsteady {
            lines.push("It failed and worked in turn; it is told as working again only once that has lasted.".to_owned());
        }
        if let Some(print) = alert.request.as_ref().filter(|_| !self.event.is_end()) {
            lines.push(format!("Request {print}: who has the key can compare."));
        }
        lines.push(format!("Since {}, {}.", self.since, self.id));
        lines
    }

    /// The mail to a hotel, where there is one to write now.
    pub fn mail(&self) -> Option<&Mail> {
        self.alert.mail().filter(|_| !self.event.is_end())
    }

    /// The whole message as text.
    pub fn text(&self) -> String {
        let mut text = self.first();
        for line in self.details() {
            // Writing to a text cannot fail.
            let _ = write!(text, "\n{line}");
        }
        if let Some(mail) = self.mail() {
            let _ = write!(
                text,
                "\n\nA mail that you can send:\n\nTo: {}\nSubject: {}\n\n{}",
                mail.to, mail.subject, mail.body
            );
        }
        text
    }
}

impl Alert {
    /// Whose credential, for people.
    pub fn whose(&self) -> String {
        match &self.subject {
            Subject::Client(name) => format!("client {name} at {}", self.vendor),
            Subject::Grant(connection) => format!("{connection} at {}", self.vendor),
            Subject::Place(name) => format!("secrets from {name}, for {}", self.vendor),
        }
    }

    /// The mail to a hotel, where there is one to write.
    pub fn mail(&self) -> Option<&Mail> {
        match &self.actor {
            Actor::Hotel { mail, .. } => Some(mail),
            Actor::You { .. } | Actor::Owner { .. } => None,
        }
    }

    /// What is wrong, in a sentence.
    pub fn what(&self) -> String {
        let what = match self.trouble {
            Trouble::ClientRefused => "the vendor refuses the client's secret",
            Trouble::KeyRefused => "the vendor refuses the key",
            Trouble::NeedsAuthorization => {
                "what a person consented to is worth nothing any more; somebody there has to consent again"
            }
            Trouble::Disconnected => "the property has disconnected us",
            Trouble::ApproverLeft => {
                "whoever approved the connection is no user of the property any more; another one has to consent"
            }
            Trouble::MissingScope => "what was granted does not cover what was asked",
            Trouble::NotConnected => "nobody has consented yet",
            Trouble::NotAllowed => "the credential is good, and may not do what was asked",
            Trouble::Suspended => {
                "everything that was given to this client fails at once; the vendor may have suspended it"
            }
            Trouble::SecretMissing => {
                "no secret can be fetched from where the configuration says, so nothing was sent"
            }
        };
        let whose = self.whose();
        match self.code.as_str() {
            "" => format!("{whose}: {what}."),
            code => format!("{whose}: {what} ({code})."),
        }
    }
}

impl Trouble {
    fn title(self) -> &'static str {
        match self {
            Self::ClientRefused => "Client refused",
            Self::KeyRefused => "Key refused",
            Self::NeedsAuthorization => "Needs authorization",
            Self::Disconnected => "Disconnected",
            Self::ApproverLeft => "Approver left",
            Self::MissingScope => "Missing scope",
            Self::NotConnected => "Not connected",
            Self::NotAllowed => "Not allowed",
            Self::Suspended => "Suspended",
            Self::SecretMissing => "Secret missing",
        }
    }
}

impl Actor {
    fn line(&self) -> String {
        match self {
            Self::You { command } => format!("You can act: {command}."),
            Self::Owner { who, portal, then } => {
                let who = match who {
                    Some(who) => format!("The secret's owner can act, {who}"),
                    None => "The secret's owner can act (nobody is named)".to_owned(),
                };
                match portal {
                    Some(portal) => format!("{who}, in the portal ({portal}): {then}."),
                    None => format!("{who}: {then}."),
                }
            }
            Self::Hotel { hotels, .. } => format!(
                "The hotel can act, nothing to do tonight: {}.",
                named(hotels)
            ),
        }
    }
}

/// The first hotel with its contact, and how many more there are.
fn named(hotels: &[Hotel]) -> String {
    let Some((first, rest)) = hotels.split_first() else {
        return "no hotel is mapped".to_owned();
    };
    let contact = match first.contact.as_str() {
        "" => "no contact in properties.csv",
        contact => contact,
    };
    let first = format!("{} ({contact})", first.name);
    match rest.len() {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

fn held(held: &Held) -> String {
    if held.is_nothing() {
        return "No night is held by this run.".to_owned();
    }
    let count = |Count { nights, properties }: Count| match nights {
        0 => "none".to_owned(),
        _ => format!("{} of {}", plural(nights, "night"), hotels(properties)),
    };
    format!(
        "Held: tonight {}, next 7 days {}, later {}.",
        count(held.tonight),
        count(held.week),
        count(held.later)
    )
}

fn plural(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

fn hotels(count: u64) -> String {
    match count {
        1 => "1 property".to_owned(),
        _ => format!("{count} properties"),
    }
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

//! Which alerts have to be told now: once while they last, again after a span, and once when
//! they are over.
//!
//! A record is filed before its message leaves. After a crash in between the message leaves
//! once more, with the same id: an alert that comes twice is a nuisance, one that never comes
//! costs a night's prices.
//!
//! What fails and works in turn is told twice; then it is called unsteady, and its recoveries
//! are kept back until one has lasted for a whole span.
//!
//! Invariants: no failure that was never told stays silent, and within one span there are at
//! most [`MOST`] messages about one client or grant.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rackrate_core::clock::Wall;
use rackrate_core::ids::ConnectionId;
use rackrate_core::key::Key;

use crate::alert::{Subject, Trouble};
use crate::group::{Failure, Proof};
use crate::message::{Event, Message};
use crate::record::Record;

/// Failed, worked, failed, worked, unsteady; and each other trouble once.
pub const MOST: usize = 5 + 9;

/// After so many turns within a span it is unsteady.
const TURNS: u32 = 2;

/// Alerts on record, by name.
pub type Records = BTreeMap<String, Record>;

/// What a run found out.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// What failed.
    pub failures: Vec<Failure>,
    /// Connections that worked, and how far that is proven.
    pub works: BTreeMap<ConnectionId, Proof>,
    /// All connections of the configuration.
    pub known: BTreeSet<ConnectionId>,
}

/// What does not change within a run.
#[derive(Clone, Debug)]
pub struct Rules {
    /// What still fails is told again after this.
    pub remind: Duration,
    /// The ways out, by name.
    pub sinks: BTreeSet<String>,
}

/// What to do: file first, then send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Records to file by name; `None` takes one out.
    pub file: BTreeMap<String, Option<Record>>,
    /// Messages to send, each with the ways out that it has to take.
    pub send: Vec<(Message, BTreeSet<String>)>,
}

/// Decides what to file and to send after a run.
pub fn decide(open: &Records, seen: &Seen, rules: &Rules, now: Wall) -> Decision {
    let mut desk = Desk {
        records: open.clone(),
        seen,
        rules,
        now,
    };
    desk.see_what_works();
    let mut failed = BTreeSet::new();
    for failure in &seen.failures {
        failed.insert(desk.fails(failure));
    }
    let names: Vec<_> = desk.records.keys().cloned().collect();
    for name in names.iter().filter(|name| !failed.contains(*name)) {
        desk.does_not_fail(name);
    }
    desk.decision(open)
}

struct Desk<'r> {
    records: Records,
    seen: &'r Seen,
    rules: &'r Rules,
    now: Wall,
}

impl Desk<'_> {
    /// Takes out of open alerts whose failures are over; what fails in this run as well is
    /// put back.
    fn see_what_works(&mut self) {
        let Seen { works, known, .. } = self.seen;
        for record in self.records.values_mut() {
            record.failing.retain(|connection, needed| {
                let proof = works.get(connection);
                known.contains(connection) && proof.is_none_or(|proof| proof < needed)
            });
        }
    }

    /// A failure was seen; the name of the record that it belongs to.
    fn fails(&mut self, failure: &Failure) -> String {
        let name = self.home(failure);
        let before = self.records.remove(&name);
        let event = match &before {
            None => Some(Event::Raised),
            Some(record) if record.is_open() => self.news(record, failure),
            Some(record) if record.turns + 1 >= TURNS => Some(Event::Unsteady),
            Some(_) => Some(Event::Again),
        };
        let mut record = before.unwrap_or_else(|| Record::new(self.message(failure)));
        if let Event::Again | Event::Unsteady = event.unwrap_or(Event::Reminder) {
            record.turns += 1;
            record.last.since = self.now;
        }
        if event == Some(Event::Reminder) {
            record.told.clear();
        }
        record.failed = self.now;
        for (connection, proof) in &failure.failing {
            let needed = record.failing.entry(connection.clone()).or_insert(*proof);
            *needed = (*needed).max(*proof);
        }
        if let Some(event) = event {
            // What a grant adds to its client's alert does not make it the grant's.
            if record.last.alert.subject == failure.alert.subject {
                record.last.alert = failure.alert.clone();
            }
            record.told.insert(record.last.alert.trouble);
            self.tell(&mut record, event);
        }
        self.records.insert(name.clone(), record);
        name
    }

    /// The record of a failure: its own, or that of its client or place, where one is open
    /// for it.
    fn home(&self, failure: &Failure) -> String {
        let own = failure.alert.name();
        if self.records.get(&own).is_some_and(Record::is_open) {
            return own;
        }
        let same = |trouble: &Trouble| match (trouble, failure.alert.trouble) {
            // What all grants of a client lose at once is called so.
            (Trouble::Suspended, now) if now.ends_consent() => true,
            (told, now) => *told == now,
        };
        let own_reach = reach(&failure.alert.subject);
        let mut wider = self.records.iter().filter(|(_, record)| {
            let is_wider = reach(&record.last.alert.subject) > own_reach;
            is_wider && record.is_open() && record.told.iter().any(same)
        });
        let covers = |record: &Record| {
            let mut all = failure.failing.keys();
            all.all(|connection| record.failing.contains_key(connection))
        };
        let home = wider.find(|(_, record)| covers(record));
        home.map_or(own, |(name, _)| name.clone())
    }

    /// Why an open alert is told once more, if it is.
    fn news(&self, record: &Record, failure: &Failure) -> Option<Event> {
        let of_this = record.last.alert.subject == failure.alert.subject;
        if of_this && !record.told.contains(&failure.alert.trouble) {
            return Some(Event::Changed);
        }
        self.is_old(record.last.at).then_some(Event::Reminder)
    }

    fn does_not_fail(&mut self, name: &str) {
        let Some(mut record) = self.records.remove(name) else {
            return;
        };
        if !record.is_open() {
            // It is kept for a while to know what comes again, and what is still owed.
            if !self.is_old(record.last.at) {
                self.records.insert(name.to_owned(), record);
            }
            return;
        }
        let all = &record.last.alert.connections;
        let gone = all.iter().all(|one| !self.seen.known.contains(one));
        let lasted = record.turns < TURNS || self.is_old(record.failed);
        match (record.failing.is_empty(), gone) {
            (true, true) => self.tell(&mut record, Event::Unwatched),
            (true, false) if lasted => self.tell(&mut record, Event::Recovered),
            _ => {}
        }
        self.records.insert(name.to_owned(), record);
    }

    fn is_old(&self, at: Wall) -> bool {
        self.now.since(at) >= self.rules.remind
    }

    fn message(&self, failure: &Failure) -> Message {
        Message {
            id: String::new(),
            event: Event::Raised,
            at: self.now,
            since: self.now,
            alert: failure.alert.clone(),
        }
    }

    /// Makes a new message the last one of a record, owed to whom it concerns.
    fn tell(&self, record: &mut Record, event: Event) {
        record.count += 1;
        record.last.event = event;
        record.last.at = self.now;
        record.last.id = id(record);
        let sinks = &self.rules.sinks;
        record.owed = match event.is_end() {
            true => record.given.intersection(sinks).cloned().collect(),
            false => sinks.clone(),
        };
        record.given.extend(record.owed.iter().cloned());
    }

    fn decision(mut self, open: &Records) -> Decision {
        let mut decision = Decision::default();
        for (name, record) in &mut self.records {
            // One that was taken out of the configuration is owed nothing.
            record.owed.retain(|sink| self.rules.sinks.contains(sink));
            if !record.owed.is_empty() {
                decision
                    .send
                    .push((record.last.clone(), record.owed.clone()));
            }
            if open.get(name) != Some(record) {
                decision.file.insert(name.clone(), Some(record.clone()));
            }
        }
        let gone = open.keys().filter(|name| !self.records.contains_key(*name));
        decision.file.extend(gone.map(|name| (name.clone(), None)));
        decision
    }
}

/// How much is told of at once.
fn reach(subject: &Subject) -> u8 {
    match subject {
        Subject::Grant(_) => 0,
        Subject::Client(_) => 1,
        Subject::Place(_) => 2,
    }
}

/// The id of a record's last message: the same however often it is made.
fn id(record: &Record) -> String {
    let last = &record.last;
    let name = last.alert.name();
    let since = last.since.0.to_be_bytes();
    let (at, count) = (last.at.0.to_be_bytes(), record.count.to_be_bytes());
    let key = Key::of(&[name.as_bytes(), &since, &at, &count]);
    format!("msg_{:.24}", key.as_str())
}

#[cfg(test)]
mod tests;

//! What a person sees of the change of a secret: who has to do what where, and what is held
//! meanwhile.

use std::collections::BTreeSet;
use std::io::Write;

use rackrate_auth::changeover::{Stage, Way};
use serde_json::json;

use super::super::super::inputs::Inputs;
use crate::cli::{Common, Output};
use crate::exit::Exit;
use crate::flow::creds::rotate::{Came, Change, Record};
use crate::screen::{Page, count, wrapped};

/// What does not change between two steps.
pub(super) struct Screen<'a> {
    output: Output,
    change: &'a Change<'a>,
    vendor: &'static str,
    connections: Vec<String>,
    hotels: Vec<String>,
}

impl<'a> Screen<'a> {
    pub(super) fn new(common: &Common, inputs: &Inputs, change: &'a Change<'a>) -> Self {
        let ids = || change.links.iter().map(|link| &link.id);
        let lanes = inputs.portfolio.mapping.lanes();
        let hotels = lanes.filter(|(at, ..)| ids().any(|id| id == *at));
        let hotels: BTreeSet<_> = hotels.map(|(_, hotel, _)| hotel.to_string()).collect();
        Self {
            output: common.output,
            change,
            vendor: change.links.first().map_or("", |link| link.entry.title),
            connections: ids().map(ToString::to_string).collect(),
            hotels: hotels.into_iter().collect(),
        }
    }

    pub(super) fn command(&self, rest: &str) -> String {
        format!(
            "rackrate creds rotate --client {}{rest}",
            self.change.client.name
        )
    }

    fn place(&self, record: &Record) -> String {
        let found = self.change.configured(record);
        found.map(ToString::to_string).unwrap_or_default()
    }

    fn portal(&self) -> String {
        let portal = self.change.client.portal.as_ref();
        portal.map_or("its page at the vendor".to_owned(), ToString::to_string)
    }
}

pub(super) fn print(screen: &Screen<'_>, came: &Came, page: &mut Page) {
    if screen.output == Output::Json {
        return page.line(object(screen, came).to_string());
    }
    let name = &screen.change.client.name;
    match came {
        Came::Waits(record, _) => waits(screen, record, page),
        Came::Refused(record, exit, _) => refused(screen, record, *exit, page),
        Came::Done(record) => done(screen, record, page),
        Came::Aborted(record) => {
            let released = match record.at.way {
                Way::Hold => " Nothing is held for it any more.",
                Way::Overlap => "",
            };
            say(
                page,
                &format!("The change of the client {name} was given up.{released}"),
            );
            resume(record, page);
        }
        Came::Nothing => say(
            page,
            &format!("No change of the client {name} is under way, and nothing is held for one."),
        ),
    }
}

fn head(screen: &Screen<'_>, record: &Record, page: &mut Page) {
    let client = screen.change.client;
    let what = format!(
        "{} of the client {} at {}",
        record.secret, client.name, screen.vendor
    );
    say(page, &what);
    page.line("");
    let mut row = |what: &str, text: String| {
        let text = wrapped(&text, "                 ");
        page.line(format!("  {what:<15}{}", text.trim_start()));
    };
    row("begun", record.since.to_string());
    row("connections", screen.connections.join(", "));
    row("hotels", list(&screen.hotels));
    let owner = client.owner.clone();
    row(
        "who can act",
        owner.unwrap_or("nobody is named; set owner".to_owned()),
    );
    row("where", screen.portal());
    row("kept at", screen.place(record));
    if let Some(new) = &record.new {
        row("new one at", new.to_string());
    }
    page.line("");
}

fn say(page: &mut Page, text: &str) {
    page.line(wrapped(text, ""));
}

/// As many names as a screen takes.
fn list(names: &[String]) -> String {
    const MOST: usize = 8;
    let shown = names
        .iter()
        .take(MOST)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len() {
        0 => "none is mapped".to_owned(),
        all if all > MOST => format!("{} ({shown} …)", count(all as u64)),
        all => format!("{all} ({shown})"),
    }
}

fn waits(screen: &Screen<'_>, record: &Record, page: &mut Page) {
    head(screen, record, page);
    let (now, steps) = match record.at.way {
        Way::Hold => (
            "Held until this ends: nothing is pushed to these connections, nor to their hotels elsewhere. `apply` plans such prices and tells them as held.",
            to_reset(screen, record),
        ),
        Way::Overlap => (
            "The new secret is good. The old one is still in use, and nothing is held.",
            to_switch(screen, record),
        ),
    };
    say(page, now);
    page.line("");
    numbered(&steps, page);
    unseen(screen, record, page);
    say(page, &format!("To give up: {}", screen.command(" --abort")));
}

/// What a person does where the new secret takes the old one's place.
fn to_reset(screen: &Screen<'_>, record: &Record) -> [String; 3] {
    [
        format!("Reset the secret: {}", screen.portal()),
        format!("Store the new one where {} leads.", screen.place(record)),
        format!("Say so: {}", screen.command(" --continue")),
    ]
}

/// What a person does where the new secret lives beside the old one.
fn to_switch(screen: &Screen<'_>, record: &Record) -> [String; 3] {
    let new = record.new.as_ref().map(ToString::to_string);
    let new = new.unwrap_or_default();
    let place = screen.place(record);
    let client = &screen.change.client.name;
    [
        format!(
            "Let {} of [clients.{client}] be \"{new}\", or store the new secret where {place} leads.",
            record.secret
        ),
        format!("Have it proved: {}", screen.command(" --continue")),
        "Keep the old one at the vendor until that has said so.".to_owned(),
    ]
}

fn numbered(steps: &[String], page: &mut Page) {
    for (at, step) in steps.iter().enumerate() {
        let text = wrapped(step, "     ");
        page.line(format!("  {}. {}", at + 1, text.trim_start()));
    }
    page.line("");
}

/// Says so where a secret that was not changed would pass for the new one.
fn unseen(screen: &Screen<'_>, record: &Record, page: &mut Page) {
    if !screen.change.would_notice(record) {
        let text = "Without a seal_key it cannot be told whether the secret has changed: what will be proved is that it is good.";
        say(page, text);
        page.line("");
    }
}

fn refused(screen: &Screen<'_>, record: &Record, exit: Exit, page: &mut Page) {
    head(screen, record, page);
    let what = match exit {
        Exit::Person => "The vendor refuses the secret.",
        _ => "The vendor could not be asked about the secret.",
    };
    let held = match record.at.way {
        Way::Hold => "Its pushes stay held.",
        Way::Overlap => "The old one stays in use.",
    };
    say(page, &format!("{what} {held}"));
    page.line("");
    let place = match (&record.new, record.at.stage) {
        (Some(new), Stage::Begun) => new.to_string(),
        _ => screen.place(record),
    };
    numbered(
        &[
            format!(
                "See that {place} has what the vendor shows: {}",
                screen.portal()
            ),
            format!("Try again: {}", screen.command(" --continue")),
        ],
        page,
    );
    say(page, &format!("To give up: {}", screen.command(" --abort")));
}

fn done(screen: &Screen<'_>, record: &Record, page: &mut Page) {
    let client = &screen.change.client.name;
    let good = format!(
        "The new {} of the client {client} is good and in use: {}",
        record.secret,
        screen.place(record)
    );
    say(page, &good);
    if record.at.way == Way::Overlap {
        say(
            page,
            &format!("Delete the old one now: {}", screen.portal()),
        );
    }
    resume(record, page);
}

fn resume(record: &Record, page: &mut Page) {
    if record.at.way == Way::Hold {
        page.line("What was held meanwhile goes out with: rackrate apply --resume");
    }
}

/// The question at a terminal.
pub(super) fn ask() {
    let words = "Done? Press Enter to have it proved, or Ctrl-D to go on another time.";
    // A terminal that is gone reads nothing.
    let _ = writeln!(std::io::stderr(), "{words}");
}

fn object(screen: &Screen<'_>, came: &Came) -> serde_json::Value {
    let client = screen.change.client;
    let (state, record) = match came {
        Came::Waits(record, _) => ("waits", Some(record)),
        Came::Refused(record, ..) => ("refused", Some(record)),
        Came::Done(record) => ("done", Some(record)),
        Came::Aborted(record) => ("aborted", Some(record)),
        Came::Nothing => ("nothing", None),
    };
    let under_way = matches!(came, Came::Waits(..) | Came::Refused(..));
    let at = record.map(|record| record.at);
    json!({
        "client": client.name,
        "state": state,
        "way": at.map(|at| at.way),
        "stage": at.filter(|_| under_way).map(|at| at.stage),
        "holds_pushes": under_way && at.is_some_and(rackrate_auth::changeover::Changeover::holds),
        "begun": record.map(|record| record.since.to_string()),
        "secret": record.map(|record| &record.secret),
        "kept_at": record.map(|record| screen.place(record)),
        "new_at": record.and_then(|record| record.new.as_ref().map(ToString::to_string)),
        "connections": screen.connections,
        "hotels": screen.hotels,
        "owner": client.owner,
        "portal": client.portal,
        "next": under_way.then(|| screen.command(" --continue")),
    })
}

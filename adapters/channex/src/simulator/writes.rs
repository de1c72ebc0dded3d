//! `POST /restrictions`: what of a message is taken, and the tasks it becomes.

use std::collections::BTreeMap;

use bytes::Bytes;
use rackrate_core::ids::VendorId;
use rackrate_core::key::Key;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::Hotel;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::catalog;
use super::entries::{Entry, Reader, Sent};
use super::http_text::Answer;
use super::json::{array, object, text};
use super::state::{At, State, Task};

/// Messages have to be smaller.
const LARGEST: usize = 10_000_000;
/// How long a task waits and works, in microseconds; nothing is documented.
const HABIT: (u64, u64) = (200_000, 1_500_000);

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    values: Vec<&'a RawValue>,
}

/// A message whose entries can be told apart.
#[derive(Debug)]
pub(super) struct Letter<'a> {
    entries: Vec<(String, Sent<'a>)>,
}

impl<'a> Letter<'a> {
    pub(super) fn of(body: &'a Bytes) -> Result<Self, Answer> {
        if body.len() >= LARGEST {
            return Err(Answer::too_large());
        }
        let wrong = |text: &str| Answer::bad_request(&[text.to_owned()]);
        let message: Message<'_> =
            serde_json::from_slice(body).map_err(|_| wrong("values is required"))?;
        let entry = |raw: &&'a RawValue| {
            let sent: Sent<'a> = serde_json::from_str(raw.get()).ok()?;
            let property = sent.get("property_id").map_or("null", |raw| raw.get());
            let property: Option<String> = serde_json::from_str(property).ok()?;
            Some((property.unwrap_or_default(), sent))
        };
        let entries: Option<Vec<_>> = message.values.iter().map(entry).collect();
        let entries = entries.filter(|entries| !entries.is_empty());
        Ok(Self {
            entries: entries.ok_or_else(|| wrong("values is invalid"))?,
        })
    }

    /// The properties it names, once each.
    pub(super) fn properties(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.entries.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// Takes a message; those of its hotels are known to be the key's.
pub(super) fn take(
    state: &mut State,
    seed: &Seed,
    hotels: &[Hotel],
    letter: &Letter<'_>,
    at: At,
) -> Answer {
    let (warnings, taken) = read(state, hotels, letter, at);
    let tasks: Vec<String> = taken
        .into_iter()
        .map(|(property, entries)| queue(state, seed, property, entries, at))
        .map(|id| object(&[("id", text(&id)), ("type", text("task"))]))
        .collect();
    let meta = [("message", text("Success")), ("warnings", array(&warnings))];
    Answer::good(object(&[("data", array(&tasks)), ("meta", object(&meta))]))
}

/// The warnings of a message, and what is taken of it for each property.
type Sorted = (Vec<String>, BTreeMap<VendorId, Vec<Entry>>);

fn read(state: &mut State, hotels: &[Hotel], letter: &Letter<'_>, at: At) -> Sorted {
    let warned = state.switches.warned;
    let mut readers: BTreeMap<&str, Reader<'_>> = BTreeMap::new();
    for hotel in hotels {
        if let Some(today) = catalog::today(hotel, at) {
            readers.insert(hotel.id.as_str(), Reader::new(hotel, today, warned));
        }
    }
    let (mut warnings, mut taken) = Sorted::default();
    for (property, sent) in &letter.entries {
        let Some(reader) = readers.get_mut(property.as_str()) else {
            continue;
        };
        let read = reader.read(sent);
        state.record.refused_rows += u64::from(read.warning.is_some());
        warnings.extend(read.warning);
        let own = VendorId::new(property).ok().zip(read.entry);
        if let Some((property, entry)) = own {
            taken.entry(property).or_default().push(entry);
        }
    }
    (warnings, taken)
}

/// A task at the end of its property's queue; its name.
fn queue(
    state: &mut State,
    seed: &Seed,
    property: VendorId,
    entries: Vec<Entry>,
    at: At,
) -> String {
    let habit = state.draw(seed, HABIT.0, HABIT.1);
    let ends = at.plus(state.timing.job.unwrap_or(habit));
    let before = state.tasks.iter().filter(|task| task.property == property);
    let ends = before.map(|task| task.ends).fold(ends, At::max);
    let id = name(state.draw(seed, 0, u64::MAX));
    let lost = state.switches.loses();
    state.tasks.push(Task {
        id: id.clone(),
        property,
        write: state.record.pushes,
        ends,
        entries,
        lost,
    });
    id
}

/// A name in the form of the vendor's.
fn name(number: u64) -> String {
    let hex = Key::of(&[b"task", &number.to_le_bytes()]).to_string();
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
    parts.map(|part| &hex[part]).join("-")
}

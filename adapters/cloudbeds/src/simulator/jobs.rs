//! Jobs: their end, when prices change, and the list in which they are shown.

use std::time::Duration;

use jiff::tz::TimeZone;
use rackrate_core::clock::{Mono, Wall};
use rackrate_core::key::Key;
use rackrate_core::seed::Seed;
use rackrate_core::simulator::{Change, Hotel};

use super::form::Tree;
use super::http_text::{Answer, Asked};
use super::json::{array, flag, object, text};
use super::reads::number;
use super::state::{Cell, Interval, Job, Reveal, State, plan_of_rate};

/// Jobs are shown for seven days.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// Nothing is documented; small, so that pages are turned.
const PAGE: usize = 10;

/// When something next happens by itself.
pub(super) fn next(state: &State) -> Option<Mono> {
    let jobs = state.jobs.iter().map(|job| match job.done {
        false => job.ends,
        true => job.created.after(KEPT),
    });
    jobs.chain(state.reveals.iter().map(|reveal| reveal.at))
        .min()
}

/// Lets happen what is due, in the order of its time.
pub(super) fn advance(state: &mut State, seed: &Seed, hotels: &[Hotel], now: Mono) {
    while let Some(at) = next(state).filter(|at| *at <= now) {
        reveal(state, at);
        let due = |job: &&mut Job| !job.done && job.ends <= at;
        if let Some(job) = state.jobs.iter_mut().find(due) {
            job.done = true;
            let job = job.clone();
            finish(state, seed, hotels, job);
        }
        let gone = |job: &Job| job.done && job.created.after(KEPT) <= at;
        let unasked = state.jobs.iter().filter(|job| gone(job) && !job.asked_for);
        state.record.unpolled_jobs += unasked.count() as u64;
        state.jobs.retain(|job| !gone(job));
    }
}

fn reveal(state: &mut State, now: Mono) {
    let (due, later) = std::mem::take(&mut state.reveals)
        .into_iter()
        .partition(|reveal| reveal.at <= now);
    state.reveals = later;
    let due: Vec<Reveal> = due;
    for reveal in due {
        let nights = state.shown.entry(reveal.rate).or_default();
        for (night, cell) in reveal.cells {
            let newer = nights
                .get(&night)
                .is_none_or(|old| old.version <= cell.version);
            if newer {
                nights.insert(night, cell);
            }
        }
    }
}

fn finish(state: &mut State, seed: &Seed, hotels: &[Hotel], mut job: Job) {
    let Some(hotel) = hotels.iter().find(|hotel| hotel.id == job.property) else {
        return;
    };
    state.version += 1;
    let doubled = is_double(state, hotel, &job);
    let lag = settle(state, seed);
    let mut applied = false;
    for one in &mut job.intervals {
        if plan_of_rate(hotel, one.rate.as_str()).is_none() {
            one.action = "error".to_owned();
            one.message = Some("Rate not found".to_owned());
            state.record.refused_rows += 1;
        } else {
            applied |= apply(state, hotel, &job.property, job.write, job.ends, lag, one);
        }
    }
    state.record.applied += u64::from(applied);
    state.record.doubled += u64::from(applied && doubled);
    if applied {
        let version = state.version;
        state.effects.insert(version, effect(&job));
    }
    if let Some(kept) = state.jobs.iter_mut().find(|kept| kept.id == job.id) {
        kept.intervals = job.intervals;
    }
}

/// What a write does, whatever way its nights are cut.
fn effect(job: &Job) -> Key {
    let mut cells: Vec<String> = job
        .intervals
        .iter()
        .flat_map(|one| {
            one.first
                .through(one.last)
                .map(|night| format!("{} {night} {:?} {:?}", one.rate, one.price, one.wish))
        })
        .collect();
    cells.sort();
    let parts: Vec<&[u8]> = cells.iter().map(|cell| cell.as_bytes()).collect();
    Key::of(&parts)
}

/// Whether the same was done before and nothing else touched these nights since.
fn is_double(state: &State, hotel: &Hotel, job: &Job) -> bool {
    let mut versions = job
        .intervals
        .iter()
        .filter(|one| plan_of_rate(hotel, one.rate.as_str()).is_some())
        .flat_map(|one| {
            let nights = state.held.get(&one.rate);
            one.first.through(one.last).map(move |night| {
                nights
                    .and_then(|nights| nights.get(&night))
                    .map_or(0, |cell| cell.version)
            })
        });
    let Some(first) = versions.next() else {
        return false;
    };
    versions.all(|version| version == first)
        && state
            .effects
            .get(&first)
            .is_some_and(|known| *known == effect(job))
}

/// How much later a change is shown: mostly seconds, sometimes up to twelve minutes.
fn settle(state: &mut State, seed: &Seed) -> Duration {
    let habit = match state.draw(seed, 0, 3) {
        0 => state.draw(seed, 0, 720_000_000),
        _ => state.draw(seed, 0, 10_000_000),
    };
    Duration::from_micros(state.timing.settle.unwrap_or(habit))
}

fn apply(
    state: &mut State,
    hotel: &Hotel,
    property: &rackrate_core::ids::VendorId,
    write: u64,
    at: Mono,
    lag: Duration,
    one: &mut Interval,
) -> bool {
    let version = state.version;
    let nights = state.held.entry(one.rate.clone()).or_default();
    let known = one
        .first
        .through(one.last)
        .all(|night| nights.contains_key(&night));
    one.action = if known { "updated" } else { "created" }.to_owned();
    if one.price.is_none() && one.wish.is_nothing() {
        return false;
    }
    let mut cells = Vec::new();
    for night in one.first.through(one.last) {
        let old = nights.get(&night).copied().unwrap_or_default();
        let cell = Cell {
            price: one.price.or(old.price),
            in_force: one.wish.over(old.in_force),
            version,
        };
        nights.insert(night, cell);
        cells.push((night, cell));
    }
    state.reveals.push(Reveal {
        at: at.after(lag),
        rate: one.rate.clone(),
        cells,
    });
    if let Some(plan) = plan_of_rate(hotel, one.rate.as_str()) {
        state.record.changes.push(Change {
            at,
            write,
            key: None,
            property: property.clone(),
            ids: plan.ids.clone(),
            adults: 0,
            first: one.first,
            last: one.last,
            price: one.price,
            rules: one.wish.rules(),
        });
    }
    true
}

/// `getRateJobs`: one job, or those of the client, newest first.
pub(super) fn list(
    state: &mut State,
    hotel: &Hotel,
    client: usize,
    asked: &Asked,
    epoch: Wall,
) -> Answer {
    let status = asked.fields.text("status");
    if status.is_some_and(|status| !matches!(status, "in_progress" | "completed" | "error")) {
        return Answer::failure("Parameter status is not valid");
    }
    let wanted = asked.fields.text("jobReferenceID");
    let matching = |job: &&mut Job| {
        job.property == hotel.id
            && status.is_none_or(|status| job.status() == status)
            && match wanted {
                Some(id) => job.id.to_string() == id,
                None => job.client == client,
            }
    };
    let jobs: Vec<&mut Job> = state.jobs.iter_mut().rev().filter(matching).collect();
    let page: usize = asked
        .fields
        .text("page")
        .and_then(|page| page.parse().ok())
        .unwrap_or(1)
        .max(1);
    let more = jobs.len() > page * PAGE;
    let shown = jobs.into_iter().skip((page - 1) * PAGE).take(PAGE);
    let items: Vec<String> = shown
        .map(|job| {
            job.asked_for |= job.done;
            describe(job, hotel, epoch)
        })
        .collect();
    let link = more.then(|| text(&link(asked, page + 1)));
    Answer::json(
        200,
        object(&[
            ("success", flag(true)),
            ("hasNextPage", flag(more)),
            ("nextPage", link.unwrap_or_else(|| "null".to_owned())),
            ("data", array(&items)),
        ]),
    )
}

fn link(asked: &Asked, page: usize) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Tree::Branch(fields) = &asked.fields {
        for (name, value) in fields.iter().filter(|(name, _)| *name != "page") {
            if let Tree::Leaf(value) = value {
                query.append_pair(name, value);
            }
        }
    }
    query.append_pair("page", &page.to_string());
    format!("{}getRateJobs?{}", asked.base, query.finish())
}

fn describe(job: &Job, hotel: &Hotel, epoch: Wall) -> String {
    let zone = TimeZone::get(&hotel.time_zone).unwrap_or(TimeZone::UTC);
    let created = epoch
        .after(Duration::from_micros(job.created.0))
        .timestamp()
        .to_zoned(zone);
    let updates: Vec<String> = job.intervals.iter().map(|one| update(one, hotel)).collect();
    object(&[
        ("jobReferenceID", text(&job.id.to_string())),
        (
            "dateCreated",
            text(&created.strftime("%Y-%m-%d %H:%M:%S").to_string()),
        ),
        ("status", text(job.status())),
        ("updates", array(&updates)),
    ])
}

fn update(one: &Interval, hotel: &Hotel) -> String {
    let null = || "null".to_owned();
    let price = one.price.map(|price| number(hotel.currency, price));
    let mut fields = vec![
        ("rateID", text(one.rate.as_str())),
        ("action", text(&one.action)),
        ("startDate", text(&one.first.to_string())),
        ("endDate", text(&one.last.to_string())),
        ("rate", price.unwrap_or_else(null)),
        ("message", one.message.as_deref().map_or_else(null, text)),
    ];
    fields.extend(one.wish.listed());
    fields.push(("cutOff", null()));
    fields.push(("lastMinuteBooking", null()));
    object(&fields)
}

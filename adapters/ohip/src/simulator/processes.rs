//! Processes: started by POST, asked for by HEAD, their result fetched by one GET.
//!
//! They run one after another in each hotel. A result has another id than its process.

use std::time::Duration;

use rackrate_core::clock::Mono;
use rackrate_core::ids::VendorId;
use rackrate_core::key::Key;
use rackrate_core::simulator::Hotel;
use serde::{Deserialize, Serialize};

use super::Gateway;
use super::http_text::{Answer, Asked};
use super::json::{array, object, text};
use super::prices::PriceRow;
use super::rules::RuleRow;

/// How long the same body is not taken again.
const EQUAL: Duration = Duration::from_secs(30 * 60);
/// How long an unfetched result is kept; nothing is published.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// How long a process takes, in microseconds; no duration is promised.
const HABIT: (u64, u64) = (5_000_000, 20_000_000);
const MAX_BYTES: usize = 2 << 20;

/// What a process writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    Prices,
    Rules,
}

/// The rows of a process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Rows {
    Prices(Vec<PriceRow>),
    Rules(Vec<RuleRow>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    Processing,
    Invalid,
    Completed,
}

/// A process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Process {
    id: String,
    result: String,
    kind: Kind,
    pub(super) hotel: VendorId,
    /// The write it is, counted from one.
    pub(super) write: u64,
    pub(super) ends: Mono,
    stage: Stage,
    /// Whether anybody asked for it once it had ended.
    pub(super) asked: bool,
    /// Whether somebody was told that its result is there.
    told: bool,
    rows: Rows,
    warnings: Vec<Warning>,
}

/// A row that was not done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Warning {
    pub(super) code: String,
    pub(super) text: String,
    pub(super) tag: String,
    pub(super) row: usize,
}

impl Process {
    /// When something next happens to it.
    pub(super) fn next(&self) -> Mono {
        match self.stage {
            Stage::Processing => self.ends,
            Stage::Invalid | Stage::Completed => self.ends.after(KEPT),
        }
    }

    pub(super) fn is_of(&self, hotel: &VendorId) -> bool {
        self.hotel == *hotel
    }

    pub(super) fn is_forgotten(&self, now: Mono) -> bool {
        self.stage != Stage::Processing && self.ends.after(KEPT) <= now
    }

    /// Whether a well-behaved client would not start the next one yet.
    fn is_open(&self) -> bool {
        self.stage == Stage::Processing || (self.told && self.stage == Stage::Completed)
    }
}

impl Gateway {
    pub(super) fn start(
        &mut self,
        kind: Kind,
        hotel: &Hotel,
        system: &str,
        asked: &Asked,
        now: Mono,
    ) -> Answer {
        let open = |one: &Process| one.hotel == hotel.id && one.is_open();
        self.state.record.overlaps += u64::from(self.state.processes.iter().any(open));
        let rows = match self.taken(kind, system, asked, now) {
            Ok(rows) => rows,
            Err(answer) => return answer,
        };
        let id = self.enter(kind, hotel, rows, now);
        let location = self.location(asked, &format!("{}/{id}", asked.raw_path()));
        let answer = match kind {
            Kind::Prices => Answer::empty(202),
            Kind::Rules => Answer::json(202, object(&[("links", array(&[]))])),
        };
        answer
            .with("location", location)
            .with("content-language", "en-GB")
    }

    /// Queues a process behind those of its hotel, and gives its id.
    fn enter(&mut self, kind: Kind, hotel: &Hotel, rows: Rows, now: Mono) -> String {
        let (low, high) = HABIT;
        let drawn = self.state.draw(&self.seed, low, high);
        let lasts = Duration::from_micros(self.state.timing.job.unwrap_or(drawn));
        let at_work = |one: &&Process| one.hotel == hotel.id && one.stage == Stage::Processing;
        let before = self.state.processes.iter().filter(at_work);
        let free = before.map(|one| one.ends).max().unwrap_or(now).max(now);
        let write = self.state.record.pushes;
        let id = (400_000 + 2 * write).to_string();
        self.state.processes.push(Process {
            result: (900_001 + 2 * write).to_string(),
            id: id.clone(),
            kind,
            hotel: hotel.id.clone(),
            write,
            ends: match self.is("jobs", "forever") {
                true => Mono(u64::MAX),
                false => free.after(lasts),
            },
            stage: Stage::Processing,
            asked: false,
            told: false,
            rows,
            warnings: Vec::new(),
        });
        id
    }

    /// The rows, where the request as a whole is taken.
    fn taken(
        &mut self,
        kind: Kind,
        system: &str,
        asked: &Asked,
        now: Mono,
    ) -> Result<Rows, Answer> {
        let known = self.state.switches.get("external_system");
        if known.is_some_and(|known| known != system) {
            return Err(self.refuse(404, "GEN00404", "The external system is not known."));
        }
        if asked.body().len() > MAX_BYTES {
            return Err(self.refuse(413, "GEN00413", "The body is too large."));
        }
        if !asked.is_of_type("application/json") {
            return Err(self.refuse(415, "GEN00415", "The body is no JSON."));
        }
        let rows = match kind {
            Kind::Prices => super::prices::rows(asked.body()).map(Rows::Prices),
            Kind::Rules => super::rules::rows(asked.body()).map(Rows::Rules),
        };
        let rows = rows.map_err(|detail| self.refuse(400, "RTP00400", detail))?;
        self.is_new(asked, now)?;
        Ok(rows)
    }

    /// Refuses what came with equal bytes not long ago.
    fn is_new(&mut self, asked: &Asked, now: Mono) -> Result<(), Answer> {
        let body = Key::of(&[asked.raw_path().as_bytes(), asked.body()]);
        let last = self.state.bodies.get(&body);
        let equal = last.is_some_and(|last| now.since(*last) < EQUAL);
        if equal && !self.is("equal_requests", "accept") {
            self.state.record.early_repeats += 1;
            let detail = "Previous request exists within the allowed 30-minute time frame.";
            return Err(self.refuse(400, "GEN00400", detail));
        }
        self.state.bodies.retain(|_, last| now.since(*last) < EQUAL);
        self.state.bodies.insert(body, now);
        Ok(())
    }

    fn location(&self, asked: &Asked, path: &str) -> String {
        match self.habit("location", &["absolute", "relative"]) {
            "relative" => path.to_owned(),
            _ => format!("{}{path}", asked.gateway()),
        }
    }

    /// Ends what is due, in order.
    pub(super) fn end_processes(&mut self, now: Mono) {
        let due = |one: &Process| one.stage == Stage::Processing && one.ends <= now;
        while let Some(at) = self.state.processes.iter().position(due) {
            let invalid = self.is("jobs", "invalid");
            let process = self.state.processes[at].clone();
            let warnings = match (invalid, &process.rows) {
                (true, _) => Vec::new(),
                (false, Rows::Prices(rows)) => self.write_prices(&process, rows),
                (false, Rows::Rules(rows)) => self.write_rules(&process, rows),
            };
            self.state.record.refused_rows += warnings.len() as u64;
            let process = &mut self.state.processes[at];
            process.warnings = warnings;
            process.stage = if invalid {
                Stage::Invalid
            } else {
                Stage::Completed
            };
        }
    }

    pub(super) fn process(&mut self, kind: Kind, hotel: &Hotel, id: &str, asked: &Asked) -> Answer {
        let head = asked.is_head();
        let is = |one: &Process| {
            let name = if head { &one.id } else { &one.result };
            one.hotel == hotel.id && one.kind == kind && name == id
        };
        let Some(at) = self.state.processes.iter().position(is) else {
            return self.refuse(404, "GEN00404", "The request is not known.");
        };
        match head {
            true => self.status(at, asked),
            false => self.result(at),
        }
    }

    fn status(&mut self, at: usize, asked: &Asked) -> Answer {
        let process = &mut self.state.processes[at];
        process.asked |= process.stage != Stage::Processing;
        process.told |= process.stage == Stage::Completed;
        let result = process.result.clone();
        match process.stage {
            Stage::Processing => self.with_wait(Answer::empty(200).with("status", "Processing")),
            Stage::Invalid => Answer::empty(200).with("status", "Invalid"),
            Stage::Completed => {
                let path = asked.raw_path();
                let parent = path.rsplit_once('/').map_or(path, |(parent, _)| parent);
                let location = self.location(asked, &format!("{parent}/{result}"));
                Answer::empty(201)
                    .with("status", "Completed")
                    .with("location", location)
            }
        }
    }

    fn with_wait(&self, answer: Answer) -> Answer {
        match self.habit("wait_header", &["cache", "retry_after", "both"]) {
            "retry_after" => answer.with("retry-after", "10"),
            "both" => answer
                .with("cache-control", "max-age=10")
                .with("retry-after", "12"),
            _ => answer.with("cache-control", "max-age=10"),
        }
    }

    fn result(&mut self, at: usize) -> Answer {
        if self.state.processes[at].stage != Stage::Completed {
            return self.refuse(404, "GEN00404", "The request is not known.");
        }
        let process = self.state.processes.remove(at);
        if self.is("result", "no_content") {
            return Answer::empty(204);
        }
        let warnings: Vec<String> = process.warnings.iter().map(described).collect();
        let fields = [("warnings", array(&warnings)), ("links", array(&[]))];
        Answer::json(200, object(&fields))
    }
}

fn described(warning: &Warning) -> String {
    object(&[
        ("type", text("Warning")),
        ("code", text(&warning.code)),
        ("shortText", text(&warning.text)),
        ("recordId", text(&format!("{}", warning.row + 1))),
        ("status", text("NotProcessed")),
        ("tag", text(&warning.tag)),
        ("language", text("en")),
    ])
}

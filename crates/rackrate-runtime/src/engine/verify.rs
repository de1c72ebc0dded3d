//! Reading back: what has to be seen before a price counts as done.
//!
//! A match confirms at once, unless a [`veil`] hides the night. A mismatch means nothing until
//! the vendor's settle time is over; then it is drift, or, where the vendor never said what it
//! did, what it left open.
//!
//! Invariant: a read confirms or denies only what was accepted before it left.

mod veil;

use std::time::Duration;

use rackrate_core::chunk::{Chunk, Receipt, Row, Target};
use rackrate_core::clock::Mono;
use rackrate_core::ids::{Ids, JobRef};
use rackrate_core::money::Minor;
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::series::Seen;
use rackrate_ledger::op::{ChunkId, Ending, Outcome};

use self::veil::Veils;
use crate::observation::Observation;

/// Consecutive nights with one wish, accepted and not yet seen.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) chunk: ChunkId,
    pub(super) ids: Ids,
    pub(super) adults: Option<u8>,
    pub(super) first: Night,
    pub(super) last: Night,
    pub(super) price: Option<Minor>,
    pub(super) rules: Rules,
    pub(super) accepted: Mono,
    /// From then on a mismatch counts.
    pub(super) settled: Mono,
    pub(super) doubt: Doubt,
}

impl Piece {
    /// Whether a row wishes something for the same cells.
    fn speaks_of(&self, row: &Row) -> bool {
        let nights = self.first <= row.last && row.first <= self.last;
        let priced = self.adults.is_some_and(|adults| row.has_price(adults));
        self.ids == row.ids && nights && (priced || self.rules.shares_a_kind(&row.rules))
    }
}

/// How sure it is that the vendor took a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// It said so.
    None,
    /// It refused something and did not say what; its words.
    Refused(String),
    /// It never said.
    Unknown,
}

/// The verification of a lane.
#[derive(Debug, Default)]
pub(super) struct Checks {
    pub(super) pieces: Vec<Piece>,
    veils: Veils,
    jobs: Vec<JobRef>,
    /// When to read next.
    pub(super) due: Option<Mono>,
    /// Rounds of reading since the last acceptance.
    pub(super) round: usize,
    /// Reads of this round that have no result yet.
    pub(super) open: usize,
    /// Why the last read had no result.
    pub(super) trouble: String,
}

/// What a read says of a night: an ending with its reason, or nothing yet.
type Verdict = Option<(Ending, String)>;

/// Pauses between rounds of reading, in seconds; the last one repeats.
const ROUNDS: [u64; 9] = [1, 2, 5, 12, 30, 60, 120, 300, 300];

impl Checks {
    /// Takes the rows of an ended request that were not refused.
    pub(super) fn accept(&mut self, pieces: Vec<Piece>, job: Option<JobRef>, now: Mono) {
        let settle = pieces.iter().map(|piece| piece.settled.since(now)).min();
        self.pieces.extend(pieces);
        self.jobs.extend(job);
        self.veils.lift(now);
        self.round = 0;
        if let Some(settle) = settle {
            self.due = Some(now.after(settle.min(Duration::from_secs(ROUNDS[0]))));
        }
    }

    /// Takes the job of a request that has ended.
    pub(super) fn know(&mut self, job: JobRef) {
        self.jobs.push(job);
    }

    /// Jobs of requests that have ended.
    pub(super) fn jobs(&self) -> impl Iterator<Item = &JobRef> {
        self.jobs.iter()
    }

    /// Cuts the pieces to windows of at most `nights`, and returns the windows.
    pub(super) fn windows(&mut self, nights: u32) -> Vec<(Night, Night)> {
        let mut rest = std::mem::take(&mut self.pieces);
        let mut windows = Vec::new();
        while let Some(first) = rest.iter().map(|piece| piece.first).min() {
            let end = first.plus(nights.max(1) as i32 - 1);
            let (mut last, mut later) = (first, Vec::new());
            for mut piece in rest {
                if piece.first > end {
                    later.push(piece);
                    continue;
                }
                if piece.last > end {
                    later.push(Piece {
                        first: end.next(),
                        ..piece.clone()
                    });
                    piece.last = end;
                }
                last = last.max(piece.last);
                self.pieces.push(piece);
            }
            windows.push((first, last));
            rest = later;
        }
        windows
    }

    /// Compares what was seen; what is decided leaves the checks as outcomes.
    pub(super) fn compare(
        &mut self,
        seen: &Observation,
        left: Mono,
        target: &Target,
    ) -> Vec<Outcome> {
        let (first, last) = seen.span();
        let mut outcomes = Vec::new();
        for piece in std::mem::take(&mut self.pieces) {
            if piece.accepted > left || piece.first < first || piece.last > last {
                self.pieces.push(piece);
            } else {
                self.judge(piece, seen, left, target, &mut outcomes);
            }
        }
        joined(outcomes)
    }

    fn judge(
        &mut self,
        piece: Piece,
        seen: &Observation,
        left: Mono,
        target: &Target,
        outcomes: &mut Vec<Outcome>,
    ) {
        let mut runs: Vec<(Night, Night, Verdict)> = Vec::new();
        for night in piece.first.through(piece.last) {
            let verdict = piece.verdict(seen, night, left, target);
            let veiled = || self.veils.hide(&piece.ids, night, left);
            let verdict = verdict.filter(|(ending, _)| *ending != Ending::Confirmed || !veiled());
            match runs.last_mut() {
                Some((_, last, same)) if *same == verdict => *last = night,
                _ => runs.push((night, night, verdict)),
            }
        }
        for (first, last, verdict) in runs {
            let part = Piece {
                first,
                last,
                ..piece.clone()
            };
            match verdict {
                Some((ending, reason)) => outcomes.push(part.outcome(ending, reason)),
                None => self.pieces.push(part),
            }
        }
    }

    /// A round of reading is over: when the next one is due, if anything is left.
    pub(super) fn round_over(&mut self, now: Mono) {
        self.round += 1;
        let pause = Duration::from_secs(ROUNDS[self.round.min(ROUNDS.len() - 1)]);
        let settles = self.pieces.iter().map(|piece| piece.settled);
        let over = settles.chain(self.veils.ends());
        let settled = over.filter(|at| *at > now).min();
        let next = settled.map_or(now.after(pause), |at| at.min(now.after(pause)));
        self.due = (!self.pieces.is_empty()).then_some(next);
    }

    /// Takes away the nights that newer rows speak of.
    pub(super) fn supersede(&mut self, newer: &Chunk) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for row in &newer.rows {
            for piece in std::mem::take(&mut self.pieces) {
                if !piece.speaks_of(row) {
                    self.pieces.push(piece);
                    continue;
                }
                let (from, to) = (piece.first.max(row.first), piece.last.min(row.last));
                if piece.first < from {
                    self.pieces.push(Piece {
                        last: from.previous(),
                        ..piece.clone()
                    });
                }
                if piece.last > to {
                    self.pieces.push(Piece {
                        first: to.next(),
                        ..piece.clone()
                    });
                }
                self.veils.add(&piece.ids, (from, to), piece.settled);
                let reason = "a newer wish was sent before this one was read back".to_owned();
                outcomes.push(
                    Piece {
                        first: from,
                        last: to,
                        ..piece
                    }
                    .outcome(Ending::Superseded, reason),
                );
            }
        }
        outcomes
    }

    /// What is left when nobody waits any longer.
    pub(super) fn give_up(&mut self, why: &str) -> Vec<Outcome> {
        self.due = None;
        let why = &match self.trouble.as_str() {
            "" => why.to_owned(),
            trouble => format!("it could not be read: {trouble}"),
        };
        let pieces = std::mem::take(&mut self.pieces);
        let end = |piece: Piece| match piece.doubt {
            Doubt::None => piece.outcome(Ending::NotSettled, why.clone()),
            _ => piece.outcome(Ending::Unknown, format!("the vendor never said, and {why}")),
        };
        pieces.into_iter().map(end).collect()
    }
}

impl Piece {
    /// The pieces of a request's rows that were not refused: one per price, or one for
    /// restrictions alone.
    pub(super) fn of(
        id: &ChunkId,
        chunk: &Chunk,
        receipt: Option<&Receipt>,
        now: Mono,
        settle: Duration,
    ) -> Vec<Self> {
        let refused = |index: usize| {
            receipt
                .is_some_and(|receipt| receipt.refused.iter().any(|(at, _)| *at as usize == index))
        };
        let doubt = match receipt {
            None => Doubt::Unknown,
            Some(receipt) => match receipt.unattributed.first() {
                None => Doubt::None,
                Some(refusal) => Doubt::Refused(words(&refusal.code, &refusal.text)),
            },
        };
        let rows = chunk
            .rows
            .iter()
            .enumerate()
            .filter(|(index, _)| !refused(*index));
        rows.flat_map(|(_, row)| {
            each_price(&row.prices)
                .into_iter()
                .map(|(adults, price)| Self {
                    chunk: id.clone(),
                    ids: row.ids.clone(),
                    adults,
                    first: row.first,
                    last: row.last,
                    price,
                    rules: row.rules,
                    accepted: now,
                    settled: now.after(settle),
                    doubt: doubt.clone(),
                })
        })
        .collect()
    }

    fn verdict(&self, seen: &Observation, night: Night, left: Mono, target: &Target) -> Verdict {
        let price = self
            .adults
            .and_then(|adults| seen.price(&self.ids, adults, night));
        let rules = seen.rules(&self.ids, night);
        let price_fits = self
            .price
            .is_none_or(|wish| price == Some(Seen::Price(wish)));
        if price_fits && self.rules.fulfilled_by(&rules) {
            return Some((Ending::Confirmed, String::new()));
        }
        if left < self.settled {
            return None;
        }
        let shows = shown(price, rules, self, target, price_fits);
        Some(match &self.doubt {
            Doubt::None => (Ending::Drift, shows),
            Doubt::Refused(words) => (Ending::Refused, words.clone()),
            Doubt::Unknown => (
                Ending::Unknown,
                format!("the vendor never said what became of it; {shows}"),
            ),
        })
    }

    pub(super) fn outcome(self, ending: Ending, reason: String) -> Outcome {
        Outcome {
            chunk: self.chunk,
            ids: self.ids,
            adults: self.adults,
            first: self.first,
            last: self.last,
            ending,
            reason,
        }
    }
}

/// Consecutive nights of one request that ended alike, as one outcome.
fn joined(mut outcomes: Vec<Outcome>) -> Vec<Outcome> {
    outcomes.sort_by(|one, other| place(one).cmp(&place(other)));
    let mut joined: Vec<Outcome> = Vec::with_capacity(outcomes.len());
    for outcome in outcomes {
        match joined.last_mut() {
            Some(last) if continues(last, &outcome) => last.last = outcome.last,
            _ => joined.push(outcome),
        }
    }
    joined
}

fn place(outcome: &Outcome) -> (&ChunkId, &Ids, Option<u8>, Night) {
    (&outcome.chunk, &outcome.ids, outcome.adults, outcome.first)
}

fn continues(one: &Outcome, next: &Outcome) -> bool {
    let alike = one.ending == next.ending && one.reason == next.reason && one.adults == next.adults;
    alike && one.chunk == next.chunk && one.ids == next.ids && one.last.next() == next.first
}

/// One entry per price, or one without a price.
pub(super) fn each_price(prices: &[(u8, Minor)]) -> Vec<(Option<u8>, Option<Minor>)> {
    if prices.is_empty() {
        return vec![(None, None)];
    }
    prices
        .iter()
        .map(|(adults, price)| (Some(*adults), Some(*price)))
        .collect()
}

pub(super) fn words(code: &str, text: &str) -> String {
    match (code, text) {
        ("", text) => text.to_owned(),
        (code, "") => code.to_owned(),
        (code, text) => format!("{code}: {text}"),
    }
}

fn shown(
    price: Option<Seen>,
    rules: Rules,
    piece: &Piece,
    target: &Target,
    price_fits: bool,
) -> String {
    let currency = target.currency(&piece.ids);
    if price_fits {
        return format!(
            "the vendor shows {}, not {}",
            rules.only(|kind, _| !piece.rules.get(kind).is_leave()),
            piece.rules
        );
    }
    let shows = match price {
        None | Some(Seen::Absent) => "no price".to_owned(),
        Some(Seen::Unreadable) => "a price that cannot be read".to_owned(),
        Some(Seen::Price(price)) => format!("{} {currency}", currency.format(price)),
    };
    let wish = piece
        .price
        .map(|price| currency.format(price))
        .unwrap_or_default();
    format!("the vendor shows {shows}, not {wish} {currency}")
}

//! How few writes a property's changes take at each vendor, against one for each interval.
//!
//! A year of ten rate plans, a twentieth of its cells changed. What a vendor holds is read
//! from its simulator, and every write is built by its adapter; nothing is sent.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use rackrate_catalog::{Entry, Naming, VENDORS};
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::seed::Seed;

use crate::batch::{Batch, House, Wish};
use crate::stage::Stage;

const NIGHTS: u64 = 365;
const PLANS: u64 = 10;
/// One cell in so many changes.
const ONE_IN: u64 = 20;
const HELD: Minor = Minor(10_000);

/// How the changed cells lie.
#[derive(Clone, Copy, Debug)]
pub enum Spread {
    /// Each for itself, anywhere.
    Nights,
    /// Seven nights at one price, anywhere.
    Weeks,
}

impl Spread {
    /// In words, for the table.
    fn words(self) -> &'static str {
        match self {
            Self::Nights => "single nights",
            Self::Weeks => "whole weeks",
        }
    }
}

/// What the changes take at one vendor.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// The vendor.
    pub vendor: &'static Entry,
    /// How the changed cells lie.
    pub spread: Spread,
    /// Cells that change.
    pub cells: u64,
    /// Nights in a row with equal new prices.
    pub intervals: usize,
    /// Writes.
    pub requests: usize,
}

/// The same as a table for people; the ratio is of intervals to requests.
///
/// # Errors
/// As [`taken_at_all`].
pub fn table() -> Result<String> {
    let line = |words: [&str; 6]| {
        let [vendor, changed, cells, intervals, requests, ratio] = words;
        format!("{vendor:<12} {changed:<13} {cells:>5} {intervals:>9} {requests:>8} {ratio:>6}\n")
    };
    let mut text = line([
        "vendor",
        "changed",
        "cells",
        "intervals",
        "requests",
        "ratio",
    ]);
    for taken in taken_at_all()? {
        let tenths = taken.intervals * 10 / taken.requests.max(1);
        text += &line([
            taken.vendor.title,
            taken.spread.words(),
            &taken.cells.to_string(),
            &taken.intervals.to_string(),
            &taken.requests.to_string(),
            &format!("{}.{}", tenths / 10, tenths % 10),
        ]);
    }
    Ok(text)
}

/// Every vendor of the catalogue, with both spreads.
///
/// # Errors
/// When a vendor cannot be read, or its adapter refuses a write.
pub fn taken_at_all() -> Result<Vec<Taken>> {
    let each = |spread| VENDORS.iter().map(move |vendor| taken(vendor, spread));
    [Spread::Nights, Spread::Weeks]
        .into_iter()
        .flat_map(each)
        .collect()
}

fn taken(vendor: &'static Entry, spread: Spread) -> Result<Taken> {
    let batch = batch(vendor, spread)?;
    let cells = batch
        .wishes
        .iter()
        .map(|wish| u64::from(wish.first.span(wish.last)));
    let cells = cells.sum();
    let stage = Stage::open(vendor, batch).context(vendor.id)?;
    let chunks = stage.chunks()?;
    for chunk in &chunks {
        stage.build(chunk).context(vendor.id)?;
    }
    Ok(Taken {
        vendor,
        spread,
        cells,
        intervals: stage.intervals(),
        requests: chunks.len(),
    })
}

/// Ten rate plans of one room type; ten room types where a vendor has no rate plans.
fn batch(vendor: &Entry, spread: Spread) -> Result<Batch> {
    let ten = |letter: char| (0..PLANS).map(|at| format!("{letter}{at}")).collect();
    let (room_types, rate_plans): (Vec<String>, Vec<String>) = match vendor.naming {
        Naming::RoomOnly => (ten('R'), vec!["BAR".to_owned()]),
        Naming::PlanOfRoom | Naming::PlanForAll => (vec!["STD".to_owned()], ten('P')),
    };
    let hotel = House {
        name: "Hotel of ten rate plans".to_owned(),
        time_zone: "Europe/Lisbon".to_owned(),
        today: "2027-01-01".parse()?,
        room_types,
        rate_plans,
    };
    let currency = Currency::new("EUR")?;
    Ok(Batch {
        before: whole_year(&hotel),
        wishes: changes(&hotel, spread),
        hotel,
        currency,
        held: HELD,
    })
}

/// Makes the hotel hold its price on every night of the year.
fn whole_year(hotel: &House) -> Vec<Wish> {
    let last = hotel.today.plus(NIGHTS as i32 - 1);
    vec![wish(hotel, 0, (hotel.today, last), None)]
}

fn changes(hotel: &House, spread: Spread) -> Vec<Wish> {
    let length = match spread {
        Spread::Nights => 1,
        Spread::Weeks => 7,
    };
    let stretches = NIGHTS / length;
    let wanted = PLANS * NIGHTS / (ONE_IN * length);
    let mut dice = Seed::new(1).branch("requests");
    let mut chosen = BTreeSet::new();
    while (chosen.len() as u64) < wanted {
        chosen.insert(dice.between(0, PLANS * stretches - 1));
    }
    let change = |at: u64| {
        let first = hotel.today.plus((at % stretches * length) as i32);
        let last = first.plus(length as i32 - 1);
        let price = Minor(HELD.0 + 100 * dice.between(1, 50));
        wish(hotel, at / stretches, (first, last), Some(price))
    };
    chosen.into_iter().map(change).collect()
}

fn wish(hotel: &House, series: u64, (first, last): (Night, Night), price: Option<Minor>) -> Wish {
    let of = |names: &[String]| names[series as usize % names.len()].clone();
    Wish {
        room_type: of(&hotel.room_types),
        rate_plan: of(&hotel.rate_plans),
        first,
        last,
        adults: 2,
        price,
        rules: Rules::LEAVE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_requests_do_for_many_intervals() {
        insta::assert_snapshot!(table().unwrap(), @r"
        vendor       changed       cells intervals requests  ratio
        apaleo       single nights   182       182       10   18.2
        Channex      single nights   182       182        1  182.0
        Cloudbeds    single nights   182       182        7   26.0
        pms-v2       single nights   182       182        1  182.0
        Guesty       single nights   182       182       10   18.2
        Mews         single nights   182       182       10   18.2
        OPERA Cloud  single nights   182       182        1  182.0
        apaleo       whole weeks     182        26        9    2.8
        Channex      whole weeks     182        26        1   26.0
        Cloudbeds    whole weeks     182        26        1   26.0
        pms-v2       whole weeks     182        26        1   26.0
        Guesty       whole weeks     182        26        9    2.8
        Mews         whole weeks     182        26        9    2.8
        OPERA Cloud  whole weeks     182        26        1   26.0
        ");
    }

    #[test]
    fn a_twentieth_of_the_cells_changes_at_every_vendor() {
        for vendor in VENDORS {
            for spread in [Spread::Nights, Spread::Weeks] {
                let batch = batch(vendor, spread).unwrap();
                let spans = batch.wishes.iter().map(|one| one.first.span(one.last));
                assert_eq!(spans.sum::<u32>(), 182, "{}", vendor.id);
            }
        }
    }
}

//! Wishes in our words, as the files in `fixtures/batches` have them.
//!
//! A wish is spelled like a line of a calendar, but for a span of nights: what it does not
//! name is left alone, `"-"` clears a restriction.

use std::path::Path;

use anyhow::{Context, Result, bail};
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use serde::Deserialize;

/// A hotel, what it holds, and what it should hold.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The hotel.
    pub hotel: House,
    /// The currency of all prices.
    pub currency: Currency,
    /// The price that every cell holds before.
    pub held: Minor,
    /// What holds before, beside those prices.
    pub before: Vec<Wish>,
    /// What should hold.
    pub wishes: Vec<Wish>,
}

/// A hotel in our words.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct House {
    /// Its name.
    pub name: String,
    /// Its IANA time zone.
    pub time_zone: String,
    /// The day on which all is asked and written.
    pub today: Night,
    /// Its room types.
    pub room_types: Vec<String>,
    /// Its rate plans, each for every room type.
    pub rate_plans: Vec<String>,
}

/// What should hold, or holds, on consecutive nights of one series.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The room type.
    pub room_type: String,
    /// The rate plan.
    pub rate_plan: String,
    /// The first night.
    pub first: Night,
    /// The last night, meant too.
    pub last: Night,
    /// For how many adults the price is.
    pub adults: u8,
    /// The price; `None` leaves it alone.
    pub price: Option<Minor>,
    /// The restrictions.
    pub rules: Rules,
}

/// A file of wishes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    currency: Currency,
    held: String,
    #[serde(default)]
    before: Vec<Line>,
    #[serde(default, rename = "wish")]
    wishes: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    room_type: String,
    rate_plan: String,
    first: Night,
    last: Night,
    adults: u8,
    price: Option<String>,
    min_stay_arrival: Option<Word>,
    min_stay_through: Option<Word>,
    max_stay_arrival: Option<Word>,
    max_stay_through: Option<Word>,
    closed_to_arrival: Option<Word>,
    closed_to_departure: Option<Word>,
    stop_sell: Option<Word>,
}

/// What is said of a restriction.
#[derive(Deserialize)]
#[serde(untagged)]
enum Word {
    Flag(bool),
    Nights(u16),
    Text(String),
}

/// The file with the hotel.
const HOTEL: &str = "hotel";

/// The batches in a folder, by name and in its order.
///
/// # Errors
/// When the folder cannot be read.
pub fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if let Some(name) = path.file_stem().and_then(|name| name.to_str()) {
            names.push(name.to_owned());
        }
    }
    names.retain(|name| name != HOTEL);
    names.sort_unstable();
    Ok(names)
}

impl Batch {
    /// The batch of that name in the folder, for the hotel beside it.
    ///
    /// # Errors
    /// When a file is missing or says what cannot be meant.
    pub fn read(folder: &Path, name: &str) -> Result<Self> {
        let text = |name: &str| {
            let path = folder.join(name).with_extension("toml");
            std::fs::read_to_string(&path).with_context(|| path.display().to_string())
        };
        let file: File = toml::from_str(&text(name)?).with_context(|| name.to_owned())?;
        let wishes = |lines: Vec<Line>| {
            let wishes = lines.into_iter().map(|line| line.wish(file.currency));
            wishes.collect::<Result<_>>()
        };
        Ok(Self {
            hotel: toml::from_str(&text(HOTEL)?).context(HOTEL)?,
            currency: file.currency,
            held: file.currency.parse(&file.held)?,
            before: wishes(file.before)?,
            wishes: wishes(file.wishes)?,
        })
    }

    /// The nights from the first to the last that it speaks of; `None` where it is empty.
    pub fn span(&self) -> Option<(Night, Night)> {
        let all = || self.before.iter().chain(&self.wishes);
        let first = all().map(|wish| wish.first).min()?;
        Some((first, all().map(|wish| wish.last).max()?))
    }
}

impl Line {
    fn wish(self, currency: Currency) -> Result<Wish> {
        let price = self.price.as_deref().map(|text| currency.parse(text));
        let mut rules = Rules::LEAVE;
        for (kind, word) in [
            (Restriction::MinStayArrival, self.min_stay_arrival),
            (Restriction::MinStayThrough, self.min_stay_through),
            (Restriction::MaxStayArrival, self.max_stay_arrival),
            (Restriction::MaxStayThrough, self.max_stay_through),
            (Restriction::ClosedToArrival, self.closed_to_arrival),
            (Restriction::ClosedToDeparture, self.closed_to_departure),
            (Restriction::StopSell, self.stop_sell),
        ] {
            if let Some(word) = word {
                rules.set(kind, word.about(kind)?);
            }
        }
        Ok(Wish {
            price: price.transpose()?,
            room_type: self.room_type,
            rate_plan: self.rate_plan,
            first: self.first,
            last: self.last,
            adults: self.adults,
            rules,
        })
    }
}

impl Word {
    fn about(&self, kind: Restriction) -> Result<Set<u16>> {
        Ok(match self {
            Self::Text(text) if text == "-" => Set::Clear,
            Self::Flag(true) if kind.is_flag() => Set::To(1),
            Self::Nights(nights @ 1..) if !kind.is_flag() => Set::To(*nights),
            _ => bail!("{kind}: neither its value nor \"-\""),
        })
    }
}

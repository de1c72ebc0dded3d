//! The entries of a message: what each one sets, and what is against it, in the vendor's
//! words.

use std::collections::BTreeMap;

use rackrate_core::ids::VendorId;
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::rules::{Restriction, Rules, Set};
use rackrate_core::simulator::{Hotel, HotelPlan};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::catalog;
use super::json::{object, texts};
use super::switches::Warned;
use super::values::{INVALID, amount, flag, nights};

/// Monday first, as a week of this vendor begins.
const DAYS: [&str; 7] = ["mo", "tu", "we", "th", "fr", "sa", "su"];

/// An entry as it was sent.
pub(super) type Sent<'a> = BTreeMap<String, &'a RawValue>;

/// What an entry sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) plan: VendorId,
    pub(super) first: Night,
    pub(super) last: Night,
    /// The days of the week it is about, Monday being 0; all where it names none.
    pub(super) days: Option<Vec<i8>>,
    /// Prices by occupancy.
    pub(super) prices: BTreeMap<u8, Minor>,
    pub(super) rules: Rules,
}

impl Entry {
    /// The nights it sets.
    pub(super) fn nights(&self) -> impl Iterator<Item = Night> {
        let named = |night: &Night| {
            let day = night.date().weekday().to_monday_zero_offset();
            self.days.as_ref().is_none_or(|days| days.contains(&day))
        };
        self.first.through(self.last).filter(named)
    }
}

/// What was made of an entry.
#[derive(Debug)]
pub(super) struct Read {
    /// What it sets, if anything.
    pub(super) entry: Option<Entry>,
    /// The entry repeated with what is against it, if anything.
    pub(super) warning: Option<String>,
}

/// What entries are read against: a hotel, its today, and what a warning drops.
#[derive(Debug)]
pub(super) struct Reader<'h> {
    hotel: &'h Hotel,
    today: Night,
    warned: Warned,
    /// Occupancies of plans met already; they are searched in all the hotel's prices.
    occupancies: BTreeMap<VendorId, Vec<u8>>,
}

impl<'h> Reader<'h> {
    pub(super) fn new(hotel: &'h Hotel, today: Night, warned: Warned) -> Self {
        Self {
            hotel,
            today,
            warned,
            occupancies: BTreeMap::new(),
        }
    }

    /// Reads one entry.
    pub(super) fn read(&mut self, sent: &Sent<'_>) -> Read {
        let mut draft = Draft::new(sent);
        let plan = draft.plan(self.hotel);
        let nights = draft.nights(self.today);
        let days = draft.days();
        if let Some(plan) = plan {
            let occupancies = self.occupancies(plan);
            draft.prices(self.hotel.currency, &occupancies);
        }
        draft.rules();
        let placed = plan.and_then(catalog::id).cloned().zip(nights).zip(days);
        let nothing = draft.prices.is_empty() && draft.rules.is_leave();
        if nothing && draft.wrong.is_empty() {
            draft.against("rate", "at least one restriction should be present");
        }
        let whole = draft.wrong.is_empty();
        let keeps = whole || (self.warned == Warned::Field && !nothing);
        let warning = (!whole).then(|| draft.warning());
        let entry = placed
            .filter(|_| keeps)
            .map(|((plan, (first, last)), days)| Entry {
                plan,
                first,
                last,
                days,
                prices: draft.prices,
                rules: draft.rules,
            });
        Read { entry, warning }
    }

    fn occupancies(&mut self, plan: &HotelPlan) -> Vec<u8> {
        let Some(id) = catalog::id(plan) else {
            return Vec::new();
        };
        let hotel = self.hotel;
        let known = self.occupancies.entry(id.clone());
        known
            .or_insert_with(|| catalog::occupancies(hotel, plan))
            .clone()
    }
}

/// An entry being read.
struct Draft<'s> {
    sent: &'s Sent<'s>,
    prices: BTreeMap<u8, Minor>,
    rules: Rules,
    wrong: BTreeMap<String, Vec<String>>,
}

impl<'s> Draft<'s> {
    fn new(sent: &'s Sent<'s>) -> Self {
        Self {
            sent,
            prices: BTreeMap::new(),
            rules: Rules::LEAVE,
            wrong: BTreeMap::new(),
        }
    }

    fn against(&mut self, field: &str, words: &str) {
        let all = self.wrong.entry(field.to_owned()).or_default();
        all.push(words.to_owned());
    }

    fn raw(&self, field: &str) -> Option<&'s str> {
        self.sent.get(field).map(|raw| raw.get())
    }

    fn text(&self, field: &str) -> Option<String> {
        serde_json::from_str(self.raw(field)?).ok()
    }

    fn plan<'h>(&mut self, hotel: &'h Hotel) -> Option<&'h HotelPlan> {
        let plan = self
            .text("rate_plan_id")
            .and_then(|id| catalog::plan(hotel, &id));
        if plan.is_none() {
            self.against("rate_plan_id", INVALID);
        }
        plan
    }

    /// Both ends are meant; past days are refused.
    fn nights(&mut self, today: Night) -> Option<(Night, Night)> {
        let names = match self.sent.contains_key("date") {
            true => ["date", "date"],
            false => ["date_from", "date_to"],
        };
        let ends = names.map(|name| {
            let night = self.text(name).and_then(|text| text.parse::<Night>().ok());
            night.filter(|night| *night >= today)
        });
        let [Some(first), Some(last)] = ends else {
            let at = usize::from(ends[0].is_some());
            self.against(names[at], INVALID);
            return None;
        };
        if last < first {
            self.against("date_to", INVALID);
            return None;
        }
        Some((first, last))
    }

    /// The days named, none of them named as all; nothing where they are wrong.
    fn days(&mut self) -> Option<Option<Vec<i8>>> {
        let Some(raw) = self.raw("days") else {
            return Some(None);
        };
        let names: Vec<String> = serde_json::from_str(raw).unwrap_or_default();
        let day = |name: &String| DAYS.iter().position(|day| day == name);
        let days: Option<Vec<i8>> = names
            .iter()
            .map(|name| i8::try_from(day(name)?).ok())
            .collect();
        match days.filter(|days| !days.is_empty()) {
            Some(days) => Some(Some(days)),
            None => {
                self.against("days", INVALID);
                None
            }
        }
    }

    /// A plain `rate` sets the primary occupancy, `rates` those it names.
    fn prices(&mut self, currency: Currency, occupancies: &[u8]) {
        if let Some(raw) = self.raw("rate") {
            match (amount(raw, currency), occupancies.last()) {
                (Ok(price), Some(primary)) => _ = self.prices.insert(*primary, price),
                (Err(words), _) => self.against("rate", words),
                (Ok(_), None) => self.against("rate", INVALID),
            }
        }
        let Some(raw) = self.raw("rates") else { return };
        let rates: Result<Vec<Rate<'_>>, _> = serde_json::from_str(raw);
        let Ok(rates) = rates else {
            return self.against("rates", INVALID);
        };
        for one in rates {
            match amount(one.rate.get(), currency) {
                Ok(price) if occupancies.contains(&one.occupancy) => {
                    self.prices.insert(one.occupancy, price);
                }
                Ok(_) => self.against("rates", INVALID),
                Err(words) => self.against("rates", words),
            }
        }
    }

    fn rules(&mut self) {
        for (field, kind, least) in [
            ("min_stay_arrival", Restriction::MinStayArrival, 1),
            ("min_stay_through", Restriction::MinStayThrough, 1),
            ("max_stay", Restriction::MaxStayArrival, 0),
        ] {
            let read = self.raw(field).map(|raw| nights(raw, least));
            self.rule(field, kind, read);
        }
        for (field, kind) in [
            ("closed_to_arrival", Restriction::ClosedToArrival),
            ("closed_to_departure", Restriction::ClosedToDeparture),
            ("stop_sell", Restriction::StopSell),
        ] {
            let read = self.raw(field).map(flag);
            self.rule(field, kind, read);
        }
        // The virtual one is only for properties that know one kind of minimum stay.
        if self.sent.contains_key("min_stay") {
            self.against("min_stay", INVALID);
        }
    }

    fn rule(&mut self, field: &str, kind: Restriction, read: Option<Result<u16, String>>) {
        match read {
            None => {}
            Some(Ok(0)) => self.rules.set(kind, Set::Clear),
            Some(Ok(value)) => self.rules.set(kind, kind.plain(Set::To(value))),
            Some(Err(words)) => self.against(field, &words),
        }
    }

    /// The entry repeated, and what is against it.
    fn warning(&self) -> String {
        let sent = self.sent.iter();
        let mut fields: Vec<(&str, String)> = sent
            .map(|(name, raw)| (name.as_str(), raw.get().to_owned()))
            .collect();
        let wrong = self.wrong.iter();
        let wrong: Vec<(&str, String)> = wrong
            .map(|(name, all)| (name.as_str(), texts(all)))
            .collect();
        fields.push(("warning", object(&wrong)));
        object(&fields)
    }
}

#[derive(Deserialize)]
struct Rate<'a> {
    occupancy: u8,
    #[serde(borrow)]
    rate: &'a RawValue,
}

//! The restrictions of a span of dates, at every level at which there are some.

use rackrate_core::ids::Ids;
use rackrate_core::night::Night;
use rackrate_core::rules::Restriction;
use rackrate_core::simulator::{Hotel, HotelPlan};

use super::Gateway;
use super::http_text::{Answer, Asked};
use super::json::{array, object, text, whole_week};
use super::rules::CODES;
use super::state::Wide;

/// The longest span that other integrators found to work.
const LONGEST: u32 = 90;
const MOST: usize = 4_000;

/// What is shown as one restriction.
struct Entry<'a> {
    plan: Option<&'a str>,
    room: Option<&'a str>,
    code: &'a str,
    unit: Option<u16>,
    first: Night,
    last: Night,
}

impl Gateway {
    pub(super) fn shown_rules(&self, hotel: &Hotel, asked: &Asked) -> Answer {
        let night = |name: &str| asked.query(name).and_then(|text| text.parse().ok());
        let start: Option<Night> = night("restrictionSearchCriteriaStartDate");
        let (Some(first), Some(last)) = (start, night("end")) else {
            return self.refuse(400, "PAR00402", "The dates are not readable.");
        };
        if last < first || first.span(last) > LONGEST {
            return self.refuse(400, "PAR00403", "The time span is at most 90 days.");
        }
        let mut found = Vec::new();
        for plan in &hotel.plans {
            self.entries(hotel, plan, &mut found);
        }
        let wide = self.state.wide.iter().filter(|wide| wide.hotel == hotel.id);
        found.extend(wide.map(wider));
        found.retain(|entry| entry.first <= last && first <= entry.last);
        if found.is_empty() {
            return Answer::empty(204);
        }
        let more = found.len() > MOST;
        let sets: Vec<String> = found.iter().take(MOST).map(Entry::described).collect();
        Answer::json(200, self.wrapped(hotel, &sets, more))
    }

    fn wrapped(&self, hotel: &Hotel, sets: &[String], more: bool) -> String {
        let list = object(&[
            ("restrictionSets", array(sets)),
            ("hotelId", text(hotel.id.as_str())),
            ("hasMore", more.to_string()),
            ("count", sets.len().to_string()),
        ]);
        let once = object(&[("restrictionsByDateRange", list)]);
        if self.habit("wrapping", &["twice", "once"]) == "once" {
            return once;
        }
        object(&[("restrictionsByDateRange", once), ("links", array(&[]))])
    }

    /// The restrictions of one room type of one plan, neighbours merged.
    fn entries<'a>(&self, hotel: &Hotel, plan: &'a HotelPlan, found: &mut Vec<Entry<'a>>) {
        let Some(nights) = self.state.shown(&hotel.id, &plan.ids) else {
            return;
        };
        for kind in Restriction::ALL {
            let own = found.len();
            for (night, cell) in nights {
                let Some(value) = cell.rules.get(&kind) else {
                    continue;
                };
                let entry = entry(&plan.ids, kind, *value, *night);
                match found[own..].last_mut() {
                    Some(last) if last.continues(&entry) => last.last = *night,
                    _ => found.push(entry),
                }
            }
        }
    }
}

fn entry(ids: &Ids, kind: Restriction, value: u16, night: Night) -> Entry<'_> {
    let fits = |of: Restriction, said: Option<u16>| of == kind && said.is_none_or(|it| it == value);
    let code = CODES.iter().find(|(_, of, said)| fits(*of, *said));
    Entry {
        plan: ids.plan.as_ref().map(|id| id.as_str()),
        room: ids.room.as_ref().map(|id| id.as_str()),
        code: code.map_or("", |(code, ..)| code),
        unit: (!kind.is_flag()).then_some(value),
        first: night,
        last: night,
    }
}

fn wider(wide: &Wide) -> Entry<'_> {
    Entry {
        plan: wide.plan.as_deref(),
        room: wide.room.as_deref(),
        code: &wide.code,
        unit: wide.unit,
        first: wide.first,
        last: wide.last,
    }
}

impl Entry<'_> {
    fn continues(&self, other: &Self) -> bool {
        self.last.next() == other.first && (self.code, self.unit) == (other.code, other.unit)
    }

    fn described(&self) -> String {
        let or_null =
            |text: Option<&str>| text.map_or_else(|| "null".to_owned(), super::json::text);
        let house = self.plan.is_none() && self.room.is_none();
        let control = object(&[
            ("house", house.to_string()),
            ("roomType", or_null(self.room)),
            ("roomClass", or_null(None)),
            ("ratePlanCode", or_null(self.plan)),
            ("ratePlanCategory", or_null(None)),
        ]);
        let status = object(&[
            ("code", text(self.code)),
            ("unit", self.unit.unwrap_or(0).to_string()),
        ]);
        let (first, last) = (text(&self.first.to_string()), text(&self.last.to_string()));
        let mut fields = vec![
            ("restrictionControl", control),
            ("restrictionStatus", status),
            ("onRequest", "false".to_owned()),
            ("start", first),
            ("end", last),
        ];
        fields.extend(whole_week());
        object(&fields)
    }
}

//! The schedules of a rate plan: merged or by single dates, in pages.

use std::collections::BTreeMap;

use rackrate_core::ids::Ids;
use rackrate_core::money::{Currency, Minor};
use rackrate_core::night::Night;
use rackrate_core::simulator::{Hotel, HotelPlan};

use super::Gateway;
use super::http_text::{Answer, Asked};
use super::json::{array, object, text, whole_week};
use super::plans::based_on;
use super::prices::BY_ADULTS;
use super::state::Cell;

const LONGEST: u32 = 365;
const PAGE: usize = 500;
const MOST: usize = 4_000;
/// How many plans a plan may be computed through.
const DEPTH: u8 = 5;

/// A stretch of nights, by its beginning and end and what it holds as JSON.
type Stretch = (Night, Night, String);

impl Gateway {
    pub(super) fn schedules(&self, hotel: &Hotel, plan: &str, asked: &Asked) -> Answer {
        let night = |name: &str| asked.query(name).and_then(|text| text.parse().ok());
        let (Some(first), Some(last)) = (night("startDate"), night("endDate")) else {
            return self.refuse(400, "RTP00402", "The dates are not readable.");
        };
        let (first, last): (Night, Night) = (first, last);
        if last < first || first.span(last) > LONGEST {
            return self.refuse(400, "RTP00403", "The time span is at most 365 days.");
        }
        let number = |name: &str| asked.query(name).map(str::parse::<usize>).transpose();
        let (Ok(offset), Ok(limit)) = (number("offset"), number("limit")) else {
            return self.refuse(400, "RTP00404", "offset and limit are numbers.");
        };
        if offset.is_some() && limit.is_some_and(|limit| limit > PAGE) {
            return self.refuse(400, "RTP00405", "The limit is at most 500.");
        }
        let rooms: Vec<&HotelPlan> = hotel
            .plans
            .iter()
            .filter(|one| one.ids.plan.as_ref().is_some_and(|id| id.as_str() == plan))
            .collect();
        let all = self.stretches(hotel, &rooms, (first, last), asked);
        if all.is_empty() {
            return Answer::empty(204);
        }
        let page = (offset.unwrap_or(0), limit.unwrap_or(MOST).max(1));
        Answer::json(200, self.page(hotel, &rooms, all, page))
    }

    /// Every stretch with the room types that have it.
    fn stretches(
        &self,
        hotel: &Hotel,
        rooms: &[&HotelPlan],
        span: (Night, Night),
        asked: &Asked,
    ) -> BTreeMap<(Stretch, usize), Vec<String>> {
        let merged = self.habit("rows", &["merged", "separate"]) == "merged";
        let wanted: Vec<&String> = asked
            .query
            .iter()
            .filter(|(name, _)| name == "roomType")
            .map(|(_, value)| value)
            .collect();
        let mut all: BTreeMap<(Stretch, usize), Vec<String>> = BTreeMap::new();
        for (at, one) in rooms.iter().enumerate() {
            let room = one.ids.room.as_ref().map_or("", |id| id.as_str());
            if !wanted.is_empty() && wanted.iter().all(|name| *name != room) {
                continue;
            }
            for stretch in self.nights(hotel, one, span, merged) {
                // Only merged schedules are shared by room types.
                let key = (stretch, if merged { 0 } else { at });
                all.entry(key).or_default().push(room.to_owned());
            }
        }
        all
    }

    fn nights(
        &self,
        hotel: &Hotel,
        one: &HotelPlan,
        (first, last): (Night, Night),
        merged: bool,
    ) -> Vec<Stretch> {
        let mut out: Vec<Stretch> = Vec::new();
        for night in first.through(last) {
            let shown = self.shown_cell(hotel, &one.ids, night, DEPTH);
            let Some(cell) = shown.filter(|cell| !cell.prices.is_empty()) else {
                continue;
            };
            let amounts = self.amounts(&cell, hotel.currency);
            match out.last_mut() {
                Some((_, end, held)) if merged && end.next() == night && *held == amounts => {
                    *end = night;
                }
                _ => out.push((night, night, amounts)),
            }
        }
        out
    }

    /// What is shown of a night; a computed plan follows its parent.
    fn shown_cell(&self, hotel: &Hotel, ids: &Ids, night: Night, depth: u8) -> Option<Cell> {
        let plan = hotel.plans.iter().find(|plan| plan.ids == *ids)?;
        let Some((parent, percent)) = &plan.derived else {
            return self.state.shown(&hotel.id, ids)?.get(&night).cloned();
        };
        let parent = self.shown_cell(hotel, parent, night, depth.checked_sub(1)?)?;
        let factor = u64::try_from(100 + i64::from(*percent)).ok()?;
        let computed =
            |(adults, price): (&u8, &Minor)| (*adults, Minor((price.0 * factor + 50) / 100));
        Some(Cell {
            prices: parent.prices.iter().map(computed).collect(),
            ..Cell::default()
        })
    }

    fn amounts(&self, cell: &Cell, currency: Currency) -> String {
        let texts = self.habit("amounts", &["numbers", "numbers", "texts"]) == "texts";
        let spell = |number: String| if texts { text(&number) } else { number };
        let mut fields = Vec::new();
        for (adults, name) in (1..).zip(BY_ADULTS) {
            if let Some(price) = cell.prices.get(&adults) {
                fields.push((name, spell(number(currency, *price))));
            }
        }
        for (name, raw) in &cell.others {
            fields.push((name, spell(raw.clone())));
        }
        object(&fields)
    }

    fn page(
        &self,
        hotel: &Hotel,
        rooms: &[&HotelPlan],
        all: BTreeMap<(Stretch, usize), Vec<String>>,
        (offset, limit): (usize, usize),
    ) -> String {
        let total = all.len();
        let shown: Vec<String> = all
            .iter()
            .enumerate()
            .skip(offset)
            .take(limit)
            .map(|(at, ((stretch, _), rooms))| schedule(at, stretch, rooms))
            .collect();
        let code = plan_code(rooms);
        let list = [
            ("hotelId", text(hotel.id.as_str())),
            ("ratePlanCode", text(code)),
            ("ratePlanSchedule", array(&shown)),
            ("hasMore", (offset + shown.len() < total).to_string()),
            ("totalResults", total.to_string()),
            ("count", shown.len().to_string()),
            ("offset", offset.to_string()),
            ("limit", limit.to_string()),
            ("totalPages", total.div_ceil(limit).to_string()),
        ];
        object(&[
            ("ratePlanScheduleList", object(&list)),
            ("ratePlanMasterInfo", self.master(hotel, code, rooms)),
            ("links", array(&[])),
            ("warnings", array(&[])),
        ])
    }

    fn master(&self, hotel: &Hotel, code: &str, rooms: &[&HotelPlan]) -> String {
        let name = rooms.first().map_or("", |one| one.plan_name.as_str());
        let mut fields = vec![
            ("hotelId", text(hotel.id.as_str())),
            ("ratePlanCode", text(code)),
            ("currencyCode", text(hotel.currency.code())),
            ("daily", (!self.is("seasonal", code)).to_string()),
            ("tiered", "false".to_owned()),
            ("bARRate", "false".to_owned()),
            ("primaryDetails", self.primary(code, name)),
            ("ratePlanBasedOnRates", array(&[based_on(rooms)])),
        ];
        if let Some(floor) = self.floor(code, hotel.currency) {
            fields.push(("floorAmount", number(hotel.currency, floor)));
        }
        object(&fields)
    }
}

fn plan_code<'a>(rooms: &[&'a HotelPlan]) -> &'a str {
    let code = rooms.first().and_then(|one| one.ids.plan.as_ref());
    code.map_or("", |code| code.as_str())
}

fn schedule(at: usize, (first, last, amounts): &Stretch, rooms: &[String]) -> String {
    let rooms: Vec<String> = rooms.iter().map(|room| text(room)).collect();
    let mut detail = vec![
        ("start", text(&first.to_string())),
        ("end", text(&last.to_string())),
        ("roomTypeList", array(&rooms)),
        ("rateAmounts", amounts.clone()),
        ("tierID", "1".to_owned()),
    ];
    detail.extend(whole_week());
    let id = object(&[
        ("id", text(&(190_000 + at).to_string())),
        ("type", text("RateSetId")),
    ]);
    object(&[
        ("ratePlanScheduleId", id),
        ("ratePlanScheduleDetail", object(&detail)),
    ])
}

/// A number without zeros at its end.
fn number(currency: Currency, price: Minor) -> String {
    let text = currency.format(price);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

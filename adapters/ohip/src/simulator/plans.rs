//! The list of a hotel's rate plans.

use std::collections::BTreeMap;

use rackrate_core::ids::VendorId;
use rackrate_core::money::Basis;
use rackrate_core::simulator::{Hotel, HotelPlan};

use super::Gateway;
use super::http_text::{Answer, Asked};
use super::json::{array, object, text};

/// Parts that are only told when they are asked for.
const INSTRUCTIONS: [&str; 9] = [
    "PrimaryDetails",
    "TransactionDetails",
    "Packages",
    "RateCommission",
    "NegotiatedProfiles",
    "RateControls",
    "RoutingInstructions",
    "AccessExclusions",
    "ApprovalNotes",
];

impl Gateway {
    pub(super) fn plans(&self, hotel: &Hotel, asked: &Asked) -> Answer {
        let wanted: Vec<&str> = asked
            .query
            .iter()
            .filter(|(name, _)| name == "fetchInstructions")
            .map(|(_, value)| value.as_str())
            .collect();
        if wanted.iter().any(|name| !INSTRUCTIONS.contains(name)) {
            return self.refuse(400, "RTP00401", "Unknown fetch instruction.");
        }
        let only = asked.query("ratePlanCode");
        let mut plans: BTreeMap<&VendorId, Vec<&HotelPlan>> = BTreeMap::new();
        for one in &hotel.plans {
            if let Some(code) = &one.ids.plan {
                plans.entry(code).or_default().push(one);
            }
        }
        let listed: Vec<String> = plans
            .into_iter()
            .filter(|(code, _)| only.is_none_or(|only| only == code.as_str()))
            .map(|(code, rooms)| self.plan(hotel, code, &rooms, &wanted))
            .collect();
        if listed.is_empty() {
            return Answer::empty(204);
        }
        let fields = [("ratePlans", array(&listed)), ("links", array(&[]))];
        Answer::json(200, object(&fields))
    }

    fn plan(
        &self,
        hotel: &Hotel,
        code: &VendorId,
        rooms: &[&HotelPlan],
        wanted: &[&str],
    ) -> String {
        let rooms_list: Vec<String> = rooms.iter().map(|one| room(one)).collect();
        let name = rooms.first().map_or("", |one| one.plan_name.as_str());
        let mut fields = vec![
            ("hotelId", text(hotel.id.as_str())),
            ("ratePlanCode", text(code.as_str())),
            ("daily", (!self.is("seasonal", code.as_str())).to_string()),
            ("tiered", "false".to_owned()),
            ("roomTypeList", array(&rooms_list)),
            ("ratePlanBasedOnRates", array(&[based_on(rooms)])),
        ];
        if wanted.contains(&"PrimaryDetails") {
            fields.push(("primaryDetails", self.primary(code.as_str(), name)));
        }
        if wanted.contains(&"TransactionDetails") {
            fields.push(("transactionDetails", transaction(hotel)));
        }
        object(&fields)
    }

    pub(super) fn primary(&self, code: &str, name: &str) -> String {
        let lock = match self.is("locked", code) {
            true => "Property",
            false => "Unlocked",
        };
        object(&[
            ("description", object(&[("defaultText", text(name))])),
            ("startSellDate", text("2020-01-01")),
            ("endSellDate", text("2099-12-31")),
            ("lockStatus", text(lock)),
        ])
    }
}

fn room(one: &HotelPlan) -> String {
    let id = one.ids.room.as_ref().map_or("", |id| id.as_str());
    object(&[("code", text(id)), ("description", text(&one.room_name))])
}

fn transaction(hotel: &Hotel) -> String {
    let gross = hotel.basis == Basis::Gross;
    object(&[
        ("currencyCode", text(hotel.currency.code())),
        ("rateIncludesTax", gross.to_string()),
    ])
}

/// What a plan is computed from.
pub(super) fn based_on(rooms: &[&HotelPlan]) -> String {
    let parent = rooms.iter().find_map(|one| one.derived.as_ref());
    let Some((parent, percent)) = parent else {
        return object(&[("basedOnRatePlanType", text("None"))]);
    };
    let code = parent.plan.as_ref().map_or("", |id| id.as_str());
    let base = object(&[
        ("basedOnRatePlan", text(code)),
        ("baseAmount", percent.to_string()),
        ("flatOrPercentage", text("PCT")),
        ("rounding", text("N")),
    ]);
    object(&[
        ("baseRate", base),
        ("basedOnRatePlanType", text("BaseRate")),
    ])
}

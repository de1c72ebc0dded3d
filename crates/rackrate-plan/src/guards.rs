//! Limits that no price passes without a person's word: `[guards]` of `rackrate.toml`.
//!
//! The settings of a room type win over those of its property, and these over the general
//! ones. What is compared with them is decided in [`crate::planner`].
//!
//! Invariant: a limit that cannot be read refuses; it is never taken for no limit.

use std::collections::BTreeMap;

use rackrate_core::ids::{PropertyCode, RoomTypeCode};
use rackrate_core::money::{AmountError, Currency, Minor};
use serde::{Deserialize, Serialize};

/// The largest change, where nothing is set: 30 percent of the price before.
pub const MAX_CHANGE_PERCENT: u32 = 30;
/// How far ahead prices may be, where nothing is set.
pub const HORIZON_NIGHTS: u32 = 550;

/// The settings `[guards]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Guards {
    /// The lowest price, in the property's currency, such as `"49.00"`. Default: none,
    /// which a connection of environment `live` refuses.
    pub floor: Option<String>,
    /// The highest price, likewise.
    pub ceiling: Option<String>,
    /// The largest change against the price before, in percent. Default: 30.
    pub max_change_percent: Option<u32>,
    /// How many nights from today prices may be. Default: 550.
    pub horizon_nights: Option<u32>,
    /// Settings of single hotels.
    pub property: BTreeMap<PropertyCode, PropertyGuards>,
}

/// The settings `[guards.property."…"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PropertyGuards {
    /// The lowest price.
    pub floor: Option<String>,
    /// The highest price.
    pub ceiling: Option<String>,
    /// The largest change, in percent.
    pub max_change_percent: Option<u32>,
    /// How many nights from today prices may be.
    pub horizon_nights: Option<u32>,
    /// Settings of single room types.
    pub room_type: BTreeMap<RoomTypeCode, RoomTypeGuards>,
}

/// The settings `[guards.property."…".room_type."…"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RoomTypeGuards {
    /// The lowest price.
    pub floor: Option<String>,
    /// The highest price.
    pub ceiling: Option<String>,
    /// The largest change, in percent.
    pub max_change_percent: Option<u32>,
    /// How many nights from today prices may be.
    pub horizon_nights: Option<u32>,
}

/// What holds for one room type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The lowest price.
    pub floor: Option<Minor>,
    /// The highest price.
    pub ceiling: Option<Minor>,
    /// The largest change, in percent.
    pub max_change_percent: u32,
    /// How many nights from today prices may be.
    pub horizon_nights: u32,
}

impl Guards {
    /// What holds for a room type of a property.
    ///
    /// # Errors
    /// The text of a limit that is no amount of the currency.
    pub fn limits(
        &self,
        property: &PropertyCode,
        room_type: &RoomTypeCode,
        currency: Currency,
    ) -> Result<Limits, (String, AmountError)> {
        let hotel = self.property.get(property);
        let room = hotel.and_then(|hotel| hotel.room_type.get(room_type));
        let amount = |texts: [Option<&String>; 3]| {
            let text = texts.into_iter().flatten().next();
            let parse = |text: &String| currency.parse(text).map_err(|e| (text.clone(), e));
            text.map(parse).transpose()
        };
        Ok(Limits {
            floor: amount([
                room.and_then(|one| one.floor.as_ref()),
                hotel.and_then(|one| one.floor.as_ref()),
                self.floor.as_ref(),
            ])?,
            ceiling: amount([
                room.and_then(|one| one.ceiling.as_ref()),
                hotel.and_then(|one| one.ceiling.as_ref()),
                self.ceiling.as_ref(),
            ])?,
            max_change_percent: room
                .and_then(|one| one.max_change_percent)
                .or(hotel.and_then(|one| one.max_change_percent))
                .or(self.max_change_percent)
                .unwrap_or(MAX_CHANGE_PERCENT),
            horizon_nights: room
                .and_then(|one| one.horizon_nights)
                .or(hotel.and_then(|one| one.horizon_nights))
                .or(self.horizon_nights)
                .unwrap_or(HORIZON_NIGHTS),
        })
    }

    /// blake3 of the settings, in hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        // Maps with text keys always have a JSON form.
        let text = serde_json::to_vec(self).unwrap_or_default();
        blake3::hash(&text).to_hex().to_string()
    }
}

impl Limits {
    /// Whether a change is larger than allowed; from nothing every change is.
    pub fn exceeds_change(&self, before: Minor, after: Minor) -> bool {
        let change = u128::from(before.0.abs_diff(after.0));
        change * 100 > u128::from(before.0) * u128::from(self.max_change_percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(guards: &Guards, property: &str, room_type: &str) -> Limits {
        let property = PropertyCode::new(property).unwrap();
        let room_type = RoomTypeCode::new(room_type).unwrap();
        let eur = Currency::new("EUR").unwrap();
        guards.limits(&property, &room_type, eur).unwrap()
    }

    #[test]
    fn the_narrower_setting_wins() {
        let guards: Guards = toml::from_str(
            r#"
            floor = "40.00"
            [property."lisbon-city"]
            floor = "50.00"
            horizon_nights = 400
            [property."lisbon-city".room_type."SUI"]
            ceiling = "900.00"
            max_change_percent = 50
            "#,
        )
        .unwrap();
        assert_eq!(limits(&guards, "other", "STD").floor, Some(Minor(4_000)));
        let suite = limits(&guards, "lisbon-city", "SUI");
        let expected = Limits {
            floor: Some(Minor(5_000)),
            ceiling: Some(Minor(90_000)),
            max_change_percent: 50,
            horizon_nights: 400,
        };
        assert_eq!(suite, expected);
    }

    #[test]
    fn an_unknown_setting_is_refused_at_every_depth() {
        for text in [
            "flour = \"1\"",
            "[property.a]\nflour = \"1\"",
            "[property.a.room_type.b]\nflour = \"1\"",
        ] {
            assert!(toml::from_str::<Guards>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_change_of_exactly_the_limit_passes() {
        let limits = limits(&Guards::default(), "a", "b");
        assert!(!limits.exceeds_change(Minor(10_000), Minor(13_000)));
        assert!(limits.exceeds_change(Minor(10_000), Minor(13_001)));
        assert!(limits.exceeds_change(Minor(10_000), Minor(6_999)));
        assert!(limits.exceeds_change(Minor(0), Minor(1)));
    }
}

//! Restrictions by the vendor's names: in force, as a write wants them, and as the witness
//! tells them.

use rackrate_core::rules::{Restriction, Rules, Set};
use serde::{Deserialize, Serialize};

use super::form::Tree;
use super::json::flag;

/// The restrictions in force on a night; no nights are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct InForce {
    /// Called `min_stay` by states that were saved when it was the only one.
    #[serde(alias = "min_stay")]
    min_los: u16,
    max_los: u16,
    closed_to_arrival: bool,
    closed_to_departure: bool,
    blocked: bool,
}

/// What a write says of restrictions; what it leaves out stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Wish {
    /// See [`InForce::min_los`].
    #[serde(alias = "min_stay")]
    min_los: Option<u16>,
    max_los: Option<u16>,
    closed_to_arrival: Option<bool>,
    closed_to_departure: Option<bool>,
    blocked: Option<bool>,
}

impl InForce {
    /// Those of a night that was set from outside. One field stands for both minimum stays,
    /// and one for both maximum stays, so the stricter one counts.
    pub(super) fn of(rules: &Rules) -> Self {
        let nights = |kind: Restriction| match kind.plain(rules.get(kind)) {
            Set::To(nights) => Some(nights),
            Set::Clear | Set::Leave => None,
        };
        let is_on = |kind| rules.get(kind) == Set::To(1);
        Self {
            min_los: SHORTEST.into_iter().filter_map(nights).max().unwrap_or(0),
            max_los: LONGEST.into_iter().filter_map(nights).min().unwrap_or(0),
            closed_to_arrival: is_on(Restriction::ClosedToArrival),
            closed_to_departure: is_on(Restriction::ClosedToDeparture),
            blocked: is_on(Restriction::StopSell),
        }
    }

    /// As rules; nothing is said of what is not in force.
    pub(super) fn rules(&self) -> Rules {
        let all = Wish {
            min_los: Some(self.min_los),
            max_los: Some(self.max_los),
            closed_to_arrival: Some(self.closed_to_arrival),
            closed_to_departure: Some(self.closed_to_departure),
            blocked: Some(self.blocked),
        };
        all.rules().only(|_, wish| wish != Set::Clear)
    }

    /// The fields of a night, by the names of `getRatePlans`.
    pub(super) fn shown(&self) -> [(&'static str, String); 5] {
        [
            ("closedToArrival", flag(self.closed_to_arrival)),
            ("closedToDeparture", flag(self.closed_to_departure)),
            ("blocked", flag(self.blocked)),
            ("minLos", self.min_los.max(1).to_string()),
            ("maxLos", self.max_los.to_string()),
        ]
    }
}

/// The vendor's own desk asks of a stay the longest minimum of all its nights, so `minLos`
/// binds whoever stays the night and with them whoever arrives on it.
const SHORTEST: [Restriction; 2] = [Restriction::MinStayArrival, Restriction::MinStayThrough];
const LONGEST: [Restriction; 2] = [Restriction::MaxStayArrival, Restriction::MaxStayThrough];

impl Wish {
    /// What the fields of an interval of `patchRate` say.
    pub(super) fn of_patch(fields: &Tree) -> Result<Self, String> {
        Ok(Self {
            min_los: nights(fields, "minLos", 1)?,
            max_los: nights(fields, "maxLos", 0)?,
            closed_to_arrival: truth(fields, "closedToArrival")?,
            closed_to_departure: truth(fields, "closedToDeparture")?,
            blocked: truth(fields, "blocked")?,
        })
    }

    /// The same of `putRate`, which knows only one.
    pub(super) fn of_put(fields: &Tree) -> Result<Self, String> {
        Ok(Self {
            blocked: truth(fields, "blocked")?,
            ..Self::default()
        })
    }

    /// Whether it says nothing.
    pub(super) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// What is in force after it.
    pub(super) fn over(&self, old: InForce) -> InForce {
        InForce {
            // One night is what every stay has.
            min_los: self
                .min_los
                .map_or(old.min_los, |least| if least < 2 { 0 } else { least }),
            max_los: self.max_los.unwrap_or(old.max_los),
            closed_to_arrival: self.closed_to_arrival.unwrap_or(old.closed_to_arrival),
            closed_to_departure: self.closed_to_departure.unwrap_or(old.closed_to_departure),
            blocked: self.blocked.unwrap_or(old.blocked),
        }
    }

    /// As rules.
    pub(super) fn rules(&self) -> Rules {
        let mut rules = Rules::LEAVE;
        let nights = [(SHORTEST, self.min_los), (LONGEST, self.max_los)];
        let flags = [
            (Restriction::ClosedToArrival, self.closed_to_arrival),
            (Restriction::ClosedToDeparture, self.closed_to_departure),
            (Restriction::StopSell, self.blocked),
        ];
        let nights = nights
            .into_iter()
            .flat_map(|(kinds, said)| kinds.map(|kind| (kind, said)));
        let flags = flags
            .into_iter()
            .map(|(kind, said)| (kind, said.map(u16::from)));
        for (kind, said) in nights.chain(flags) {
            rules.set(kind, kind.plain(said.map_or(Set::Leave, Set::To)));
        }
        rules
    }

    /// The fields of a job's update, by the names of `getRateJobs`, which has none for
    /// blocked nights.
    pub(super) fn listed(&self) -> [(&'static str, String); 4] {
        [
            ("maxLos", or_null(self.max_los)),
            ("minLos", or_null(self.min_los)),
            ("closedToArrival", or_null(self.closed_to_arrival)),
            ("closedToDeparture", or_null(self.closed_to_departure)),
        ]
    }
}

fn or_null(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}

fn nights(fields: &Tree, name: &str, least: u16) -> Result<Option<u16>, String> {
    let number = |text: &str| text.parse().ok().filter(|number| *number >= least);
    read(fields, name, number)
}

fn truth(fields: &Tree, name: &str) -> Result<Option<bool>, String> {
    read(fields, name, |text| match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    })
}

fn read<T>(
    fields: &Tree,
    name: &str,
    meaning: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, String> {
    let text = fields.text(name);
    text.map(|text| meaning(text).ok_or_else(|| format!("Parameter {name} is not valid")))
        .transpose()
}

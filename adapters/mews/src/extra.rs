//! What discovery notes down with each thing sold, and requests need again.
//!
//! Only this module knows the names, so that writer and reader agree.

use std::collections::BTreeMap;

use rackrate_core::chunk::{Sellable, Target};
use rackrate_core::ids::Ids;

const SERVICE: &str = "service";
const GROUP: &str = "rate_group";
const BASES: &str = "base_rates";
const CATEGORY_TYPE: &str = "category_type";

/// Where a rate and a category stand in the vendor's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extra {
    /// The bookable service.
    pub(crate) service: String,
    /// The rate's group.
    pub(crate) group: Option<String>,
    /// The rate itself and those it depends on, for restrictions that name a base.
    pub(crate) bases: Vec<String>,
    /// Room, bed, apartment …
    pub(crate) category_type: Option<String>,
}

impl Extra {
    /// As texts.
    pub(crate) fn facts(&self) -> BTreeMap<String, String> {
        let bases = serde_json::to_string(&self.bases).unwrap_or_default();
        let facts = [
            (SERVICE, Some(self.service.clone())),
            (GROUP, self.group.clone()),
            (BASES, Some(bases)),
            (CATEGORY_TYPE, self.category_type.clone()),
        ];
        let named = |(name, value): (&str, Option<String>)| Some((name.to_owned(), value?));
        facts.into_iter().filter_map(named).collect()
    }

    /// What discovery noted down; `None` without a service.
    pub(crate) fn of(sellable: &Sellable) -> Option<Self> {
        let fact = |name: &str| sellable.extra.get(name).cloned();
        let bases = fact(BASES).and_then(|text| serde_json::from_str(&text).ok());
        let own = sellable.ids.plan.iter().map(ToString::to_string).collect();
        Some(Self {
            service: fact(SERVICE)?,
            group: fact(GROUP),
            bases: bases.unwrap_or(own),
            category_type: fact(CATEGORY_TYPE),
        })
    }

    /// What discovery noted down for one thing of a target.
    pub(crate) fn in_target(target: &Target, ids: &Ids) -> Option<Self> {
        Self::of(target.facts.sellables.get(ids)?)
    }
}

//! The questions of a discovery, in their order.

use rackrate_core::ids::VendorId;
use serde::{Deserialize, Serialize};

use crate::paging::Limitation;

/// What is asked for next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    #[default]
    Begin,
    Enterprises,
    Configuration,
    Services,
    Categories,
    Rates,
}

impl Stage {
    pub(super) fn action(self) -> &'static str {
        match self {
            Self::Begin | Self::Enterprises => "enterprises/getAll",
            Self::Configuration => "configuration/get",
            Self::Services => "services/getAll",
            Self::Categories => "resourceCategories/getAll",
            Self::Rates => "rates/getAll",
        }
    }
}

/// The members of all questions; each has some of them.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Question<'a> {
    pub(super) client: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) enterprise_id: Option<&'a VendorId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) enterprise_ids: Option<[&'a VendorId; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) service_ids: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) service_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) activity_states: Option<[&'a str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) limitation: Option<Limitation<'a>>,
}

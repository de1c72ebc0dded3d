//! The protocol's JSON, as private types. Amounts stay text.
//!
//! Nothing here is untagged or flattened, because raw values cannot pass through those.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

#[derive(Debug, Serialize)]
pub(crate) struct Batch<'a> {
    pub(crate) rates: Vec<RateOut<'a>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct RateOut<'a> {
    pub(crate) property_id: &'a str,
    pub(crate) room_type: &'a str,
    pub(crate) rate_plan: &'a str,
    pub(crate) date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) adults: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) currency: Option<&'static str>,
    /// Outer `None` leaves it, inner `None` clears it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min_stay_arrival: Option<Option<u16>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Failure {
    pub(crate) error: Option<String>,
    pub(crate) message: Option<String>,
}

/// The answer to a batch, and the state of a job.
#[derive(Debug, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) job_id: Option<String>,
    #[serde(default)]
    pub(crate) applied: Option<u64>,
    #[serde(default)]
    pub(crate) refused: Option<Vec<RefusedRow>>,
    /// Only in failures; beside a success it contradicts it.
    #[serde(default)]
    pub(crate) error: Option<String>,
    #[serde(default)]
    pub(crate) message: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RefusedRow {
    pub(crate) index: u64,
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) message: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Page<'a> {
    pub(crate) property: String,
    #[serde(borrow)]
    pub(crate) rates: Vec<RateIn<'a>>,
    #[serde(default)]
    pub(crate) next: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RateIn<'a> {
    pub(crate) property_id: String,
    pub(crate) room_type: String,
    pub(crate) rate_plan: String,
    pub(crate) date: String,
    #[serde(default)]
    pub(crate) adults: Option<u8>,
    #[serde(borrow, default)]
    pub(crate) amount: Option<&'a RawValue>,
    #[serde(default)]
    pub(crate) currency: Option<String>,
    /// Outer `None` when the server does not say, inner `None` when there is none.
    #[serde(default, deserialize_with = "said")]
    pub(crate) min_stay_arrival: Option<Option<u16>>,
}

/// Tells `null` from a missing field, which serde would make the same.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u16>>, D::Error> {
    Option::<u16>::deserialize(deserializer).map(Some)
}

#[derive(Debug, Deserialize)]
pub(crate) struct Properties {
    pub(crate) properties: Vec<Property>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Property {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) time_zone: String,
    pub(crate) currency: String,
    pub(crate) basis: String,
    pub(crate) room_types: Vec<RoomType>,
    pub(crate) rate_plans: Vec<RatePlan>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RoomType {
    pub(crate) id: String,
    pub(crate) name: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RatePlan {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) derived_from: Option<String>,
}

//! The vendor's JSON, as private types. Amounts stay text.
//!
//! Nothing here is untagged or flattened, because raw values cannot pass through those.
//! What the vendor adds in time is ignored, except inside restrictions, where a PUT would
//! take away what it does not repeat.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Restrictions member by member, so that those without a word here survive a PUT too.
pub(crate) type Restrictions = BTreeMap<String, Box<RawValue>>;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Properties {
    pub(crate) properties: Vec<Property>,
    pub(crate) count: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Property {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) time_zone: Option<String>,
    #[serde(default)]
    pub(crate) currency_code: Option<String>,
    #[serde(default)]
    pub(crate) is_template: Option<bool>,
    #[serde(default)]
    pub(crate) is_archived: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Plans<'a> {
    #[serde(borrow)]
    pub(crate) rate_plans: Vec<Plan<'a>>,
    pub(crate) count: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Plan<'a> {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) name: Option<String>,
    pub(crate) is_derived: bool,
    pub(crate) property: Named,
    pub(crate) unit_group: Named,
    #[serde(borrow, default)]
    pub(crate) surcharges: Option<Vec<Surcharge<'a>>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Surcharge<'a> {
    pub(crate) adults: u32,
    #[serde(borrow)]
    pub(crate) value: &'a RawValue,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Rates<'a> {
    #[serde(borrow)]
    pub(crate) rates: Vec<Slice<'a>>,
    pub(crate) count: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Slice<'a> {
    pub(crate) from: String,
    pub(crate) to: String,
    #[serde(borrow, default)]
    pub(crate) price: Option<Money<'a>>,
    #[serde(borrow, default)]
    pub(crate) calculated_prices: Option<Vec<Calculated<'a>>>,
    #[serde(default)]
    pub(crate) restrictions: Option<Restrictions>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Money<'a> {
    #[serde(borrow, default)]
    pub(crate) amount: Option<&'a RawValue>,
    #[serde(default)]
    pub(crate) currency: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Calculated<'a> {
    pub(crate) adults: u32,
    #[serde(borrow)]
    pub(crate) price: Money<'a>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Replacements {
    pub(crate) rates: Vec<Replacement>,
}

/// A slice as it will be; what is not here is taken away.
#[derive(Debug, Serialize)]
pub(crate) struct Replacement {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) price: Price,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) restrictions: Option<Restrictions>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Price {
    pub(crate) amount: Box<RawValue>,
    pub(crate) currency: &'static str,
}

/// A refusal: sentences without codes, or one coded error where a version is not served.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Failure {
    messages: Vec<String>,
    error: Option<Coded>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Coded {
    code: Option<String>,
    message: Option<String>,
}

/// The code and the words of a refusal, where it has them.
pub(crate) fn words(body: &[u8]) -> (Option<String>, Option<String>) {
    let said: Failure = serde_json::from_slice(body).unwrap_or_default();
    let coded = said.error.unwrap_or_default();
    let sentences = said.messages.join("; ");
    let words = Some(sentences).filter(|text| !text.trim().is_empty());
    (coded.code, words.or(coded.message))
}

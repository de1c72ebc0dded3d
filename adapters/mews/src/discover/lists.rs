//! The lists of a discovery, as the vendor writes them.
//!
//! Source: github.com/MewsSystems/open-api-docs, connector-api/operations: configuration,
//! enterprises, services, resourcecategories, rates.

use std::collections::BTreeMap;

use rackrate_core::adapter::DiscoveredProperty;
use rackrate_core::ids::VendorId;
use rackrate_core::money::{Basis, Currency};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Enterprises {
    pub(super) enterprises: Vec<Listed>,
    pub(super) cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listed {
    pub(super) id: VendorId,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Configuration {
    pub(super) enterprise: Enterprise,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Enterprise {
    pub(super) id: VendorId,
    name: String,
    time_zone_identifier: String,
    pricing: String,
    currencies: Vec<Accepted>,
    pub(super) default_language_code: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Accepted {
    currency: String,
    is_default: bool,
}

impl Enterprise {
    /// The property, without what it sells; none where its prices are neither gross nor
    /// net.
    pub(super) fn described(&self) -> Option<DiscoveredProperty> {
        let mut currencies = self.currencies.iter().filter(|one| one.is_default);
        let currency = currencies.next();
        Some(DiscoveredProperty {
            id: self.id.clone(),
            name: self.name.clone(),
            time_zone: Some(self.time_zone_identifier.clone()),
            currency: currency.and_then(|one| Currency::new(&one.currency).ok()),
            basis: match self.pricing.as_str() {
                "Gross" => Some(Basis::Gross),
                "Net" => Some(Basis::Net),
                _ => return None,
            },
            sellables: Vec::new(),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Services {
    pub(super) services: Vec<Service>,
    pub(super) cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Service {
    id: String,
    enterprise_id: VendorId,
    is_active: bool,
    data: Option<Data>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Data {
    discriminator: String,
    value: Option<Bookable>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Bookable {
    time_unit_period: Option<String>,
}

impl Services {
    /// Those that sell nights of the property.
    pub(super) fn by_day(&self, property: Option<&VendorId>) -> Vec<String> {
        let by_day = |data: &Data| {
            let period = data.value.as_ref();
            let period = period.and_then(|value| value.time_unit_period.as_deref());
            data.discriminator == "Bookable" && period == Some("Day")
        };
        let sold = self.services.iter().filter(|one| {
            one.is_active
                && property == Some(&one.enterprise_id)
                && one.data.as_ref().is_some_and(by_day)
        });
        sold.map(|one| one.id.clone()).collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Categories {
    pub(super) resource_categories: Vec<Category>,
    pub(super) cursor: Option<String>,
}

/// A room category.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Category {
    pub(super) id: VendorId,
    pub(super) service_id: String,
    pub(super) is_active: bool,
    pub(super) r#type: Option<String>,
    #[serde(default)]
    names: BTreeMap<String, String>,
}

impl Category {
    pub(super) fn name(&self, language: Option<&str>) -> String {
        let name = named(&self.names, language);
        name.unwrap_or_else(|| self.id.to_string())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Rates {
    pub(super) rates: Vec<Rate>,
    pub(super) cursor: Option<String>,
}

/// A rate. One that depends on another has a base.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Rate {
    pub(super) id: VendorId,
    pub(super) service_id: String,
    pub(super) group_id: Option<String>,
    pub(super) base_rate_id: Option<VendorId>,
    pub(super) is_active: bool,
    #[serde(default)]
    names: BTreeMap<String, String>,
}

impl Rate {
    pub(super) fn name(&self, language: Option<&str>) -> String {
        let name = named(&self.names, language);
        name.unwrap_or_else(|| self.id.to_string())
    }
}

/// The name in that language, else any.
fn named(names: &BTreeMap<String, String>, language: Option<&str>) -> Option<String> {
    let own = language.and_then(|language| names.get(language));
    own.or_else(|| names.values().next()).cloned()
}

//! The set-up lists: properties, services, room categories, rates; newest first, in pages.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::Mews;
use super::door::Call;
use super::hotels::{House, name};
use super::http_text::Answer;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Limitation {
    count: usize,
    cursor: Option<String>,
}

/// A question for a list; operations know some of its members.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Question {
    #[serde(rename = "ClientToken")]
    _client_token: IgnoredAny,
    #[serde(rename = "AccessToken")]
    _access_token: IgnoredAny,
    #[serde(rename = "Client")]
    _client: IgnoredAny,
    enterprise_id: Option<String>,
    enterprise_ids: Option<Vec<String>>,
    service_ids: Option<Vec<String>>,
    service_type: Option<String>,
    activity_states: Option<Vec<String>>,
    limitation: Option<Limitation>,
}

impl Limitation {
    /// A page of items that came oldest first, and the cursor to go on from.
    pub(super) fn page(&self, mut items: Vec<Value>) -> Result<(Vec<Value>, Value), Answer> {
        if !(1..=1000).contains(&self.count) {
            return Err(Answer::invalid("Limitation"));
        }
        items.reverse();
        let from = match &self.cursor {
            None => 0,
            Some(cursor) => {
                let last = items.iter().position(|item| item["Id"] == **cursor);
                last.ok_or_else(|| Answer::invalid("Cursor"))? + 1
            }
        };
        let page: Vec<Value> = items.into_iter().skip(from).take(self.count).collect();
        let cursor = page.last().map_or(Value::Null, |last| last["Id"].clone());
        Ok((page, cursor))
    }
}

fn paged(name: &str, question: &Question, items: Vec<Value>) -> Result<Answer, Answer> {
    let limitation = question.limitation.as_ref();
    let limitation = limitation.ok_or_else(|| Answer::invalid("Limitation"))?;
    let (page, cursor) = limitation.page(items)?;
    let mut answer = json!({ name: page, "Cursor": cursor });
    if name == "Rates" {
        answer["RateGroups"] = json!([]);
        answer["RateRestrictions"] = json!({"DateRestrictions": [], "EarlinessRestrictions": [],
            "LengthRestrictions": []});
    }
    Ok(Answer::json(answer.to_string()))
}

impl Mews {
    /// Without an identifier a token of one property means that one.
    pub(super) fn configuration(&self, call: &Call<'_>) -> Result<Answer, Answer> {
        let question: Question = call.body()?;
        let house = match &question.enterprise_id {
            Some(id) => self.hotels.of_id(id),
            None => match self.hotels.all().collect::<Vec<_>>().as_slice() {
                [only] => Some(*only),
                _ => None,
            },
        };
        let house = house.ok_or_else(|| Answer::invalid("EnterpriseId"))?;
        let mut enterprise = enterprise(house);
        enterprise["Currencies"] = json!([
            {"Currency": house.hotel.currency.code(), "IsDefault": true, "IsEnabled": true}
        ]);
        let now = self.at(call.now).timestamp().to_string();
        let answer = json!({"NowUtc": now, "Enterprise": enterprise, "Service": null,
            "PaymentCardStorage": null, "IsIdentityDocumentNumberRequired": false});
        Ok(Answer::json(answer.to_string()))
    }

    pub(super) fn enterprises(&self, call: &Call<'_>) -> Result<Answer, Answer> {
        let question: Question = call.body()?;
        let all = self.asked(&question)?;
        let items = all.into_iter().map(|house| {
            let mut one = enterprise(house);
            one["LinkedUtc"] = json!("2024-01-01T00:00:00Z");
            one
        });
        paged("Enterprises", &question, items.collect())
    }

    pub(super) fn services(&self, call: &Call<'_>) -> Result<Answer, Answer> {
        let question: Question = call.body()?;
        let all = self.asked(&question)?;
        let mut items: Vec<Value> = all.into_iter().flat_map(services).collect();
        if let Some(wanted) = &question.service_type {
            items.retain(|item| item["Data"]["Discriminator"] == **wanted);
        }
        paged("Services", &question, items)
    }

    pub(super) fn categories(&self, call: &Call<'_>) -> Result<Answer, Answer> {
        let question: Question = call.body()?;
        let houses = self.sold(&question)?.into_iter();
        let items = houses.flat_map(|house| {
            let category = |(ordering, (id, name)): (usize, (_, &str))| {
                json!({"Id": id, "EnterpriseId": house.hotel.id, "ServiceId": house.service,
                    "IsActive": true, "Type": "Room", "Classification": "StandardDouble",
                    "Names": {"en-US": name}, "ShortNames": {}, "Descriptions": {},
                    "Ordering": ordering, "Capacity": 2, "ExtraCapacity": 1,
                    "ExternalIdentifier": null})
            };
            let all = house.categories().enumerate().map(category);
            all.collect::<Vec<_>>()
        });
        paged("ResourceCategories", &question, items.collect())
    }

    pub(super) fn rates(&self, call: &Call<'_>) -> Result<Answer, Answer> {
        let question: Question = call.body()?;
        let houses = self.sold(&question)?.into_iter();
        let items = houses.flat_map(|house| {
            let rates = house.rates().map(|id| {
                let base = house.base(id.as_str()).map(|(base, _)| base);
                let plans = &house.hotel.plans;
                let plan = plans.iter().find(|plan| plan.ids.plan.as_ref() == Some(id));
                let name = plan.map_or("", |plan| plan.plan_name.as_str());
                json!({"Id": id, "GroupId": house.group, "ServiceId": house.service,
                    "BaseRateId": base, "IsBaseRate": base.is_none(), "IsActive": true,
                    "IsEnabled": true, "IsPublic": true, "IsDefault": false, "Type": "Public",
                    "Name": name, "Names": {"en-US": name}, "ShortName": name,
                    "ExternalNames": {}, "ExternalIdentifier": null,
                    "UpdatedUtc": "2026-01-01T00:00:00Z"})
            });
            rates.collect::<Vec<_>>()
        });
        paged("Rates", &question, items.collect())
    }

    /// The properties asked for, or all.
    fn asked(&self, question: &Question) -> Result<Vec<&House>, Answer> {
        let Some(ids) = &question.enterprise_ids else {
            return Ok(self.hotels.all().collect());
        };
        let known = ids.iter().map(|id| self.hotels.of_id(id));
        let known: Option<Vec<_>> = known.collect();
        known.ok_or_else(|| Answer::invalid("EnterpriseIds"))
    }

    /// The properties whose services are asked for.
    fn sold(&self, question: &Question) -> Result<Vec<&House>, Answer> {
        let states = question.activity_states.iter().flatten();
        if !states
            .into_iter()
            .all(|state| matches!(state.as_str(), "Active" | "Deleted"))
        {
            return Err(Answer::invalid("ActivityStates"));
        }
        let ids = question.service_ids.as_deref().unwrap_or_default();
        if !(1..=1000).contains(&ids.len()) {
            return Err(Answer::invalid("ServiceIds"));
        }
        let known = ids.iter().map(|id| self.hotels.of_service(id));
        let known: Option<Vec<_>> = known.collect();
        known.ok_or_else(|| Answer::invalid("ServiceIds"))
    }
}

fn enterprise(house: &House) -> Value {
    let hotel = &house.hotel;
    let pricing = match hotel.basis {
        rackrate_core::money::Basis::Gross => "Gross",
        rackrate_core::money::Basis::Net => "Net",
    };
    json!({"Id": hotel.id, "ExternalIdentifier": null, "ChainId": name(&hotel.id, "chain"),
        "ChainName": "Chain", "CreatedUtc": "2024-01-01T00:00:00Z",
        "UpdatedUtc": "2024-01-01T00:00:00Z", "Name": hotel.name,
        "TimeZoneIdentifier": hotel.time_zone, "DefaultLanguageCode": "en-US",
        "EditableHistoryInterval": "P0M7DT0H0M0S",
        "AccountingEditableHistoryInterval": "P0M7DT0H0M0S",
        "OperationalEditableHistoryInterval": "P0M7DT0H0M0S",
        "Pricing": pricing, "TaxPrecision": null})
}

/// The service that sells nights, and two that do not: meeting rooms by the hour, and
/// breakfast.
fn services(house: &House) -> [Value; 3] {
    let service = |id: &str, name: &str, data: Value| {
        json!({"Id": id, "EnterpriseId": house.hotel.id, "IsActive": true, "Name": name,
            "Names": {"en-US": name}, "Options": {"BillAsPackage": false}, "Ordering": 0,
            "CreatedUtc": "2024-01-01T00:00:00Z", "UpdatedUtc": "2024-01-01T00:00:00Z",
            "Data": data})
    };
    let bookable = |period: &str| {
        json!({"Discriminator": "Bookable", "Value": {
            "StartOffset": "P0M0DT15H0M0S", "EndOffset": "P0M0DT12H0M0S",
            "OccupancyStartOffset": "P0M0DT0H0M0S", "OccupancyEndOffset": "P0M0DT0H0M0S",
            "TimeUnit": period, "TimeUnitPeriod": period}})
    };
    let additional = json!({"Discriminator": "Additional", "Value": {"Promotions": {}}});
    let id = |what| name(&house.hotel.id, what);
    [
        service(&house.service, "Accommodation", bookable("Day")),
        service(&id("meetings"), "Meeting rooms", bookable("Hour")),
        service(&id("breakfast"), "Breakfast", additional),
    ]
}

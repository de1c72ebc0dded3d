//! Rate plans as the vendor lists them: each is of one property and one unit group, so its
//! identifier alone addresses its rates.

use std::collections::BTreeMap;

use rackrate_core::chunk::Sellable;
use rackrate_core::exchange::{Operation, Request};
use rackrate_core::ids::{Ids, VendorId};

use crate::answer::Api;
use crate::{page, wire};

/// The fact under which a plan's surcharges are kept: numbers of adults, or [`NO_ADULTS`].
const SURCHARGES: &str = "surcharges";
const NO_ADULTS: &str = "none";

/// A page of the plans that are sold by the night.
pub(crate) fn request(
    api: &Api,
    operation: Operation,
    property: Option<&VendorId>,
    number: u32,
) -> Request {
    let request = api.get(operation, "/rateplan/v1/rate-plans");
    let request = match property {
        Some(property) => request.with_query("propertyId", property),
        None => request,
    };
    page::of(request.with_query("timeSliceTemplate", "OverNight"), number)
}

/// What is sold; an error for identifiers that are none.
pub(crate) fn sellable(plan: &wire::Plan<'_>) -> Result<Sellable, String> {
    let id = |text: &str| {
        VendorId::new(text).map_err(|error| format!("the id {text:?} cannot be used: {error}"))
    };
    let room = plan.unit_group.name.as_ref().unwrap_or(&plan.unit_group.id);
    let name = plan.name.as_ref().unwrap_or(&plan.id);
    Ok(Sellable {
        ids: Ids {
            room: Some(id(&plan.unit_group.id)?),
            plan: Some(id(&plan.id)?),
        },
        name: format!("{room}, {name}"),
        currency: None,
        derived: plan.is_derived,
        adults: Vec::new(),
        extra: BTreeMap::from([(SURCHARGES.to_owned(), surcharges(plan))]),
    })
}

/// The numbers of adults who pay another price than one adult. The vendor's list shows
/// surcharges where a plan has them.
fn surcharges(plan: &wire::Plan<'_>) -> String {
    let all = plan.surcharges.iter().flatten();
    let nothing = |text: &str| text.bytes().all(|byte| b"0.-".contains(&byte));
    let adults: Vec<String> = all
        .filter(|one| !nothing(one.value.get()))
        .map(|one| one.adults.to_string())
        .collect();
    if adults.is_empty() {
        return NO_ADULTS.to_owned();
    }
    adults.join(",")
}

/// Whether so many adults pay a surcharge; `None` where discovery did not tell.
pub(crate) fn has_surcharge(sellable: &Sellable, adults: u8) -> Option<bool> {
    let told = sellable.extra.get(SURCHARGES)?;
    let adults = adults.to_string();
    Some(told.split(',').any(|one| one == adults))
}

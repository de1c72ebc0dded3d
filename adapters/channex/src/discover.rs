//! What there is: properties page by page, then their rate plans page by page.

use rackrate_core::adapter::{Carry, DiscoverAsk, DiscoveredProperty, Discovery, Step};
use rackrate_core::error::Result;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::VendorId;
use rackrate_core::money::Currency;
use serde::{Deserialize, Serialize};

use crate::answer::Api;
use crate::plan::Listed;

const OPERATION: Operation = Operation::Discover;
/// The largest page; without asking it has 10.
const PAGE: u64 = 100;

/// How far the lists were read.
#[derive(Default, Serialize, Deserialize)]
struct Progress {
    list: List,
    /// Pages read of it.
    pages: u64,
    /// Items on them, wanted or not.
    listed: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum List {
    #[default]
    Properties,
    RatePlans,
}

#[derive(Deserialize)]
struct Page<T> {
    data: Vec<T>,
    #[serde(default)]
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    total: Option<u64>,
}

#[derive(Deserialize)]
struct Property {
    id: VendorId,
    attributes: About,
}

#[derive(Deserialize)]
struct About {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    timezone: Option<String>,
}

/// What a page told.
struct Turned {
    items: u64,
    total: Option<u64>,
    /// Whether something on it was not on the pages before.
    fresh: bool,
}

/// The first page of properties.
pub(crate) fn request(api: &Api, ask: &DiscoverAsk) -> Request {
    page(api, ask, List::Properties, 1)
}

fn page(api: &Api, ask: &DiscoverAsk, list: List, number: u64) -> Request {
    let (path, filter) = match list {
        List::Properties => ("/properties", "filter[id]"),
        List::RatePlans => ("/rate_plans", "filter[property_id]"),
    };
    let request = api.get(OPERATION, path);
    let request = match &ask.property {
        None => request,
        Some(property) => request.with_query(filter, property),
    };
    request
        .with_query("pagination[page]", number)
        .with_query("pagination[limit]", PAGE)
}

/// Reads a page of either list.
pub(crate) fn parse(
    api: &Api,
    adults: Option<u8>,
    ask: &DiscoverAsk,
    carry: &Carry,
    response: &Response,
    out: &mut Discovery,
) -> Result<Step<()>> {
    let wrong = |_| api.bug(OPERATION, "another parser's carry");
    let mut progress: Progress = carry.get().map_err(wrong)?;
    let turned = match progress.list {
        List::Properties => properties(api, ask, response, out)?,
        List::RatePlans => rate_plans(api, adults, response, out)?,
    };
    progress.pages += 1;
    progress.listed += turned.items;
    let by_size = turned.items >= PAGE;
    let more = turned
        .total
        .map_or(by_size, |total| progress.listed < total);
    if more && !turned.fresh {
        let text = "a list does not go on, and is not at its end";
        return Err(api.malformed(OPERATION, text));
    }
    let at_end = progress.list == List::RatePlans || out.properties.is_empty();
    if !more && at_end {
        return Ok(Step::Done(()));
    }
    if !more {
        progress = Progress::of(List::RatePlans);
    }
    Ok(Step::Next {
        request: Box::new(page(api, ask, progress.list, progress.pages + 1)),
        carry: Carry::of(&progress).map_err(wrong)?,
    })
}

impl Progress {
    fn of(list: List) -> Self {
        Self {
            list,
            ..Self::default()
        }
    }
}

fn properties(
    api: &Api,
    ask: &DiscoverAsk,
    response: &Response,
    out: &mut Discovery,
) -> Result<Turned> {
    let page: Page<Property> = api.accepted(OPERATION, response)?;
    let mut turned = Turned::of(&page);
    for listed in page.data {
        let wanted = ask.property.as_ref();
        let wanted = wanted.is_none_or(|wanted| *wanted == listed.id);
        let known = out.properties.iter().any(|known| known.id == listed.id);
        turned.fresh |= !known;
        if wanted && !known {
            out.properties.push(listed.discovered());
        }
    }
    Ok(turned)
}

impl Property {
    /// Whether prices include tax is not the property's affair here, but its tax sets'.
    fn discovered(self) -> DiscoveredProperty {
        let about = self.attributes;
        DiscoveredProperty {
            name: about.title.unwrap_or_else(|| self.id.to_string()),
            id: self.id,
            time_zone: about.timezone,
            currency: about.currency.and_then(|code| Currency::new(&code).ok()),
            basis: None,
            sellables: Vec::new(),
        }
    }
}

fn rate_plans(
    api: &Api,
    adults: Option<u8>,
    response: &Response,
    out: &mut Discovery,
) -> Result<Turned> {
    let wrong = |text: &str| api.malformed(OPERATION, text);
    let page: Page<Listed> = api.accepted(OPERATION, response)?;
    let mut turned = Turned::of(&page);
    for listed in page.data {
        let property = listed.property().cloned();
        let property = property.ok_or_else(|| wrong("a rate plan without a property"))?;
        let mut properties = out.properties.iter_mut();
        // The list without a filter also has plans of properties that are not wanted.
        let Some(property) = properties.find(|known| known.id == property) else {
            turned.fresh = true;
            continue;
        };
        let sellable = listed.sellable(adults).map_err(wrong)?;
        let mut known = property.sellables.iter();
        if !known.any(|known| known.ids == sellable.ids) {
            turned.fresh = true;
            property.sellables.push(sellable);
        }
    }
    Ok(turned)
}

impl Turned {
    fn of<T>(page: &Page<T>) -> Self {
        Self {
            items: page.data.len() as u64,
            total: page.meta.as_ref().and_then(|meta| meta.total),
            fresh: false,
        }
    }
}

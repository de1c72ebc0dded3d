//! What there is: properties, their bookable services counted in days, and every rate in
//! every room category of its service.
//!
//! An access token of one property begins at `configuration/get`; a portfolio's lists its
//! properties first. Lists have pages.

mod lists;
mod question;

use rackrate_core::adapter::{Carry, DiscoverAsk, Discovery, Step};
use rackrate_core::chunk::Sellable;
use rackrate_core::error::{Error, Result};
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{Ids, VendorId};
use serde::{Deserialize, Serialize};

use crate::answer::Api;
use crate::extra::Extra;
use crate::paging::{Limitation, Place};
use lists::{Categories, Category, Configuration, Enterprises, Rate, Rates, Services};
use question::{Question, Stage};

pub(crate) const OPERATION: Operation = Operation::Discover;

/// What was found so far.
#[derive(Default, Serialize, Deserialize)]
struct Progress {
    stage: Stage,
    place: Place,
    /// Properties still to ask for.
    waiting: Vec<VendorId>,
    /// The property asked for; none where the token has but one.
    asked: Option<VendorId>,
    /// The property whose lists are read.
    property: Option<VendorId>,
    /// The language of its names.
    language: Option<String>,
    services: Vec<String>,
    categories: Vec<Category>,
    rates: Vec<Rate>,
}

/// The first question.
pub(crate) fn request(api: &Api, portfolio: bool, ask: &DiscoverAsk) -> Result<Request> {
    begin(portfolio, ask).question(api)
}

fn begin(portfolio: bool, ask: &DiscoverAsk) -> Progress {
    let stage = match (portfolio, &ask.property) {
        (true, None) => Stage::Enterprises,
        _ => Stage::Configuration,
    };
    Progress {
        stage,
        asked: ask.property.clone().filter(|_| portfolio),
        ..Progress::default()
    }
}

/// Reads the answer to the question that stands, and asks on.
pub(crate) fn parse(
    api: &Api,
    portfolio: bool,
    ask: &DiscoverAsk,
    carry: &Carry,
    response: &Response,
    out: &mut Discovery,
) -> Result<Step<()>> {
    let wrong = |_| api.bug(OPERATION, "another parser's carry");
    let mut progress: Progress = carry.get().map_err(wrong)?;
    if progress.stage == Stage::Begin {
        progress = begin(portfolio, ask);
    }
    match progress.read(api, ask, response, out)? {
        false => Ok(Step::Done(())),
        true => Ok(Step::Next {
            request: Box::new(progress.question(api)?),
            carry: Carry::of(&progress).map_err(wrong)?,
        }),
    }
}

impl Progress {
    fn question(&self, api: &Api) -> Result<Request> {
        let of_services = matches!(self.stage, Stage::Categories | Stage::Rates);
        let listed = self.stage != Stage::Configuration;
        let asked = self.asked.as_ref();
        let services = self.stage == Stage::Services;
        let question = Question {
            client: api.client(),
            enterprise_id: asked.filter(|_| !listed),
            enterprise_ids: asked.filter(|_| services).map(|asked| [asked]),
            service_ids: of_services.then_some(self.services.as_slice()),
            service_type: services.then_some("Bookable"),
            activity_states: of_services.then_some(["Active"]),
            limitation: listed.then(|| Limitation::after(self.place.cursor())),
        };
        api.call(OPERATION, self.stage.action(), &question)
    }

    /// Takes the answer in; whether there is more to ask.
    fn read(
        &mut self,
        api: &Api,
        ask: &DiscoverAsk,
        response: &Response,
        out: &mut Discovery,
    ) -> Result<bool> {
        match self.stage {
            Stage::Begin | Stage::Enterprises => {
                let page: Enterprises = api.content(OPERATION, response)?;
                let count = page.enterprises.len();
                let ids = page.enterprises.into_iter().map(|one| one.id);
                self.waiting.extend(ids);
                self.turned(api, count, page.cursor, Self::next_property)
            }
            Stage::Configuration => self.configuration(api, ask, response, out),
            Stage::Services => {
                let page: Services = api.content(OPERATION, response)?;
                let count = page.services.len();
                self.services.extend(page.by_day(self.property.as_ref()));
                self.turned(api, count, page.cursor, |this| match this.services.len() {
                    0 => this.next_property(),
                    _ => this.go(Stage::Categories),
                })
            }
            Stage::Categories => self.categories(api, response),
            Stage::Rates => self.rates(api, response, out),
        }
    }

    fn categories(&mut self, api: &Api, response: &Response) -> Result<bool> {
        let page: Categories = api.content(OPERATION, response)?;
        let count = page.resource_categories.len();
        let listed = page.resource_categories.into_iter();
        self.categories.extend(listed.filter(|one| one.is_active));
        self.turned(api, count, page.cursor, |this| this.go(Stage::Rates))
    }

    fn rates(&mut self, api: &Api, response: &Response, out: &mut Discovery) -> Result<bool> {
        let page: Rates = api.content(OPERATION, response)?;
        let count = page.rates.len();
        let listed = page.rates.into_iter();
        self.rates.extend(listed.filter(|one| one.is_active));
        self.turned(api, count, page.cursor, |this| {
            this.sold(out);
            this.next_property()
        })
    }

    /// Goes to the next page, or on after the last one.
    fn turned(
        &mut self,
        api: &Api,
        items: usize,
        cursor: Option<String>,
        on: impl FnOnce(&mut Self) -> bool,
    ) -> Result<bool> {
        match self.place.turn(api, OPERATION, items, cursor)? {
            Some(next) => {
                self.place = next;
                Ok(true)
            }
            None => Ok(on(self)),
        }
    }

    fn go(&mut self, stage: Stage) -> bool {
        self.stage = stage;
        self.place = Place::default();
        true
    }

    fn next_property(&mut self) -> bool {
        if self.waiting.is_empty() {
            return false;
        }
        *self = Self {
            stage: Stage::Configuration,
            asked: Some(self.waiting.remove(0)),
            waiting: std::mem::take(&mut self.waiting),
            ..Self::default()
        };
        true
    }

    fn configuration(
        &mut self,
        api: &Api,
        ask: &DiscoverAsk,
        response: &Response,
        out: &mut Discovery,
    ) -> Result<bool> {
        let wrong = |text: &str| -> Error { api.malformed(OPERATION, text) };
        let told: Configuration = api.content(OPERATION, response)?;
        let enterprise = told.enterprise;
        let asked = self.asked.as_ref().or(ask.property.as_ref());
        if asked.is_some_and(|asked| *asked != enterprise.id) {
            return Err(wrong("the answer is of another property than asked for"));
        }
        if out.properties.iter().any(|known| known.id == enterprise.id) {
            return Err(wrong("a property is listed twice"));
        }
        let described = enterprise.described();
        out.properties
            .push(described.ok_or_else(|| wrong("prices that are neither gross nor net"))?);
        self.property = Some(enterprise.id);
        self.language = enterprise.default_language_code;
        Ok(self.go(Stage::Services))
    }

    /// Every rate in every category of its service.
    fn sold(&self, out: &mut Discovery) {
        let known = out.properties.iter_mut();
        let Some(property) = known
            .into_iter()
            .find(|known| Some(&known.id) == self.property.as_ref())
        else {
            return;
        };
        for rate in &self.rates {
            let same = |one: &&Category| one.service_id == rate.service_id;
            let categories = self.categories.iter().filter(same);
            property
                .sellables
                .extend(categories.map(|category| self.sellable(rate, category)));
        }
    }

    fn sellable(&self, rate: &Rate, category: &Category) -> Sellable {
        let language = self.language.as_deref();
        let extra = Extra {
            service: rate.service_id.clone(),
            group: rate.group_id.clone(),
            bases: self.bases(rate),
            category_type: category.r#type.clone(),
        };
        Sellable {
            name: format!("{}, {}", category.name(language), rate.name(language)),
            ids: Ids {
                room: Some(category.id.clone()),
                plan: Some(rate.id.clone()),
            },
            currency: None,
            derived: rate.base_rate_id.is_some(),
            adults: Vec::new(),
            extra: extra.facts(),
        }
    }

    /// The rate and those it depends on; a circle is followed once.
    fn bases(&self, rate: &Rate) -> Vec<String> {
        let mut bases = vec![rate.id.to_string()];
        let mut base = rate.base_rate_id.as_ref();
        while let Some(id) = base.filter(|id| !bases.iter().any(|known| known == id.as_str())) {
            bases.push(id.to_string());
            let mut rates = self.rates.iter();
            base = rates
                .find(|one| one.id == *id)
                .and_then(|one| one.base_rate_id.as_ref());
        }
        bases
    }
}

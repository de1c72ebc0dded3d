//! One property at one connection: its rows with what was shown before, or why not.

use std::collections::{BTreeMap, BTreeSet};

use rackrate_core::chunk::{Row, Target};
use rackrate_core::finding::{Finding, Severity};
use rackrate_core::ids::{Ids, PropertyCode};
use rackrate_core::night::Night;
use rackrate_core::rules::Rules;
use rackrate_core::series::Series;

use super::able;
use super::checks::Checks;
use super::guesses;
use super::wishes::{Wish, wishes};
use super::{Connection, Inputs, place};
use crate::calendar::SeriesKey;
use crate::intervals::{self, Needs, Occupancy};
use crate::known::{Known, Shown};
use crate::plan::{Before, Lane, Named, Refused};

/// Plans one lane. `used` collects the places of the allowances that let something through.
pub(super) fn lane(
    inputs: &Inputs<'_>,
    connection: &Connection,
    property: &PropertyCode,
    series: &[(&SeriesKey, &Series)],
    known: &Known,
    used: &mut BTreeSet<usize>,
) -> Result<(Lane, Vec<Finding>), Refused> {
    let hotel = inputs.properties.get(property);
    let name = hotel.map(|hotel| hotel.name.clone()).unwrap_or_default();
    let stop = |findings| Refused {
        connection: connection.id.clone(),
        property: property.clone(),
        name: name.clone(),
        findings,
    };
    let place = place(inputs, property).on(&connection.id);
    let mapped = inputs.mapping.property(&connection.id, property);
    let target = connection.targets.get(property);
    let (Some(hotel), Some(mapped), Some(target)) = (hotel, mapped, target) else {
        let message = "nothing is known of it at this connection";
        let finding = Finding::error("plan.undiscovered", place, message);
        let hint = "See above why the connection could not be asked, and check mapping.csv.";
        return Err(stop(vec![finding.hint(hint)]));
    };
    let (mut wishes, unmapped) = wishes(inputs.selection, mapped, series);
    let guessed = guesses::told(inputs.mapping, mapped, &wishes, &place);
    let lacks = able::strip(connection, target, &mut wishes);
    let mut checks = Checks::new(inputs, connection, hotel, target, place);
    checks.property(&mapped.vendor_property);
    checks.unmapped(&unmapped, guesses::hint_unmapped(mapped));
    if guessed.is_some() {
        // What a guess would come to is not worth telling before it is confirmed.
        let (findings, _) = checks.finish();
        return Err(stop(guessed.into_iter().chain(findings).collect()));
    }
    checks.lacks(&lacks);
    let nothing = Shown::new();
    let shown = known.lane(&connection.id, &target.vendor_property);
    let parts = parts(
        &wishes,
        shown.unwrap_or(&nothing),
        connection.shapes.needs(),
        &mut checks,
    );
    let (findings, passed) = checks.finish();
    used.extend(passed);
    let stops = |finding: &Finding| finding.severity == Severity::Error;
    match findings.iter().any(stops) {
        false => {
            let lane = parts.into_lane(connection, property, name, target, &wishes);
            Ok((lane, findings))
        }
        true => Err(stop(findings)),
    }
}

#[derive(Default)]
struct Parts {
    rows: Vec<Row>,
    before: Vec<Before>,
    desired: Vec<Row>,
}

fn parts(
    wishes: &BTreeMap<Ids, Wish<'_>>,
    shown: &Shown,
    needs: Needs,
    checks: &mut Checks<'_>,
) -> Parts {
    let mut parts = Parts::default();
    for (ids, wish) in wishes {
        checks.sellable(ids, wish);
        let occupancies = wish.occupancies(ids, shown);
        let rows = intervals::rows(ids, &occupancies, needs);
        checks.rows(wish.key, &rows, &occupancies);
        parts.before.extend(before(&rows, &occupancies));
        parts.rows.extend(rows);
        let unknown: Vec<Occupancy<'_>> = occupancies
            .iter()
            .map(|one| Occupancy {
                known: None,
                ..*one
            })
            .collect();
        parts
            .desired
            .extend(intervals::rows(ids, &unknown, Needs::NOTHING));
    }
    parts
}

impl Parts {
    fn into_lane(
        self,
        connection: &Connection,
        property: &PropertyCode,
        name: String,
        target: &Target,
        wishes: &BTreeMap<Ids, Wish<'_>>,
    ) -> Lane {
        let named = |(ids, wish): (&Ids, &Wish<'_>)| Named {
            ids: ids.clone(),
            room_type: wish.key.room_type.clone(),
            rate_plan: wish.key.rate_plan.clone(),
        };
        Lane {
            connection: connection.id.clone(),
            property: property.clone(),
            name,
            vendor: connection.vendor.clone(),
            target: target.clone(),
            names: wishes.iter().map(named).collect(),
            rows: self.rows,
            before: self.before,
            desired: self.desired,
        }
    }
}

/// What was shown for the rows, as few runs of nights as it has.
fn before(rows: &[Row], occupancies: &[Occupancy<'_>]) -> Vec<Before> {
    let mut runs: Vec<Before> = Vec::new();
    for row in rows {
        for night in row.first.through(row.last) {
            let one = shown(row, occupancies, night);
            match runs.last_mut() {
                Some(run) if continues(run, &one) => run.last = night,
                _ => runs.push(one),
            }
        }
    }
    runs
}

fn continues(run: &Before, one: &Before) -> bool {
    run.last.next() == one.first && run.prices == one.prices && run.rules == one.rules
}

fn shown(row: &Row, occupancies: &[Occupancy<'_>], night: Night) -> Before {
    let known = |adults: u8| {
        let one = occupancies.iter().find(|one| one.adults == adults)?;
        one.known?.price(night)
    };
    let rules = match row.rules.is_leave() {
        true => Rules::LEAVE,
        false => intervals::known_rules(occupancies, night),
    };
    Before {
        ids: row.ids.clone(),
        first: night,
        last: night,
        prices: row
            .prices
            .iter()
            .map(|(adults, _)| (*adults, known(*adults)))
            .collect(),
        rules,
    }
}

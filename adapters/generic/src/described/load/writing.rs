//! The sections `push` and `job`.

use http::Method;
use rackrate_core::jobs::Pace;
use rackrate_core::rules::Restriction;
use rackrate_core::shape::{self, Group, LaneRule, Shape, Unit};

use super::parts;
use super::report::{Field, Section};
use crate::described::description::{
    Ask, Done, Item, Job, Layout, Push, Queued, Refused, WhichRow,
};
use crate::described::json::Json;
use crate::described::template::{Node, Slot};

const NAMES: [Slot; 3] = [Slot::Property, Slot::Room, Slot::Plan];
const PRICE: [Slot; 3] = [Slot::Adults, Slot::Amount, Slot::Currency];

pub(super) fn push(field: Field<'_>) -> Option<Push> {
    let section = field.section()?;
    let item = section.need("item").and_then(|field| {
        field.word(&[
            ("price", Item::Price),
            ("night", Item::Night),
            ("range", Item::Range),
        ])
    });
    let shape = item.and_then(|item| shape(&section, item));
    let head: &[Slot] = match &shape {
        Some(Shape {
            group: Group::Plan, ..
        }) => &NAMES,
        _ => &NAMES[..1],
    };
    let ask = parts::ask(&section, Method::POST, head);
    let layout = item.and_then(|item| layout(&section, head, item));
    if let (Some(item), Some(layout), Some(ask)) = (item, &layout, &ask) {
        whole(&section, item, layout, ask);
    }
    let answer = section.need("answer").and_then(answer);
    if item.is_some() {
        section.done();
    }
    let (done, queued, failure, refused) = answer?;
    Some(Push {
        ask: ask?,
        shape: shape?,
        item: item?,
        layout: layout?,
        done,
        queued,
        failure,
        refused,
    })
}

fn shape(section: &Section<'_>, item: Item) -> Option<Shape> {
    let group = section
        .get("one_request_for")
        .map_or(Some(Group::Property), |field| {
            field.word(&[("property", Group::Property), ("plan", Group::Plan)])
        });
    let max_items = section
        .need("max_rows")
        .and_then(|field| field.number(1, 1_000_000));
    let range = match item {
        Item::Range => section
            .need("max_nights_in_row")
            .and_then(|field| field.number(1, 4_000)),
        Item::Price | Item::Night => Some(1),
    };
    let max_nights = section
        .get("max_nights")
        .map_or(Some(u32::MAX), |field| field.number(1, 4_000));
    // Two thousand bytes cover any envelope with one row.
    let max_bytes = section
        .need("max_bytes")
        .and_then(|field| field.number(2_000, 1 << 30));
    let unit = section.get("together").map_or(Some(Unit::Cell), |field| {
        field.word(&[
            ("nothing", Unit::Cell),
            ("prices", Unit::AllOccupancies),
            ("price_and_restrictions", Unit::PriceAndRestrictions),
            ("restrictions", Unit::AllRestrictions),
        ])
    });
    let lane = section.need("next_request").and_then(|field| {
        field.word(&[
            ("at_once", LaneRule::Pipelined),
            ("after_answer", LaneRule::OneRequest),
            ("after_job", LaneRule::OneJob),
        ])
    });
    let clears_apart = section
        .get("clears_apart")
        .map_or(Some(false), |field| field.flag());
    Some(Shape {
        group: group?,
        item: match item {
            Item::Price => shape::Item::Night,
            Item::Night | Item::Range => shape::Item::Range { max_nights: range? },
        },
        max_items: max_items?,
        max_nights: max_nights?,
        max_bytes: max_bytes?,
        unit: unit?,
        lane: lane?,
        clears_apart: clears_apart?,
    })
}

/// What a row knows.
fn row_slots(item: Item) -> Vec<Slot> {
    let mut slots = NAMES.to_vec();
    slots.extend(PRICE);
    slots.extend(Restriction::ALL.map(Slot::Rule));
    slots.extend([Slot::First, Slot::Last, Slot::End]);
    match item {
        Item::Price => slots.push(Slot::Night),
        Item::Night => slots.extend([Slot::Night, Slot::Prices]),
        Item::Range => slots.push(Slot::Prices),
    }
    slots
}

fn layout(section: &Section<'_>, head: &[Slot], item: Item) -> Option<Layout> {
    let form = section
        .need("body_is")
        .and_then(|field| field.word(&[("json", false), ("form", true)]))?;
    let mut slots = row_slots(item);
    if form {
        slots.retain(|slot| *slot != Slot::Prices);
        slots.push(Slot::Row);
        let fields = section
            .get("body")
            .map_or(Some(Vec::new()), |field| parts::pairs(&field, head));
        let row = section.need("row").and_then(|field| {
            let all = field.section()?.all().into_iter();
            let pairs = all.map(|(name, field)| {
                let name = parts::written(&field, &name, &[Slot::Row])?;
                Some((name, parts::text(&field, &slots)?))
            });
            pairs
                .collect::<Vec<_>>()
                .into_iter()
                .collect::<Option<Vec<_>>>()
        });
        return Some(Layout::Form {
            fields: fields?,
            row: row?,
        });
    }
    let envelope: Vec<_> = head.iter().copied().chain([Slot::Rows]).collect();
    let body = section.need("body").and_then(|field| {
        let body = parts::node(&field, &envelope)?;
        let rows = body.slots().into_iter().filter(|slot| *slot == Slot::Rows);
        if rows.count() != 1 {
            field.wrong("{rows} has to stand in it once: that is where the rows go");
            return None;
        }
        Some(body)
    });
    let row = section
        .need("row")
        .and_then(|field| Some(Node::Object(parts::members(&field.section()?, &slots)?)));
    let price = match &row {
        Some(row) if row.slots().contains(&Slot::Prices) => section
            .need("price")
            .and_then(|field| Some(Node::Object(parts::members(&field.section()?, &PRICE)?)))
            .map(Some),
        _ => Some(None),
    };
    Some(Layout::Json {
        body: body?,
        row: row?,
        price: price?,
    })
}

/// Whether a row says which cell it is about, and what the price is.
fn whole(section: &Section<'_>, item: Item, layout: &Layout, ask: &Ask) {
    let slots = layout.slots();
    let has = |slot| slots.contains(&slot) || ask.path.slots().any(|own| own == slot);
    if !has(Slot::Amount) {
        section.wrong("no {amount} stands in `push.row`, so no price would be written");
    }
    if !has(Slot::Room) && !has(Slot::Plan) {
        section.wrong("neither {room} nor {plan} stands in `push.row`");
    }
    let range = has(Slot::First) && (has(Slot::Last) || has(Slot::End));
    if !(range || (item != Item::Range && has(Slot::Night))) {
        section.wrong(
            "`push.row` has to name its nights: {night}, or {first} with {last} where the vendor \
             means the last night too, or {first} with {end} where it means the day after",
        );
    }
}

type Answer = (
    Option<Done>,
    Option<Queued>,
    Vec<crate::described::route::Route>,
    Option<Refused>,
);

fn answer(field: Field<'_>) -> Option<Answer> {
    let section = field.section()?;
    let done = parts::maybe(&section, "done", |field| {
        let section = field.section()?;
        let sign = parts::sign(&section, (200, 299));
        let count = parts::maybe(&section, "count", parts::route);
        let reference = parts::maybe(&section, "reference", parts::route);
        section.done();
        Some(Done {
            sign: sign?,
            count: count?,
            reference: reference?,
        })
    });
    let queued = parts::maybe(&section, "queued", |field| {
        let section = field.section()?;
        let sign = parts::sign(&section, (200, 299));
        let job = section.need("job").and_then(parts::route);
        section.done();
        Some(Queued {
            sign: sign?,
            job: job?,
        })
    });
    let failure = section.get("failure").map_or(Some(Vec::new()), |field| {
        let each = field.one_or_more()?.into_iter();
        let routes: Vec<_> = each.map(parts::route).collect();
        routes.into_iter().collect()
    });
    let refused = parts::maybe(&section, "refused", refused);
    if let (Some(None), Some(None)) = (&done, &queued) {
        section.wrong("it has to say how a success looks: `done`, `queued`, or both");
    }
    section.done();
    Some((done?, queued?, failure?, refused?))
}

fn refused(field: Field<'_>) -> Option<Refused> {
    let section = field.section()?;
    let list = section.need("list").and_then(parts::route);
    let number = parts::maybe(&section, "row", parts::route);
    let first = section
        .get("first")
        .map_or(Some(0), |field| field.number(0, 1));
    let echo = parts::maybe(&section, "echo", |field| {
        let each = field.items()?;
        let names: Vec<_> = each
            .iter()
            .map(|one| one.text().map(str::to_owned))
            .collect();
        names.into_iter().collect::<Option<Vec<_>>>()
    });
    let row = match (number?, echo?) {
        (Some(at), None) => Some(WhichRow::Number {
            at,
            first: u64::from(first?),
        }),
        (None, Some(names)) if !names.is_empty() => Some(WhichRow::Echo(names)),
        (None, None) => Some(WhichRow::Unsaid),
        _ => {
            section
                .wrong("a refusal names its row by `row`, its number, or by `echo`, not by both");
            None
        }
    };
    let code = parts::maybe(&section, "code", parts::route);
    let text = parts::maybe(&section, "text", parts::route);
    section.done();
    Some(Refused {
        list: list?,
        row: row?,
        code: code?,
        text: text?,
    })
}

pub(super) fn job(field: Field<'_>) -> Option<Job> {
    let section = field.section()?;
    let ask = parts::ask(&section, Method::GET, &[Slot::Property, Slot::Job]);
    if let Some(ask) = &ask {
        let mut slots = ask
            .path
            .slots()
            .chain(ask.query.iter().flat_map(|(_, text)| text.slots()));
        if !slots.any(|slot| slot == Slot::Job) {
            section.wrong("the request has to name the {job}");
        }
    }
    let time = |key| section.need(key).and_then(|field| field.time());
    let pace = (
        time("first"),
        time("then"),
        time("longest"),
        time("give_up"),
    );
    let id = parts::maybe(&section, "id", parts::route);
    let state = section.need("state").and_then(parts::route);
    let done = section.need("done").and_then(|field| words(&field));
    let failed = section.need("failed").and_then(|field| words(&field));
    if let (Some(done), Some(failed)) = (&done, &failed)
        && done.iter().any(|word| failed.contains(word))
    {
        section.wrong("a state is both done and failed");
    }
    let count = parts::maybe(&section, "count", parts::route);
    let gone = parts::maybe(&section, "gone", |field| {
        let section = field.section()?;
        let sign = parts::sign(&section, (200, 599));
        section.done();
        sign
    });
    let refused = parts::maybe(&section, "refused", refused);
    section.done();
    let (first, then, longest, give_up) = pace;
    Some(Job {
        ask: ask?,
        pace: Pace {
            first: first?,
            then: then?,
            longest: longest?,
            give_up: give_up?,
        },
        id: id?,
        state: state?,
        done: done?,
        failed: failed?,
        count: count?,
        gone: gone?,
        refused: refused?,
    })
}

fn words(field: &Field<'_>) -> Option<Vec<Json>> {
    let each = field.one_or_more()?;
    if each.is_empty() {
        field.wrong("it has to name a state");
        return None;
    }
    let words: Vec<_> = each.iter().map(parts::constant).collect();
    words.into_iter().collect()
}

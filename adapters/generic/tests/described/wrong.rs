//! Wrong descriptions are refused when they are loaded, each mistake with its place.

use proptest::prelude::*;
use rackrate_generic::described::Description;

use crate::support::PMS_V2;

/// What is said of the description with one thing changed.
fn said(from: &str, to: &str) -> String {
    assert!(PMS_V2.contains(from), "{from} is not in the description");
    let text = PMS_V2.replacen(from, to, 1);
    let findings = Description::parse("v.toml", &text).unwrap_err();
    let lines = findings.iter().map(|finding| {
        let all = finding.to_string();
        all.rsplit_once(" [description.").unwrap().0.to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What is changed, to what, and all that is said then.
const TABLE: &[(&str, &str, &str)] = &[
    (
        "format = 1",
        "format = 2",
        "v.toml:8:10: `format`: it has to be 1",
    ),
    (
        "settle = \"2s\"",
        "settle = 2",
        "v.toml:15:10: `vendor.settle`: it is of type integer, but a text is needed",
    ),
    (
        "settle = \"2s\"",
        "settle = \"two seconds\"",
        "v.toml:15:10: `vendor.settle`: it is not a span of time such as 500ms, 2s, 10m or 24h",
    ),
    (
        "id = \"pms-v2\"",
        "id = \"PMS v2\"",
        "v.toml:12:6: `vendor.id`: it has to be small letters, digits and -",
    ),
    (
        "title =",
        "titel =",
        "v.toml:11:1: `vendor.title` is missing\nv.toml:13:1: `titel` is unknown in `vendor`; known are `adults`, `documentation`, `flight_horizon`, `id`, `settle`, `title`, `trace_header`",
    ),
    (
        "money = \"text\"",
        "money = \"cents\"",
        "v.toml:9:9: `money`: it has to be one of `text`, `number`, `minor`",
    ),
    (
        "kind = \"client_credentials\"",
        "kind = \"oauth\"",
        "v.toml:22:8: `auth.kind`: it has to be one of `client_credentials`, `headers`",
    ),
    (
        "\"rates:write\"]",
        "\"rates:*\"]",
        "v.toml:24:25: `auth.scopes[1]`: a scope is asked for by its name, without `*`: rates only, no guest data",
    ),
    (
        "\"rates:write\"]",
        "\"guests:read\"]",
        "v.toml:24:25: `auth.scopes[1]`: the scope guests:read gives guests: rates only, no guest data",
    ),
    (
        "[\"rates:read\", \"rates:write\"]",
        "{ read = [\"rates:read\"], write = [] }",
        "v.toml:24:35: `write` is unknown in `auth.scopes`; known are `discover`, `job`, `push`, `read`",
    ),
    (
        "path = \"/v2/properties\"",
        "path = \"v2/properties\"",
        "v.toml:49:8: `discover.path`: it has to begin with `/` and hold no `?`, `#` or `..`; arguments go into `query`",
    ),
    (
        "path = \"/v2/rates\"\n",
        "path = \"/v2/rates?all=1\"\n",
        "v.toml:73:8: `read.path`: it has to begin with `/` and hold no `?`, `#` or `..`; arguments go into `query`",
    ),
    (
        "path = \"/v2/rates\"\n",
        "path = \"/v2/../admin\"\n",
        "v.toml:73:8: `read.path`: it has to begin with `/` and hold no `?`, `#` or `..`; arguments go into `query`",
    ),
    (
        "property = \"{property}\", from",
        "property = \"{propety}\", from",
        "v.toml:74:23: `read.query.property`: {propety} is no placeholder that is known here; known are {property}, {first}, {last}, {end}",
    ),
    (
        "from = \"{first}\", to = \"{end}\"",
        "from = \"{first}\"",
        "v.toml:72:1: `read`: the request has to name its nights: {first}, and {last} where the vendor means the last night too, or {end} where it means the day after",
    ),
    (
        "from = \"{first}\"",
        "from = \"{first\"",
        "v.toml:74:44: `read.query.from`: a brace has no partner; a brace that means itself is written twice",
    ),
    (
        "rows = \"rates.*\"",
        "rows = \"rates\"",
        "v.toml:78:8: `read.rows`: it leads to many values, so it needs `*` for the items of a list, or a name in braces for the members of an object",
    ),
    (
        "rows = \"rates.*\"",
        "rows = \"rates.{guest}\"",
        "v.toml:78:8: `read.rows`: a name in braces is one of {room}, {plan}, {night}, {adults}",
    ),
    (
        "night = \"date\"",
        "first = \"date\"",
        "v.toml:80:1: `read.row`: a row has to name its `night`, or its `first` night with the `last` one, or its `first` night with the `end`, the day after the last",
    ),
    (
        "amount = \"amount\"\n",
        "",
        "v.toml:80:1: `read.row.amount` is missing",
    ),
    (
        "adults = \"adults\"\n",
        "",
        "v.toml:72:2: `read.row.adults` says for how many a price is; a vendor without that has `vendor.adults`",
    ),
    (
        "max_rows = 500",
        "max_rows = 0",
        "v.toml:94:12: `push.max_rows`: it has to be a whole number from 1 to 1000000",
    ),
    (
        "max_rows = 500",
        "max_rows = 5.5",
        "v.toml:94:12: `push.max_rows`: it is of type float, but a whole number is needed",
    ),
    (
        "item = \"price\"",
        "item = \"range\"\nmax_nights_in_row = 30",
        "v.toml:105:9: `push.row.date`: {night} is no placeholder that is known here; known are {property}, {room}, {plan}, {adults}, {amount}, {currency}, {min_stay_arrival}, {min_stay_through}, {max_stay_arrival}, {max_stay_through}, {closed_to_arrival}, {closed_to_departure}, {stop_sell}, {first}, {last}, {end}, {prices}",
    ),
    (
        "body = { rates = \"{rows}\" }",
        "body = { rates = \"{row}\" }",
        "v.toml:98:19: `push.body.rates`: {row} is no placeholder that is known here; known are {property}, {rows}",
    ),
    (
        "body = { rates = \"{rows}\" }",
        "body = { rates = [] }",
        "v.toml:98:8: `push.body`: {rows} has to stand in it once: that is where the rows go",
    ),
    (
        "amount = \"{amount}\"",
        "amount = 1.5",
        "v.toml:106:10: `push.row.amount`: a number with a point is not exact; write it as a text",
    ),
    (
        "date = \"{night}\"\n",
        "",
        "v.toml:90:1: `push`: `push.row` has to name its nights: {night}, or {first} with {last} where the vendor means the last night too, or {first} with {end} where it means the day after",
    ),
    (
        "when = { status = \"completed\" }",
        "when = {}",
        "v.toml:115:8: `push.answer.done.when`: it has to name a member of the answer: a status alone is not believed",
    ),
    (
        "status = 200\n",
        "status = 99\n",
        "v.toml:114:10: `push.answer.done.status`: it has to be a whole number from 200 to 299",
    ),
    (
        "job = \"job_id\"",
        "job = \"job..id\"",
        "v.toml:121:7: `push.answer.queued.job`: it has an empty step between two dots",
    ),
    (
        "next_request = \"after_job\"",
        "next_request = \"later\"",
        "v.toml:96:16: `push.next_request`: it has to be one of `at_once`, `after_answer`, `after_job`",
    ),
    (
        "path = \"/v2/jobs/{job}\"",
        "path = \"/v2/jobs\"",
        "v.toml:130:1: `job`: the request has to name the {job}",
    ),
    (
        "failed = \"failed\"",
        "failed = \"completed\"",
        "v.toml:130:1: `job`: a state is both done and failed",
    ),
    (
        "X-Property-Id = ",
        "Authorization = ",
        "v.toml:92:11: `push.headers`: credentials stand in `auth.headers`, and the program sets this header itself",
    ),
    (
        "property_id = \"{property}\"",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx = \"{property}\"",
        "v.toml:90:2: a row takes more than 320 bytes beside its identifiers, which is what plans reckon with",
    ),
    (
        "per = \"property\"",
        "per = \"plan\"",
        "v.toml:30:3: a limit per plan needs `push.one_request_for` to be `plan`",
    ),
    (
        "counts = [\"push\", \"read\"]",
        "counts = [\"push\", \"polls\"]",
        "v.toml:36:19: `limits[0].counts[1]`: it has to be one of `token`, `discover`, `read`, `push`, `job`",
    ),
    (
        "counts = [\"push\", \"read\"]",
        "counts = [\"push\"]",
        "v.toml:30:1: `limits`: no limit counts `push`, or none counts `read`; what is not counted is not limited",
    ),
    (
        "header = \"Idempotency-Key\"",
        "header = \"Idempotency Key\"",
        "v.toml:42:10: `repeats.header`: it is no name of a header",
    ),
    (
        "min_stay_arrival = { clear = \"null\" }",
        "min_stay_arrival = {}",
        "v.toml:46:20: `restrictions.min_stay_arrival.clear` is missing",
    ),
    (
        "min_stay_arrival = { clear = \"null\" }",
        "min_stay = { clear = \"null\" }",
        "v.toml:45:2: `min_stay_arrival` has to stand in `restrictions`, `push.row` and `read.row`, or in none: what is written has to be read back\nv.toml:46:1: `min_stay` is unknown in `restrictions`; known are `closed_to_arrival`, `closed_to_departure`, `max_stay_arrival`, `max_stay_through`, `min_stay_arrival`, `min_stay_through`, `stop_sell`",
    ),
    (
        "min_stay_arrival = \"{min_stay_arrival}\"\n",
        "",
        "v.toml:45:2: `min_stay_arrival` has to stand in `restrictions`, `push.row` and `read.row`, or in none: what is written has to be read back",
    ),
    (
        "next = { cursor = \"next\",",
        "next = { cursor = \"next\", pages = \"n\",",
        "v.toml:77:8: `read.next`: it has to be `link` alone, `cursor` and `parameter`, `pages` and `parameter`, or `items`, `size` and `parameter`",
    ),
    (
        "[job]",
        "[jobs]",
        "v.toml:90:2: `next_request` waits for jobs, and there are none\nv.toml:90:2: `push.answer.queued` and `job` go together: one without the other is of no use\nv.toml:130:2: `jobs` is unknown here; known are `auth`, `bases`, `discover`, `errors`, `format`, `job`, `limits`, `money`, `push`, `read`, `repeats`, `restrictions`, `vendor`",
    ),
    (
        "[vendor]",
        "[vendor",
        "v.toml:11:8: unclosed table, expected `]`",
    ),
];

#[test]
fn every_mistake_is_said_with_its_line_and_column() {
    for (from, to, want) in TABLE {
        assert_eq!(said(from, to), *want, "{from} -> {to}");
    }
}

#[test]
fn all_mistakes_are_said_and_none_shows_what_was_written() {
    let text = PMS_V2
        .replace("settle = \"2s\"", "settle = \"hunter2\"")
        .replace("kind = \"client_credentials\"", "kind = \"hunter2\"")
        .replace("max_rows = 500", "max_rows = 0");
    let findings = Description::parse("v.toml", &text).unwrap_err();
    let lines: Vec<_> = findings.iter().map(|one| one.place.line).collect();
    assert_eq!(lines, [Some(15), Some(22), Some(94)]);
    assert!(!format!("{findings:?}").contains("hunter2"));
}

#[test]
fn the_readme_shows_the_description_as_it_is() {
    assert!(include_str!("../../README.md").contains(PMS_V2.trim_end()));
}

proptest! {
    /// Whatever is cut out of a description, it is read or refused, with a place.
    #[test]
    fn no_damage_makes_the_loader_panic(start in 0_usize..3_500, length in 1_usize..400) {
        let keep = |at: usize| PMS_V2.char_indices().map(|(byte, _)| byte).find(|byte| *byte >= at);
        let (Some(from), Some(to)) = (keep(start), keep(start + length)) else {
            return Ok(());
        };
        let text = format!("{}{}", &PMS_V2[..from], &PMS_V2[to..]);
        if let Err(findings) = Description::parse("v.toml", &text) {
            prop_assert!(!findings.is_empty());
            prop_assert!(findings.iter().all(|one| one.place.line.is_some()));
        }
    }
}

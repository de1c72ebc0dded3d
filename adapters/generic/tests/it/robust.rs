//! No answer, however broken, makes a parser panic, and none becomes a success by damage.

use proptest::prelude::*;
use rackrate_core::adapter::{Adapter, Carry, Discovery, Step, Submission};
use rackrate_core::exchange::Response;
use rackrate_core::ids::JobRef;
use rackrate_core::jobs::JobState;
use serde_json::Value;

use crate::golden;
use crate::support::*;

/// Whether a parser took the answer for what it was asked for.
type Parser = fn(&Response) -> bool;

fn token(answer: &Response) -> bool {
    adapter().auth().parse_grant(answer).is_ok()
}

fn discovery(answer: &Response) -> bool {
    let out = &mut Discovery::default();
    adapter()
        .parse_discover(&discover_ask(), &Carry::default(), answer, out)
        .is_ok()
}

fn page(answer: &Response) -> bool {
    let ask = read_ask("2027-01-01", "2027-01-07");
    adapter()
        .parse_read(&ask, &Carry::default(), answer, &mut Noted::default())
        .is_ok()
}

fn receipt(answer: &Response) -> bool {
    matches!(
        adapter().parse_push(&example(), answer),
        Ok(Submission::Answered(_) | Submission::Queued(_))
    )
}

fn job(answer: &Response) -> bool {
    let job = JobRef::new("00c0ffee00000001").unwrap();
    let state = adapter()
        .jobs()
        .unwrap()
        .parse_poll(&example(), &job, &Carry::default(), answer);
    matches!(state, Ok(Step::Done(JobState::Finished(_))))
}

const ALL: [(Parser, u16, &str); 6] = [
    (token, 200, golden::TOKEN),
    (discovery, 200, golden::PROPERTIES),
    (page, 200, golden::PAGE),
    (receipt, 200, golden::COMPLETED),
    (receipt, 202, golden::ACCEPTED),
    (job, 200, golden::JOB_COMPLETED),
];

#[test]
fn a_whole_answer_is_understood_and_a_cut_one_never() {
    for (parse, status, golden) in ALL {
        let golden = golden.trim();
        assert!(parse(&Response::new(status, golden)), "{golden}");
        for cut in 0..golden.len() {
            let part = golden.as_bytes()[..cut].to_vec();
            assert!(
                !parse(&Response::new(status, part)),
                "{golden} cut at {cut}"
            );
        }
    }
}

#[test]
fn no_status_but_its_own_makes_an_answer_a_success() {
    for (parse, status, golden) in ALL {
        for other in (100..600).filter(|other| *other != status) {
            // Any 2xx token is a token by RFC 6749 as the core reads it.
            let spared = parse as usize == token as Parser as usize && (200..300).contains(&other);
            assert!(
                spared || !parse(&Response::new(other, golden)),
                "{other} {golden}"
            );
        }
    }
}

/// The value with the part at a path replaced.
fn flipped(value: &Value, at: &mut usize, with: &Value) -> Value {
    if *at == 0 {
        *at = usize::MAX;
        return with.clone();
    }
    *at -= usize::from(*at != usize::MAX);
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), flipped(value, at, with)))
            .collect(),
        Value::Array(items) => items.iter().map(|item| flipped(item, at, with)).collect(),
        other => other.clone(),
    }
}

#[test]
fn any_part_of_another_type_panics_nowhere() {
    let strange = [
        "null",
        "true",
        "-1",
        "1e400",
        "18446744073709551616",
        "\"\"",
        "\"é\\n\"",
        "[]",
        "[[]]",
        "{}",
    ];
    for (parse, status, golden) in ALL {
        let golden: Value = serde_json::from_str(golden).unwrap();
        for with in strange {
            for at in 0..60 {
                let with: Value = serde_json::from_str(with).unwrap_or(Value::from(f64::MAX));
                let body = flipped(&golden, &mut { at }, &with).to_string();
                parse(&Response::new(status, body));
            }
        }
    }
}

#[test]
fn an_outcome_without_its_kind_is_no_success() {
    for (parse, status, golden) in &ALL[3..] {
        let golden: Value = serde_json::from_str(golden).unwrap();
        for with in [Value::Null, Value::from("later"), Value::from(7)] {
            let mut body = golden.clone();
            body["status"] = with;
            assert!(!parse(&Response::new(*status, body.to_string())), "{body}");
        }
    }
}

proptest! {
    #[test]
    fn no_text_panics_or_succeeds(text in "\\PC*", which in 0..ALL.len(), status in 100_u16..600) {
        let (parse, _, _) = ALL[which];
        prop_assert!(!parse(&Response::new(status, text)));
    }
}

//! Refusals that come with status 200: which row they are counted against.

use rackrate_core::adapter::{Adapter, Submission};
use rackrate_core::chunk::{Chunk, Receipt};

use crate::support::*;

fn two_rows() -> Chunk {
    chunk(vec![
        row(BAR, "2019-02-20", "2019-02-21", 3, 12_900),
        row(BAR, "2019-02-22", "2019-02-22", 3, 13_900),
    ])
}

fn receipt(chunk: &Chunk, tasks: &str, warnings: &str) -> Receipt {
    let body =
        format!(r#"{{"data":[{tasks}],"meta":{{"message":"Success","warnings":[{warnings}]}}}}"#);
    match channex().parse_push(chunk, &ok(&body)).unwrap() {
        Submission::Answered(receipt) => receipt,
        Submission::Queued(_) => panic!("there are no jobs"),
    }
}

fn warning(property: &str, dates: &str, field: &str) -> String {
    format!(
        r#"{{"property_id":"{property}","rate_plan_id":"{BAR}",{dates},
        "warning":{{"{field}":["is invalid"]}}}}"#
    )
}

const TASK: &str = r#"{"id":"t-1","type":"task"}"#;
const SECOND: &str = r#""date_from":"2019-02-22","date_to":"2019-02-22""#;

#[test]
fn a_task_is_the_reference_and_says_nothing_against_any_row() {
    let receipt = receipt(&two_rows(), TASK, "");
    assert_eq!(receipt.reference.as_deref(), Some("t-1"));
    assert!(receipt.refused.is_empty() && receipt.unattributed.is_empty());
}

#[test]
fn a_warning_refuses_the_row_it_repeats() {
    let receipt = receipt(&two_rows(), TASK, &warning(DEMO, SECOND, "rate"));
    let (row, refusal) = &receipt.refused[0];
    assert_eq!((*row, refusal.code.as_str()), (1, "rate"));
    assert_eq!(refusal.text, "rate is invalid");
    assert!(receipt.unattributed.is_empty());
}

#[test]
fn a_single_date_is_a_range_of_one_night() {
    let dates = r#""date":"2019-02-22","date_from":null,"date_to":null"#;
    let receipt = receipt(&two_rows(), TASK, &warning(DEMO, dates, "rate"));
    assert_eq!(receipt.refused[0].0, 1);
}

#[test]
fn two_warnings_refuse_their_row_once() {
    let both = [
        warning(DEMO, SECOND, "rate"),
        warning(DEMO, SECOND, "max_stay"),
    ]
    .join(",");
    let receipt = receipt(&two_rows(), TASK, &both);
    assert_eq!(receipt.refused.len(), 1);
    assert_eq!(receipt.refused[0].1.code, "rate,max_stay");
}

#[test]
fn a_warning_that_repeats_no_row_leaves_all_rows_unknown() {
    let elsewhere = r#""date_from":"2019-02-20","date_to":"2019-02-22""#;
    for warning in [
        warning(DEMO, elsewhere, "rate"),
        warning(OTHER, SECOND, "rate"),
        r#"{"warning":{"rate":["is invalid"]}}"#.to_owned(),
        "{}".to_owned(),
    ] {
        let receipt = receipt(&two_rows(), TASK, &warning);
        assert!(receipt.refused.is_empty(), "{warning}");
        assert_eq!(receipt.unattributed.len(), 1, "{warning}");
    }
}

#[test]
fn a_warning_that_fits_two_rows_is_counted_against_none() {
    let one = row(BAR, "2019-02-22", "2019-02-22", 3, 13_900);
    let other = ruled(BAR, "2019-02-22", "2019-02-22", all_set());
    let receipt = receipt(
        &chunk(vec![one, other]),
        TASK,
        &warning(DEMO, SECOND, "rate"),
    );
    assert_eq!((receipt.refused.len(), receipt.unattributed.len()), (0, 1));
}

#[test]
fn without_a_task_nothing_is_certain_of_rows_that_no_warning_names() {
    let nothing = receipt(&two_rows(), "", "");
    assert_eq!((nothing.refused.len(), nothing.unattributed.len()), (0, 1));
    let one = receipt(&two_rows(), "", &warning(DEMO, SECOND, "rate"));
    assert_eq!((one.refused.len(), one.unattributed.len()), (1, 1));
}

//! What became of a lost write.

use rackrate_core::adapter::{Adapter, Carry, Step};
use rackrate_core::chunk::Chunk;
use rackrate_core::clock::Wall;
use rackrate_core::error::Error;
use rackrate_core::idempotency::{Found, Lost};
use rackrate_core::ids::JobRef;

use crate::support::*;

fn lost() -> Chunk {
    chunk(vec![row("810949", "2027-02-27", "2027-02-28", 12_900)])
}

fn job(id: &str, created: &str, first: &str, last: &str, rate: &str) -> String {
    format!(
        r#"{{"jobReferenceID":"{id}","dateCreated":"{created}","status":"in_progress","updates":[
        {{"rateID":"810949","action":"updated","startDate":"{first}","endDate":"{last}","rate":{rate}}}]}}"#
    )
}

fn ask_with(jobs: &[String], known: &[&str]) -> Result<Step<Found>, Error> {
    let body = format!(r#"{{"success":true,"data":[{}]}}"#, jobs.join(","));
    parse(&body, known)
}

fn parse(body: &str, known: &[&str]) -> Result<Step<Found>, Error> {
    let known: Vec<JobRef> = known.iter().map(|id| JobRef::new(id).unwrap()).collect();
    let lost = Lost {
        chunk: &lost(),
        // 2027-01-01T12:00:00Z
        departed: Wall(1_798_804_800_000),
        known_jobs: &known,
    };
    cloudbeds()
        .idempotency()
        .parse_look_up(&lost, &Carry::default(), &ok(body))
}

fn found(jobs: &[String], known: &[&str]) -> Found {
    match ask_with(jobs, known).unwrap() {
        Step::Done(found) => found,
        Step::Next { .. } => panic!("no further page"),
    }
}

fn ours(id: &str, created: &str) -> String {
    job(id, created, "2027-02-27", "2027-02-28", "129")
}

#[test]
fn a_job_with_exactly_our_nights_and_price_is_ours() {
    for created in [
        "2027-01-01 13:00:00",
        "2027-01-01",
        "2026-12-31 23:00:00",
        "soon",
    ] {
        let one = JobRef::new("7").unwrap();
        assert_eq!(
            found(&[ours("7", created)], &[]),
            Found::Job(one),
            "{created}"
        );
    }
}

#[test]
fn known_older_and_different_jobs_are_not_ours() {
    assert_eq!(found(&[], &[]), Found::Absent);
    assert_eq!(found(&[ours("7", "2027-01-01")], &["7"]), Found::Absent);
    assert_eq!(
        found(&[ours("7", "2026-12-30 10:00:00")], &[]),
        Found::Absent
    );
    let other = job("7", "2027-01-01", "2027-02-27", "2027-02-28", "130");
    assert_eq!(found(&[other], &[]), Found::Absent);
}

#[test]
fn what_is_near_is_not_certain() {
    let two = [ours("7", "2027-01-01"), ours("8", "2027-01-01")];
    assert_eq!(found(&two, &[]), Found::Unsure);
    for (first, last, rate) in [
        ("2027-02-27", "2027-02-27", "129"),
        ("2027-02-27", "2027-03-01", "129"),
        ("2027-02-27", "2027-02-28", "null"),
    ] {
        let near = job("7", "2027-01-01", first, last, rate);
        assert_eq!(found(&[near], &[]), Found::Unsure, "{first} {last} {rate}");
    }
    let silent = r#"{"jobReferenceID":"7","status":"in_progress","updates":[]}"#;
    assert_eq!(found(&[silent.to_owned()], &[]), Found::Unsure);
}

#[test]
fn an_unreadable_list_is_never_absent() {
    for body in [
        r#"{"success":true}"#,
        r#"{"success":true,"data":"none"}"#,
        r#"{"success":true,"data":[{}]}"#,
        r#"{"success":true,"data":[],"hasNextPage":true}"#,
        r#"{"success":true,"data":[],"hasNextPage":true,"nextPage":"https://evil.test/x"}"#,
    ] {
        assert!(parse(body, &[]).is_err(), "{body}");
    }
}

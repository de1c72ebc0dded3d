//! Clauses P and J: what answers mean, good and broken.

use rackrate_core::error::Delivery;
use rackrate_core::exchange::Response;
use rackrate_core::jobs::JobState;

use crate::clause::{Check, Stop, ensure, skip};
use crate::parse::{is_success, poll};
use crate::vendor::{Golden, Meaning, Vendor};

fn of(vendor: &Vendor, meaning: Meaning) -> Result<Vec<&Golden>, Stop> {
    let found: Vec<_> = vendor
        .golden
        .iter()
        .filter(|golden| golden.meaning == meaning)
        .collect();
    if found.is_empty() {
        return Err(skip("there is no golden answer of that kind"));
    }
    Ok(found)
}

fn shown(golden: &Golden) -> String {
    let body = String::from_utf8_lossy(&golden.response.body);
    format!("{}: {} {body}", golden.operation, golden.response.status)
}

pub(crate) fn good(vendor: &Vendor) -> Check {
    understood(vendor).map(|_| ())
}

/// The good answers, seen to be understood: where nothing is, that less than all of an
/// answer is refused would mean nothing.
pub(crate) fn understood(vendor: &Vendor) -> Result<Vec<&Golden>, Stop> {
    let adapter = vendor.adapter()?;
    let good = of(vendor, Meaning::Success)?;
    for golden in &good {
        let taken = is_success(vendor, &*adapter, golden.operation, &golden.response)?;
        ensure(taken, || format!("not a success: {}", shown(golden)))?;
    }
    Ok(good)
}

pub(crate) fn failure(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    for golden in of(vendor, Meaning::Failure)? {
        let taken = is_success(vendor, &*adapter, golden.operation, &golden.response);
        ensure(!matches!(taken, Ok(true)), || {
            format!("a success: {}", shown(golden))
        })?;
    }
    Ok(())
}

pub(crate) fn cut(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    for golden in understood(vendor)? {
        let body = golden.response.body.trim_ascii();
        for end in 0..body.len() {
            let mut part = golden.response.clone();
            part.body = golden.response.body.slice_ref(&body[..end]);
            let taken = is_success(vendor, &*adapter, golden.operation, &part);
            ensure(!matches!(taken, Ok(true)), || {
                format!("a success when cut at byte {end}: {}", shown(golden))
            })?;
        }
    }
    Ok(())
}

pub(crate) fn refusing_status(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    for golden in understood(vendor)? {
        for status in 300..600 {
            let answer = Response::new(status, golden.response.body.clone());
            let taken = is_success(vendor, &*adapter, golden.operation, &answer);
            ensure(!matches!(taken, Ok(true)), || {
                format!("a success with status {status}: {}", shown(golden))
            })?;
        }
    }
    Ok(())
}

pub(crate) fn delivery(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    let chunk = crate::shapes::first(vendor)?;
    // Some vendors accept a write without a word, which a golden answer has to say.
    let accepts = |status: u16, body: &str| {
        vendor.golden.iter().any(|golden| {
            let answer = &golden.response;
            golden.operation == chunk.operation
                && golden.meaning == Meaning::Success
                && (answer.status.as_u16(), &*answer.body) == (status, body.as_bytes())
        })
    };
    for (status, body) in [
        (200, ""),
        (200, "<html>"),
        (202, "{"),
        (204, ""),
        (302, ""),
        (408, ""),
        (500, "{}"),
        (502, "<html>"),
        (503, ""),
        (504, ""),
    ] {
        if accepts(status, body) {
            continue;
        }
        match adapter.parse_push(chunk, &Response::new(status, body)) {
            Ok(_) => return Err(format!("status {status} with {body:?} is a success").into()),
            Err(error) => ensure(error.delivery() == Delivery::Unknown, || {
                format!("status {status} with {body:?} is {:?}", error.delivery())
            })?,
        }
    }
    Ok(())
}

pub(crate) fn unknown_job_state(vendor: &Vendor) -> Check {
    let (Some(answer), Some(job)) = (vendor.job_state, &vendor.job) else {
        return Err(skip("the vendor has no jobs"));
    };
    let adapter = vendor.adapter()?;
    ensure(adapter.jobs().is_some(), || {
        "there is a job but the adapter has none".to_owned()
    })?;
    for state in ["zz_never_heard_of", "PAUSED??", "completed-ish"] {
        let told = poll(vendor, &*adapter, &answer(job, state))?;
        ensure(matches!(told, Some(JobState::Running { .. })), || {
            format!("the state {state} is {told:?}")
        })?;
    }
    Ok(())
}

//! Descriptions: that a file can do what the Rust adapter does, and that a wrong one is
//! refused with all its mistakes.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod channex;
#[cfg(test)]
mod oracle;
#[cfg(test)]
#[path = "../conformance/sample.rs"]
mod sample;
#[cfg(test)]
mod support;
#[cfg(test)]
mod wrong;

/// Every clause of the adapter specification, on the description of pms-v2.
#[cfg(test)]
mod conformance {
    rackrate_conformance::suite!(crate::support::vendor());
}

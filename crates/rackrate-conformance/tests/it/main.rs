//! Clauses that an adapter of one fault breaks: those about restrictions, notes, ranges,
//! pages beside reads, and what is only advised. The others are found out beside
//! `adapters/generic`.
//!
//! The good adapter is `examples/acme`, with its own sample.

#[cfg(test)]
mod faulty;
#[cfg(test)]
#[path = "../../../../examples/acme/tests/conformance/golden.rs"]
mod golden;
#[cfg(test)]
#[path = "../../../../examples/acme/tests/conformance/sample.rs"]
mod sample;
#[cfg(test)]
#[path = "../../../../examples/acme/tests/conformance/written.rs"]
mod written;

#[cfg(test)]
mod can_fail;

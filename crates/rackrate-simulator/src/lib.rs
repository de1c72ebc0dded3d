//! Hosts vendor simulators.
//!
//! [`world`] runs the engine, the desk and the simulators in one process and in virtual
//! time, with faults of the network ([`faults`]) and crashes of the program; [`trace`] keeps
//! what happened.
//!
//! Invariant: one seed decides everything; the same seed gives the same trace.

pub mod faults;
pub mod trace;
pub mod world;

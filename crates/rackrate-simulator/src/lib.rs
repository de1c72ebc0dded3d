//! Hosts vendor simulators.
//!
//! [`world`] runs the engine, the desk and the simulators in one process and in virtual
//! time, with faults of the network ([`faults`]) and crashes of the program; [`trace`] keeps
//! what happened. [`serve`] puts simulators behind real sockets and in real time, for the
//! program as it is shipped. [`courier`] talks to one simulator for checks that need neither.
//!
//! Invariant: in a world, one seed decides everything; the same seed gives the same trace.

pub mod courier;
pub mod faults;
pub mod serve;
pub mod trace;
pub mod world;

//! What the end-to-end tests share: hotels, vendors behind real sockets, the real program.
//!
//! A [`Stage`] is a folder with a configuration, and the vendors it speaks of. The program is
//! started in that folder as a person would start it. What happened is asked of the vendors,
//! never of the program.
//!
//! Invariant: nothing here waits on time; it waits for answers, ends and events.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a harness that cannot go on ends its test"
)]

pub mod commands;
pub mod gate;
pub mod guest;
pub mod hotels;
pub mod http;
pub mod outputs;
pub mod person;
pub mod program;
pub mod search;
pub mod stage;
pub mod vendors;

pub use hotels::Hotel;
pub use program::{Ended, Program, said};
pub use stage::Stage;
pub use vendors::Vendors;

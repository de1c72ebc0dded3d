//! The runtime: the only crate that talks to vendors.
//!
//! [`engine`] decides, as a pure state machine; [`desk`] turns its decisions into requests and
//! answers back into events, purely too. A host acts: the tokio driver here, or the
//! simulation host in `rackrate-simulator`.
//!
//! Invariant: nothing leaves that the engine did not decide on, and no intent leaves before
//! the ledger has it.

pub mod assembly;
pub mod desk;
pub mod driver;
pub mod engine;
pub mod handle;
pub mod metadata;
pub mod observation;
pub mod places;
pub mod transport;

//! `rackrate.toml`: what it may say, checked with line and column.
//!
//! Lower layers win less: the file, then `RACKRATE_…` from the environment, then flags.
//! Secrets are never in it, only references to them.
//!
//! Invariant: an unknown key is an error, and no message shows the value of a key.

mod alerts;
mod clients;
mod load;
mod references;
mod schema;
mod scopes;

pub use alerts::AlertsConfig;
pub use load::load;
pub(crate) use load::without_values;
pub use schema::{ClientConfig, Config, ConnectionConfig, Span};

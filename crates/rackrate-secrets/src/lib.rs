//! Fetches secrets from the places that references name.
//!
//! `rackrate-auth` says what a reference is; here is what it takes to follow one: [`mod@env`],
//! [`mod@file`], [`vault`], [`aws`] and [`exec`], each a [`SecretSource`] of its own, and
//! [`Sources`], which is all of them. Who asks, and when again, is the caller's business.
//!
//! Invariants: a secret is fetched anew each time, and only what a source itself logs in with
//! is kept. No error and no `Debug` of this crate shows a secret.

mod address;
pub mod aws;
pub mod env;
mod error;
pub mod exec;
pub mod file;
mod json;
mod sources;
pub mod vault;
mod web;
mod wiped;

use async_trait::async_trait;
use rackrate_core::secret::Secret;

pub use self::address::Address;
pub use self::error::{ErrorKind, SecretError};
pub use self::sources::{Settings, Sources};

/// One kind of place where secrets are kept.
#[async_trait]
pub trait SecretSource: Send + Sync + std::fmt::Debug {
    /// What names a secret there.
    type Place: ?Sized;

    /// Fetches the secret as it is now, whatever was fetched before.
    ///
    /// # Errors
    /// What stands in the way, never what was found.
    async fn fetch(&self, place: &Self::Place) -> Result<Secret, SecretError>;
}

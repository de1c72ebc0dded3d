//! Where secrets come from, to be asked again when a vendor refuses one: somebody may have
//! changed it since it was fetched.
//!
//! What the places are and how they are asked is the business of whoever starts a run.

use std::fmt;

use async_trait::async_trait;
use rackrate_core::ids::ConnectionId;
use rackrate_core::secret::Secret;

/// Places that can be asked again.
#[async_trait]
pub trait Places: Send + Sync + fmt::Debug {
    /// The secrets of a connection as they are now, those that other connections share with it
    /// for these too. What cannot be had is left out.
    async fn again(&self, connection: &ConnectionId) -> Vec<Fetched>;
}

/// A secret as it is now.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The connection it is for.
    pub connection: ConnectionId,
    /// Its name there.
    pub name: String,
    /// The secret.
    pub secret: Secret,
}

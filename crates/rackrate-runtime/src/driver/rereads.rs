//! Places of secrets that are being asked again, beside everything else that is under way.

use std::sync::Arc;

use rackrate_core::ids::ConnectionId;
use tokio::task::{JoinError, JoinSet};

use crate::engine::types::GrantIx;
use crate::places::{Fetched, Places};

/// The questions under way. Dropping this gives them up.
#[derive(Debug)]
pub(super) struct Rereads {
    places: Option<Arc<dyn Places>>,
    under_way: JoinSet<(GrantIx, Vec<Fetched>)>,
}

impl Rereads {
    pub(super) fn new(places: Option<Arc<dyn Places>>) -> Self {
        Self {
            places,
            under_way: JoinSet::new(),
        }
    }

    /// Asks for the secrets of a connection; where nobody can be asked, that is the answer.
    pub(super) fn ask(&mut self, grant: GrantIx, connection: ConnectionId) {
        let places = self.places.clone();
        self.under_way.spawn(async move {
            let fetched = match places {
                Some(places) => places.again(&connection).await,
                None => Vec::new(),
            };
            (grant, fetched)
        });
    }

    /// The next answer; never, while none is awaited.
    pub(super) async fn next(&mut self) -> Result<(GrantIx, Vec<Fetched>), JoinError> {
        match self.under_way.join_next().await {
            Some(answered) => answered,
            None => std::future::pending().await,
        }
    }
}

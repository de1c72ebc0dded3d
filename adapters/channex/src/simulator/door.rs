//! Who may come in, how often, and which property is meant.

use std::collections::BTreeMap;
use std::time::Duration;

use rackrate_core::clock::Mono;
use rackrate_core::ids::VendorId;
use rackrate_core::secret::Secrets;
use rackrate_core::simulator::{Hotel, Meter, Record};

use super::catalog;
use super::http_text::Answer;
use super::switches::{Reads, Switches, WaitTold};

/// What a bucket of a property takes in any minute.
const LIMIT: u32 = 10;
const MINUTE: Duration = Duration::from_secs(60);

/// What a key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// All hotels: the secret `api_key`.
    All,
    /// The first hotel: the secret `limited_api_key`.
    First,
}

impl Reach {
    /// The reach of a key.
    pub(super) fn of(
        secrets: &Secrets,
        revoked: bool,
        key: Option<&str>,
        record: &mut Record,
    ) -> Result<Self, Answer> {
        let opens = |name: &str| {
            let secret = secrets.get(name);
            key.is_some() && secret.map(|secret| secret.expose()) == key
        };
        if !revoked && opens("api_key") {
            return Ok(Self::All);
        }
        if !revoked && opens("limited_api_key") {
            return Ok(Self::First);
        }
        record.unauthorised += 1;
        Err(Answer::unauthorized())
    }

    /// The hotels it opens.
    pub(super) fn hotels(self, hotels: &[Hotel]) -> &[Hotel] {
        match self {
            Self::All => hotels,
            Self::First => &hotels[..hotels.len().min(1)],
        }
    }

    /// The hotel of that identifier, if there is one and it may be seen.
    pub(super) fn hotel<'h>(self, hotels: &'h [Hotel], id: &str) -> Result<&'h Hotel, Answer> {
        let known = catalog::hotel(hotels, id).ok_or_else(Answer::not_found)?;
        catalog::hotel(self.hotels(hotels), known.id.as_str()).ok_or_else(Answer::forbidden)
    }
}

/// Which bucket a request fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Write,
    Read,
}

/// The buckets, by property. A restart empties them.
#[derive(Debug, Default)]
pub(super) struct Buckets(BTreeMap<VendorId, Property>);

#[derive(Debug)]
struct Property {
    writes: Meter,
    reads: Meter,
    /// Until when a 429 told to wait.
    told: Option<Mono>,
}

impl Buckets {
    /// Counts a request, or refuses it. Nothing is handled until the limit has ended.
    pub(super) fn fill(
        &mut self,
        property: &VendorId,
        how: Use,
        switches: &Switches,
        now: Mono,
        record: &mut Record,
    ) -> Result<(), Answer> {
        let own = self.0.entry(property.clone()).or_insert_with(Property::new);
        if own.told.is_some_and(|until| now < until) {
            record.early_repeats += 1;
        }
        let bucket = match (how, switches.reads) {
            (Use::Read, Reads::Apart) => &mut own.reads,
            _ => &mut own.writes,
        };
        match bucket.arrive(now) {
            Ok(()) => {
                own.told = None;
                Ok(())
            }
            Err(wait) => {
                record.breaches += 1;
                Err(own.refuse(wait, switches.wait_told, now))
            }
        }
    }
}

impl Property {
    fn new() -> Self {
        Self {
            writes: Meter::new(LIMIT, MINUTE),
            reads: Meter::new(LIMIT, MINUTE),
            told: None,
        }
    }

    /// Too fast; remembers until when to wait, if that is told.
    fn refuse(&mut self, wait: Duration, told: WaitTold, now: Mono) -> Answer {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let (header, details) = match told {
            WaitTold::Nowhere => (None, None),
            WaitTold::Header => (Some(seconds), None),
            WaitTold::Details => (None, Some(seconds)),
        };
        if header.or(details).is_some() {
            self.told = Some(now.after(Duration::from_secs(seconds)));
        }
        Answer::too_many(header, details)
    }
}

//! What a write that is sent twice does: it sets the same prices again (section 5).

pub(crate) use rackrate_core::idempotency::SetsState as Repeats;

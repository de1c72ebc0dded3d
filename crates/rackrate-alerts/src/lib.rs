//! Tells people that a credential failed, at three in the morning too: who can act, which
//! nights are held, and later that it works again.
//!
//! What failed is the caller's finding. [`group`] makes of it one [`alert::Alert`] for each
//! client or grant, [`decide`] says which of them has to be told now, [`sink`] carries it to
//! where people look, and [`hook`] starts what may help by itself. Where records are kept, and
//! where secrets come from, is the caller's business.
//!
//! Invariants: an alert is on record before it leaves, so that one may come twice and none is
//! lost. It carries no secret and no vendor's text, only the vendor's code. What happens to it
//! never changes how the command ends.

pub mod alert;
pub mod decide;
pub mod group;
pub mod held;
pub mod hook;
pub mod mail;
pub mod message;
pub mod record;
pub mod settings;
pub mod sink;

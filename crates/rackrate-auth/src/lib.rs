//! The life of credentials.
//!
//! [`lifecycle`] decides, without I/O, when a grant's token is fresh, when to renew it and
//! when a person has to act, [`renewal`] whether the refresh token of a consent may be used;
//! the engine embeds them for each grant. [`consent`] is how a person is asked, [`source`] says
//! where secrets come from, [`changeover`] how the secret of a client is changed, [`seal`]
//! keeps tokens fit to be stored, [`assertion`] signs who a client is, [`sign`] the audit trail,
//! [`fingerprint`] makes things comparable without showing them. What a vendor's token request
//! looks like is its adapter's business.
//!
//! Invariant: at most one token request of a grant is under way.

pub mod assertion;
pub mod changeover;
pub mod consent;
pub mod fingerprint;
pub mod lifecycle;
pub mod renewal;
pub mod seal;
pub mod sign;
pub mod source;

//! How a person is asked for consent: the address to open, and what the answer is known by.

use rackrate_auth::consent::Invited;
use rackrate_core::auth::{Consent, Invitation};
use rackrate_core::finding::{Finding, Place};
use url::Url;

use crate::portfolio::Link;

/// Makes an invitation whose answer comes to that address. In the address to open, the state is
/// the only secret.
///
/// # Errors
/// `creds.random` without random bytes, `creds.invite` where the adapter cannot ask.
pub fn ask(link: &Link, consent: &dyn Consent, redirect: Url) -> Result<(Invited, Url), Finding> {
    let wrong = |code, message| Finding::error(code, Place::default().on(&link.id), message);
    let issuer = consent.issuer().map(str::to_owned);
    let invited = Invited::new(redirect, consent.has_pkce(), issuer);
    let invited = invited.map_err(|error| wrong("creds.random", error.to_string()))?;
    let challenge = invited.challenge();
    let invitation = Invitation {
        redirect: &invited.redirect,
        state: &invited.state,
        challenge: challenge.as_deref(),
    };
    let address = consent.authorize(&link.secrets, &invitation);
    let address = address.map_err(|error| wrong("creds.invite", error.to_string()))?;
    Ok((invited, address))
}

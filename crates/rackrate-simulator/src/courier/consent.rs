//! A person who says yes: the page of consent, and what it leads back to.
//!
//! Vendors with such grants follow RFC 6749, section 4.1, so one click does for all of them.

use bytes::Bytes;
use rackrate_auth::consent::Invited;
use rackrate_core::address::constant;
use rackrate_core::auth::{Consent, Invitation};
use rackrate_core::secret::Secret;
use url::Url;

use super::{Courier, Failed};

/// Where the answer goes; nobody listens there.
const REDIRECT: &str = "http://localhost:1/callback";
const STATE: &str = "of-the-courier";
/// That of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

impl Courier {
    /// Opens the page of consent as a browser does, and reads the code off the address that it
    /// leads back to.
    ///
    /// # Errors
    /// [`Failed::NoCode`] with what came back in its place.
    pub(super) fn consent(&mut self, consent: &dyn Consent) -> Result<(Secret, Invited), Failed> {
        let verifier = Secret::new(VERIFIER.to_owned());
        // Always the same, because virtual time is decided by its seed.
        let invited = Invited {
            redirect: constant(REDIRECT),
            state: STATE.to_owned(),
            verifier: consent.has_pkce().then_some(verifier),
            issuer: consent.issuer().map(str::to_owned),
        };
        let page = consent.authorize(
            &self.secrets,
            &Invitation {
                redirect: &invited.redirect,
                state: &invited.state,
                challenge: invited.challenge().as_deref(),
            },
        )?;
        let back = self.open(&page)?;
        let code = invited.code(&back);
        let code = code.map_err(|why| Failed::NoCode(why.to_string()))?;
        Ok((code, invited))
    }

    fn open(&mut self, page: &Url) -> Result<Url, Failed> {
        let none = |why: &str| Failed::NoCode(why.to_owned());
        let mut request = http::Request::get(page.as_str());
        if let Some(host) = page.host_str() {
            request = request.header("host", host);
        }
        let request = request.body(Bytes::new());
        let request = request.map_err(|_| none("the page has no address"))?;
        self.now = self.server.arrive(u64::MAX, request, self.now);
        let answer = self.server.answer(u64::MAX, self.now);
        let back = answer.headers().get("location");
        let back = back.and_then(|back| back.to_str().ok()?.parse().ok());
        back.ok_or_else(|| none("the page leads nowhere"))
    }
}

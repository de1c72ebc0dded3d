//! A person's consent, from the invitation to the address that the browser comes back to.
//!
//! Pure but for the random numbers. An answer is ours only when it carries the state that was
//! made for this one invitation; a code that somebody else slips in does not.
//!
//! Sources: RFC 6749 section 4.1.2, RFC 7636 (PKCE), RFC 9207 (issuer in the answer).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rackrate_core::address;
use rackrate_core::secret::Secret;
use sha2::{Digest, Sha256};
use url::Url;

use crate::seal::{SealError, fill};

/// Names under which vendors send the code; the second is what one page of a vendor says.
const CODE: [&str; 2] = ["code", "authorization_code"];

/// An invitation that is out, and what its answer is known by.
#[derive(Debug)]
pub struct Invited {
    /// Where the answer goes, exactly as it was registered.
    pub redirect: Url,
    /// Comes back with the answer.
    pub state: String,
    /// What the challenge was made of, where the vendor has PKCE.
    pub verifier: Option<Secret>,
    /// Who has to have answered, where it is known.
    pub issuer: Option<String>,
}

/// Why an address is not the answer that was waited for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It leads somewhere else.
    #[error("it is not the address that the answer was to come to")]
    Elsewhere,
    /// It is not of this invitation.
    #[error("its state is not the one of this sign-in; it may be old, or somebody else's")]
    NotOurs,
    /// Another server answered.
    #[error("it comes from another issuer than the one that was asked")]
    OtherIssuer,
    /// The vendor or the person said no.
    #[error("the vendor says {0}")]
    Denied(String),
    /// There is nothing in it.
    #[error("it carries no code")]
    NoCode,
}

impl Invited {
    /// A new invitation, with a state and, where wanted, a verifier that nobody can guess.
    ///
    /// # Errors
    /// [`SealError::NoRandomness`].
    pub fn new(redirect: Url, pkce: bool, issuer: Option<String>) -> Result<Self, SealError> {
        let verifier = match pkce {
            true => Some(Secret::new(unguessable()?)),
            false => None,
        };
        Ok(Self {
            redirect,
            state: unguessable()?,
            verifier,
            issuer,
        })
    }

    /// The challenge of the verifier, S256.
    pub fn challenge(&self) -> Option<String> {
        let verifier = self.verifier.as_ref()?;
        Some(URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose())))
    }

    /// The code in the address that the browser came back to.
    ///
    /// # Errors
    /// [`Refused`]; of an answer that is not ours nothing is believed, not even its error.
    pub fn code(&self, answer: &Url) -> Result<Secret, Refused> {
        let same = answer.origin() == self.redirect.origin()
            && answer.path() == self.redirect.path()
            && answer.username().is_empty();
        if !same {
            return Err(Refused::Elsewhere);
        }
        if state_of(answer).as_deref() != Some(self.state.as_str()) {
            return Err(Refused::NotOurs);
        }
        uninvited(answer, self.issuer.as_deref())
    }
}

/// The state that an answer carries.
pub fn state_of(answer: &Url) -> Option<String> {
    the_one(answer, "state")
}

/// The code of an answer that nobody here asked for, as where a vendor lets hotels begin. What
/// it is worth only its exchange tells: no state says whose it is.
///
/// # Errors
/// [`Refused`]; `issuer` has to have answered, where it is known.
pub fn uninvited(answer: &Url, issuer: Option<&str>) -> Result<Secret, Refused> {
    if issuer.is_some() && the_one(answer, "iss").as_deref() != issuer {
        return Err(Refused::OtherIssuer);
    }
    if let Some(error) = the_one(answer, "error") {
        let why = the_one(answer, "error_description").unwrap_or_default();
        let words = format!("{error} {why}");
        return Err(Refused::Denied(rackrate_core::error::clean(words.trim())));
    }
    let code = CODE.iter().find_map(|name| the_one(answer, name));
    let code = code.filter(|code| !code.is_empty());
    code.map(Secret::new).ok_or(Refused::NoCode)
}

/// Whether an answer may come there (RFC 9700 section 2.1): https, or http to this machine,
/// and exactly as registered, so without query, fragment, user or wildcard.
pub fn is_redirect(url: &Url) -> bool {
    let kept = match url.scheme() {
        "https" => true,
        "http" => address::is_own_machine(url),
        _ => false,
    };
    let bare = url.query().is_none() && url.fragment().is_none();
    let named = url.username().is_empty() && url.password().is_none();
    kept && bare && named && !url.as_str().contains('*')
}

/// The one value of a name; a repeated one is none (RFC 6749 section 3.1).
fn the_one(url: &Url, name: &str) -> Option<String> {
    let mut values = url.query_pairs().filter(|(key, _)| key == name);
    let first = values.next()?.1.into_owned();
    values.next().is_none().then_some(first)
}

/// 256 random bits, as an address may carry them.
pub(crate) fn unguessable() -> Result<String, SealError> {
    let mut bytes = [0; 32];
    fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invited() -> Invited {
        Invited {
            redirect: Url::parse("http://127.0.0.1:7/callback").unwrap(),
            state: "st4te".to_owned(),
            verifier: None,
            issuer: None,
        }
    }

    fn code(invited: &Invited, answer: &str) -> Result<String, Refused> {
        let code = invited.code(&Url::parse(answer).unwrap());
        code.map(|code| code.expose().to_owned())
    }

    #[test]
    fn a_code_comes_under_either_name() {
        for name in CODE {
            let answer = format!("http://127.0.0.1:7/callback?{name}=c0de&state=st4te");
            assert_eq!(code(&invited(), &answer), Ok("c0de".to_owned()));
        }
    }

    #[test]
    fn what_is_not_ours_is_not_believed() {
        for (answer, why) in [
            ("http://127.0.0.1:7/callback?code=c", Refused::NotOurs),
            (
                "http://127.0.0.1:7/callback?code=c&state=x",
                Refused::NotOurs,
            ),
            (
                "http://127.0.0.1:7/callback?code=c&state=st4te&state=st4te",
                Refused::NotOurs,
            ),
            (
                "http://127.0.0.1:7/callback?error=x&state=x",
                Refused::NotOurs,
            ),
            (
                "http://127.0.0.1:7/other?code=c&state=st4te",
                Refused::Elsewhere,
            ),
            (
                "http://127.0.0.1:8/callback?code=c&state=st4te",
                Refused::Elsewhere,
            ),
            (
                "https://127.0.0.1:7/callback?code=c&state=st4te",
                Refused::Elsewhere,
            ),
            ("http://127.0.0.1:7/callback?state=st4te", Refused::NoCode),
            (
                "http://127.0.0.1:7/callback?code=&state=st4te",
                Refused::NoCode,
            ),
            (
                "http://127.0.0.1:7/callback?error=access_denied&state=st4te",
                Refused::Denied("access_denied".to_owned()),
            ),
        ] {
            assert_eq!(code(&invited(), answer), Err(why), "{answer}");
        }
    }

    #[test]
    fn a_known_issuer_has_to_be_the_one_that_answers() {
        let known = Invited {
            issuer: Some("https://id.test".to_owned()),
            ..invited()
        };
        let answer = |iss: &str| format!("http://127.0.0.1:7/callback?code=c&state=st4te{iss}");
        assert_eq!(
            code(&known, &answer("&iss=https://id.test")),
            Ok("c".to_owned())
        );
        assert_eq!(code(&known, &answer("")), Err(Refused::OtherIssuer));
        let other = answer("&iss=https://evil.test");
        assert_eq!(code(&known, &other), Err(Refused::OtherIssuer));
    }

    #[test]
    fn an_answer_may_come_to_https_and_to_this_machine() {
        let good = |text: &str| is_redirect(&Url::parse(text).unwrap());
        assert!(good("https://rates.hotel.test/callback"));
        assert!(good("http://127.0.0.1:8731/callback") && good("http://[::1]/callback"));
        for bad in [
            "http://rates.hotel.test/callback",
            "https://*.hotel.test/callback",
            "https://rates.hotel.test/*",
            "https://rates.hotel.test/callback?a=1",
            "https://rates.hotel.test/callback#a",
            "https://me@rates.hotel.test/callback",
            "myapp://callback",
        ] {
            assert!(!good(bad), "{bad}");
        }
    }

    #[test]
    fn a_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        let invited = Invited {
            verifier: Some(verifier),
            ..invited()
        };
        let challenge = invited.challenge().unwrap();
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn two_invitations_have_nothing_in_common() {
        let redirect = invited().redirect;
        let [one, other] = [(); 2].map(|()| Invited::new(redirect.clone(), true, None).unwrap());
        assert_ne!(one.state, other.state);
        assert_ne!(one.challenge(), other.challenge());
        assert!(one.state.len() >= 43);
    }
}

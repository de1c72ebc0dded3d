//! The authorization code flow (RFC 6749, section 4.1), described by data.
//!
//! An adapter whose vendor follows the standard holds one and hands it out as its
//! [`Consent`]; what differs between vendors is a field. It holds no policy of any vendor and
//! no secret: those are handed in.
//!
//! Invariant: code, verifier, tokens and the client's secret travel in the form or in the
//! `Authorization` header, never in an address.

use serde::Deserialize;
use url::Url;

use crate::auth::{Ask, Authenticate, Consent, Grant, Invitation, Rotation, Token};
pub use crate::client_auth::ClientAuth;
use crate::client_auth::token_request;
use crate::error::{Delivery, Error, ErrorKind, Result};
use crate::exchange::{Operation, Request, Response, Value};
use crate::ids::Vendor;
use crate::lifetime::Lifetime;
use crate::oauth::{parse_token, put_bearer, required};
use crate::secret::{Secret, Secrets};

/// An address with the path that a request adds to its base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// A base that the manifest declares.
    pub base: Url,
    /// The path below it, beginning with `/`.
    pub path: String,
}

/// One vendor's authorization code flow.
#[derive(Clone, Debug)]
pub struct CodeFlow {
    /// The vendor.
    pub vendor: Vendor,
    /// The API's address; the access token goes nowhere else.
    pub api: Url,
    /// Where a person consents.
    pub authorize: Url,
    /// Who answers there, where the server says so in its answers (RFC 9207).
    pub issuer: Option<String>,
    /// Where codes and refresh tokens are exchanged.
    pub token: Endpoint,
    /// Where the state of a token is told, if anywhere (RFC 7662).
    pub introspect: Option<Endpoint>,
    /// Where a grant is ended, if anywhere (RFC 7009).
    pub revoke: Option<Endpoint>,
    /// How the client proves who it is.
    pub client_auth: ClientAuth,
    /// The scopes asked for.
    pub scopes: Vec<String>,
    /// Whether a code is bound to who asked for it (RFC 7636).
    pub pkce: bool,
    /// What becomes of a refresh token when it is used.
    pub rotation: Rotation,
    /// The rules by which the vendor ends a grant.
    pub lifetimes: Vec<Lifetime>,
}

impl Endpoint {
    /// The endpoint of a full address: its origin is the base, the rest the path.
    pub fn of(url: &Url) -> Self {
        let mut base = url.clone();
        base.set_path("/");
        Self {
            base,
            path: url.path().to_owned(),
        }
    }

    /// The full address.
    pub fn url(&self) -> Url {
        let mut url = self.base.clone();
        let home = self.base.path().trim_end_matches('/');
        url.set_path(&format!("{home}{}", self.path));
        url
    }
}

impl Authenticate for CodeFlow {
    fn grant(&self, secrets: &Secrets, ask: Ask<'_>) -> Result<Grant> {
        let mut fields: Vec<(String, Value)> = Vec::new();
        match ask {
            Ask::First => {
                self.request(&self.token, secrets, Vec::new())?;
                return Ok(Grant::Person);
            }
            Ask::Code {
                code,
                redirect,
                verifier,
            } => {
                fields.push(("grant_type".into(), "authorization_code".into()));
                fields.push(("code".into(), code.into()));
                fields.push(("redirect_uri".into(), redirect.as_str().into()));
                let verifier = verifier.filter(|_| self.pkce);
                fields.extend(verifier.map(|verifier| ("code_verifier".into(), verifier.into())));
            }
            Ask::Refresh(token) => {
                fields.push(("grant_type".into(), "refresh_token".into()));
                fields.push(("refresh_token".into(), token.into()));
            }
        }
        let request = self.request(&self.token, secrets, fields)?;
        Ok(Grant::Exchange(Box::new(request)))
    }

    fn parse_grant(&self, response: &Response) -> Result<Token> {
        parse_token(&self.vendor, response)
    }

    fn apply(&self, _: &Secrets, token: Option<&Token>, request: &mut Request) -> Result<()> {
        put_bearer(&self.vendor, &self.api, token, request)
    }

    fn lifetimes(&self) -> &[Lifetime] {
        &self.lifetimes
    }

    fn consent(&self) -> Option<&dyn Consent> {
        Some(self)
    }
}

impl CodeFlow {
    /// The addresses that requests go to, for the manifest.
    pub fn bases(&self) -> impl Iterator<Item = &Url> {
        let others = [&self.introspect, &self.revoke].into_iter().flatten();
        std::iter::once(&self.token)
            .chain(others)
            .map(|endpoint| &endpoint.base)
    }

    fn request(
        &self,
        to: &Endpoint,
        secrets: &Secrets,
        mut fields: Vec<(String, Value)>,
    ) -> Result<Request> {
        let by = &self.client_auth;
        let header = by.prove(&self.vendor, secrets, &mut fields)?;
        Ok(token_request(&to.base, &to.path, header, fields))
    }

    fn about(&self, to: &Endpoint, secrets: &Secrets, token: &Secret) -> Result<Request> {
        let fields = vec![
            ("token".into(), token.into()),
            ("token_type_hint".into(), "refresh_token".into()),
        ];
        self.request(to, secrets, fields)
    }

    fn refused(&self, response: &Response, text: &str) -> Error {
        let kind = match response.status.as_u16() {
            429 => ErrorKind::Throttled,
            408 | 500.. => ErrorKind::Unavailable,
            400..=499 => ErrorKind::Misconfigured,
            _ => ErrorKind::Malformed,
        };
        Error::new(kind, &self.vendor, Operation::Token, text)
            .with_delivery(Delivery::Refused)
            .with_retry_after(response.retry_after())
    }
}

#[derive(Deserialize)]
struct Introspection {
    active: bool,
}

impl Consent for CodeFlow {
    fn authorize(&self, secrets: &Secrets, invitation: &Invitation<'_>) -> Result<Url> {
        let mut url = self.authorize.clone();
        let id = required(&self.vendor, secrets, "client_id")?;
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", id.expose())
            .append_pair("redirect_uri", invitation.redirect.as_str())
            .append_pair("state", invitation.state);
        if !self.scopes.is_empty() {
            query.append_pair("scope", &self.scopes.join(" "));
        }
        if let Some(challenge) = invitation.challenge.filter(|_| self.pkce) {
            query
                .append_pair("code_challenge", challenge)
                .append_pair("code_challenge_method", "S256");
        }
        drop(query);
        Ok(url)
    }

    fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    fn has_pkce(&self) -> bool {
        self.pkce
    }

    fn rotation(&self) -> Rotation {
        self.rotation
    }

    fn introspect(&self, secrets: &Secrets, refresh: &Secret) -> Option<Result<Request>> {
        let to = self.introspect.as_ref()?;
        Some(self.about(to, secrets, refresh))
    }

    fn parse_introspect(&self, response: &Response) -> Result<bool> {
        if !response.is_success() {
            return Err(self.refused(response, "the state of a token was not told"));
        }
        let said: Result<Introspection, _> = serde_json::from_slice(&response.body);
        let malformed = |_| {
            let text = "the answer does not say whether a token is active";
            Error::new(ErrorKind::Malformed, &self.vendor, Operation::Token, text)
                .with_delivery(Delivery::Refused)
        };
        said.map(|said| said.active).map_err(malformed)
    }

    fn revoke(&self, secrets: &Secrets, refresh: &Secret) -> Option<Result<Request>> {
        let to = self.revoke.as_ref()?;
        Some(self.about(to, secrets, refresh))
    }

    fn parse_revoke(&self, response: &Response) -> Result<()> {
        match response.is_success() {
            true => Ok(()),
            false => Err(self.refused(response, "the vendor did not end the grant")),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::header::AUTHORIZATION;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn secrets() -> Secrets {
        let secret = |name: &str, text: &str| (name.to_owned(), Secret::new(text.to_owned()));
        Secrets::new([secret("client_id", "app 1"), secret("client_secret", "s:3")])
    }

    fn flow(client_auth: ClientAuth) -> CodeFlow {
        CodeFlow {
            vendor: Vendor::new("acme").unwrap(),
            api: url("https://api.acme.test/v1"),
            authorize: url("https://login.acme.test/authorize?tenant=7"),
            issuer: None,
            token: Endpoint::of(&url("https://login.acme.test/oauth/token")),
            introspect: Some(Endpoint::of(&url("https://login.acme.test/introspect"))),
            revoke: None,
            client_auth,
            scopes: vec!["rates:read".to_owned(), "rates:write".to_owned()],
            pkce: true,
            rotation: Rotation::Rotates { grace: None },
            lifetimes: Vec::new(),
        }
    }

    /// Address, headers and body as they go over the wire.
    fn wire(request: &Request) -> String {
        let wire = request.expose(&Vendor::new("acme").unwrap()).unwrap();
        let authorization = wire.headers().get(AUTHORIZATION);
        let authorization = authorization.map_or("-", |value| value.to_str().unwrap());
        let body = String::from_utf8_lossy(wire.body()).into_owned();
        format!("{} {authorization} {body}", wire.uri())
    }

    fn exchange(flow: &CodeFlow, ask: Ask<'_>) -> String {
        match flow.grant(&secrets(), ask).unwrap() {
            Grant::Exchange(request) => wire(&request),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_code_is_exchanged_with_its_verifier_and_the_address_it_was_sent_to() {
        let (code, verifier) = (Secret::new("c0de".into()), Secret::new("v".into()));
        let redirect = url("http://127.0.0.1:9/callback");
        let ask = Ask::Code {
            code: &code,
            redirect: &redirect,
            verifier: Some(&verifier),
        };
        insta::assert_snapshot!(
            exchange(&flow(ClientAuth::Post), ask),
            @"https://login.acme.test/oauth/token - grant_type=authorization_code&code=c0de&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcallback&code_verifier=v&client_id=app+1&client_secret=s%3A3"
        );
    }

    #[test]
    fn a_client_proves_who_it_is_in_the_way_its_server_wants() {
        let token = Secret::new("r".into());
        let ways = [ClientAuth::Basic, ClientAuth::None];
        let sent = ways.map(|way| exchange(&flow(way), Ask::Refresh(&token)));
        insta::assert_snapshot!(sent.join("\n"), @r"
        https://login.acme.test/oauth/token Basic YXBwKzE6cyUzQTM= grant_type=refresh_token&refresh_token=r
        https://login.acme.test/oauth/token - grant_type=refresh_token&refresh_token=r&client_id=app+1
        ");
    }

    #[test]
    fn without_code_or_token_a_person_is_asked_by_an_address_without_secrets() {
        let flow = flow(ClientAuth::Basic);
        let first = flow.grant(&secrets(), Ask::First).unwrap();
        assert!(matches!(first, Grant::Person));
        let invitation = Invitation {
            redirect: &url("http://127.0.0.1:9/callback"),
            state: "st4te",
            challenge: Some("ch4llenge"),
        };
        let address = flow.authorize(&secrets(), &invitation).unwrap();
        insta::assert_snapshot!(address, @"https://login.acme.test/authorize?tenant=7&response_type=code&client_id=app+1&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcallback&state=st4te&scope=rates%3Aread+rates%3Awrite&code_challenge=ch4llenge&code_challenge_method=S256");
    }

    #[test]
    fn a_vendor_without_pkce_hears_nothing_of_it() {
        let flow = CodeFlow {
            pkce: false,
            ..flow(ClientAuth::Post)
        };
        let redirect = url("http://127.0.0.1:9/callback");
        let invitation = Invitation {
            redirect: &redirect,
            state: "st4te",
            challenge: Some("ch4llenge"),
        };
        let address = flow.authorize(&secrets(), &invitation).unwrap();
        assert!(!address.as_str().contains("challenge"), "{address}");
        let (code, verifier) = (Secret::new("c0de".into()), Secret::new("v3rifier".into()));
        let ask = Ask::Code {
            code: &code,
            redirect: &redirect,
            verifier: Some(&verifier),
        };
        assert!(!exchange(&flow, ask).contains("verifier"));
    }

    #[test]
    fn only_a_clear_word_tells_whether_a_token_is_good() {
        let flow = flow(ClientAuth::Basic);
        let asked = flow.introspect(&secrets(), &Secret::new("r".into()));
        insta::assert_snapshot!(wire(&asked.unwrap().unwrap()), @"https://login.acme.test/introspect Basic YXBwKzE6cyUzQTM= token=r&token_type_hint=refresh_token");
        let said = |status, body: &str| {
            let response = Response::new(status, body.to_owned());
            flow.parse_introspect(&response)
                .map_err(|error| error.kind())
        };
        assert_eq!(said(200, r#"{"active":true}"#), Ok(true));
        assert_eq!(said(200, r#"{"active":false}"#), Ok(false));
        assert_eq!(said(200, "{}"), Err(ErrorKind::Malformed));
        assert_eq!(said(200, r#"{"active":"yes"}"#), Err(ErrorKind::Malformed));
        assert_eq!(said(401, ""), Err(ErrorKind::Misconfigured));
        assert_eq!(said(503, ""), Err(ErrorKind::Unavailable));
    }
}

//! The token endpoint: an application, its key, and in one of two ways a right to come in.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rackrate_core::clock::Mono;
use rackrate_core::secret::Secret;

use super::Gateway;
use super::http_text::{Answer, Asked};
use super::json::{object, text};

const LIFE_SECONDS: u64 = 3600;
const SCOPE: &str = "urn:opc:hgbu:ws:__myscopes__";
/// As the rendered pages show it.
const THIN_SCOPE: &str = "urn:opc:hgbu:ws:_myscopes_";

impl Gateway {
    pub(super) fn token(&mut self, asked: &Asked, now: Mono) -> Answer {
        if asked.method() != "POST" {
            return self.refuse(405, "", "");
        }
        match self.may_have_a_token(asked) {
            Ok(()) => self.issue(now),
            Err((status, error)) => {
                self.state.record.unauthorised += 1;
                self.denied(status, error)
            }
        }
    }

    fn may_have_a_token(&self, asked: &Asked) -> Result<(), (u16, &'static str)> {
        if !asked.is_of_type("application/x-www-form-urlencoded") {
            return Err((400, "invalid_request"));
        }
        let (id, secret) = basic(asked).ok_or((401, "invalid_client"))?;
        let key = asked.header("x-app-key").ok_or((400, "invalid_request"))?;
        let is = |name: &str, text: &str| self.is_secret(name, text);
        if !is("client_id", &id) || !is("client_secret", &secret) || !is("app_key", key) {
            return Err((401, "invalid_client"));
        }
        match asked.field("grant_type").as_deref() {
            Some("client_credentials") => self.by_client(asked),
            Some("password") => self.by_user(asked),
            _ => Err((400, "unsupported_grant_type")),
        }
    }

    fn by_client(&self, asked: &Asked) -> Result<(), (u16, &'static str)> {
        let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        let enterprise = asked.header("enterpriseid").unwrap_or_default();
        if !(1..=8).contains(&enterprise.len()) || !enterprise.bytes().all(plain) {
            return Err((400, "invalid_request"));
        }
        match asked.field("scope").as_deref() {
            Some(SCOPE) => Ok(()),
            Some(THIN_SCOPE) if self.is("scope_spelling", "any") => Ok(()),
            _ => Err((401, "invalid_scope")),
        }
    }

    fn by_user(&self, asked: &Asked) -> Result<(), (u16, &'static str)> {
        for name in ["username", "password"] {
            let said = asked.field(name).ok_or((400, "invalid_request"))?;
            if !self.is_secret(name, &said) {
                return Err((401, "invalid_grant"));
            }
        }
        Ok(())
    }

    pub(super) fn is_secret(&self, name: &str, text: &str) -> bool {
        self.setup.secrets.get(name).map(Secret::expose) == Some(text)
    }

    fn issue(&mut self, now: Mono) -> Answer {
        let life = self.state.timing.token_life.unwrap_or(LIFE_SECONDS);
        let number = self.state.record.token_requests;
        let mut draws = self.seed.branch(&format!("token-{number}"));
        let token = format!("jwt.{:016x}.{:016x}", draws.draw(), draws.draw());
        self.state.tokens.retain(|_, until| now < *until);
        let until = now.after(Duration::from_secs(life));
        self.state.tokens.insert(token.clone(), until);
        Answer::json(
            200,
            object(&[
                ("access_token", text(&token)),
                ("expires_in", life.to_string()),
                ("token_type", text("Bearer")),
                ("oracle_tk_context", text("user_assertion")),
            ]),
        )
    }

    fn denied(&self, status: u16, error: &str) -> Answer {
        if self.is("empty_errors", "on") {
            return Answer::empty(status);
        }
        let fields = [
            ("error", text(error)),
            ("error_description", text("The token cannot be issued.")),
        ];
        Answer::json(status, object(&fields))
    }
}

fn basic(asked: &Asked) -> Option<(String, String)> {
    let text = asked.header("authorization")?.strip_prefix("Basic ")?;
    let bytes = STANDARD.decode(text).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

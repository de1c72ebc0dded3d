//! Guest data in a vendor's answers, where none belongs: planted on the way back, so that every
//! vendor's simulator leaks it alike.
//!
//! Every JSON object gets members about a guest, texts for people get a sentence about them,
//! names get their contact, and pages and headers say it too. The rest stays byte by byte,
//! because a price that went through a number would no longer be the vendor's.
//!
//! Invariant: an answer means the same to who reads only what the vendor documents.

use bytes::Bytes;
use http::HeaderName;
use http::header::{CONTENT_LENGTH, HeaderValue};
use serde::{Deserialize, Serialize};

/// Who is planted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guest {
    /// First and last name.
    pub name: String,
    /// A mail address.
    pub mail: String,
    /// A phone number, as people write it.
    pub phone: String,
    /// A card number.
    pub card: String,
}

/// Keys whose texts are for people, by the end of their name in small letters.
const SENTENCES: [&str; 7] = [
    "message",
    "messages",
    "detail",
    "details",
    "description",
    "hint",
    "title",
];

impl Guest {
    /// The answer with the guest in it.
    pub(super) fn plant(&self, answer: http::Response<Bytes>) -> http::Response<Bytes> {
        let (mut parts, body) = answer.into_parts();
        parts.headers.remove(CONTENT_LENGTH);
        let header = HeaderName::from_static("x-guest");
        if let Ok(value) = HeaderValue::from_str(&self.sentence()) {
            parts.headers.insert(header, value);
        }
        let body = match body.trim_ascii_start().first() {
            None => body,
            Some(b'{' | b'[') => self.in_json(&body).into(),
            Some(_) => [&body, self.page().as_bytes()].concat().into(),
        };
        http::Response::from_parts(parts, body)
    }

    /// Name and contact, as an error text has them.
    fn sentence(&self) -> String {
        let Self {
            name,
            mail,
            phone,
            card,
        } = self;
        format!("reservation of {name}, {mail}, {phone}, card {card}")
    }

    fn page(&self) -> String {
        let Self { name, mail, .. } = self;
        format!("<p>Guest <b>{name}</b>, <a href=\"mailto:{mail}\">{mail}</a></p>\n")
    }

    /// The contact, as somebody types it into a hotel's name.
    fn contact(&self) -> String {
        let Self { mail, phone, .. } = self;
        format!("({mail}, {phone})")
    }

    fn members(&self) -> String {
        let (first, last) = self.name.split_once(' ').unwrap_or((&self.name, ""));
        let members = [
            ("guestName", self.name.as_str()),
            ("guestFirstName", first),
            ("guestLastName", last),
            ("guestEmail", &self.mail),
            ("guestPhone", &self.phone),
            ("cardNumber", &self.card),
        ];
        let one = |(key, text): (&str, &str)| format!("{}:{}", quoted(key), quoted(text));
        members.map(one).join(",")
    }

    fn in_json(&self, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(body.len() * 2);
        let mut key = Vec::new();
        let mut rest = body;
        while let Some(first) = rest.first() {
            match first {
                b'"' => {
                    let (text, after) = string(rest);
                    out.extend(&text[..text.len() - 1]);
                    if after.trim_ascii_start().starts_with(b":") {
                        key = text.to_ascii_lowercase();
                    } else {
                        out.extend(self.beside(&key).bytes());
                    }
                    out.push(b'"');
                    rest = after;
                }
                b'{' => {
                    out.push(b'{');
                    out.extend(self.members().bytes());
                    rest = &rest[1..];
                    if !rest.trim_ascii_start().starts_with(b"}") {
                        out.push(b',');
                    }
                }
                other => {
                    out.push(*other);
                    rest = &rest[1..];
                }
            }
        }
        out
    }

    /// What is added to the text of a key, which is still in quotes.
    fn beside(&self, key: &[u8]) -> String {
        let key = String::from_utf8_lossy(key);
        let key = key.trim_matches('"');
        let text = if SENTENCES.iter().any(|end| key.ends_with(end)) {
            format!(" ({})", self.sentence())
        } else if key.ends_with("name") {
            format!(" {}", self.contact())
        } else {
            String::new()
        };
        let quoted = quoted(&text);
        quoted[1..quoted.len() - 1].to_owned()
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The string at the beginning, its quotes too, and what follows; all that is left where it
/// does not end.
fn string(text: &[u8]) -> (&[u8], &[u8]) {
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return text.split_at(at + 1),
            _ => escaped = *byte == b'\\' && !escaped,
        }
    }
    (text, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planted(body: &'static str) -> String {
        let guest = Guest {
            name: "Maria Santos".into(),
            mail: "maria@example.com".into(),
            phone: "+351 912 345 678".into(),
            card: "4111111111111111".into(),
        };
        let answer = guest.plant(http::Response::new(Bytes::from_static(body.as_bytes())));
        String::from_utf8(answer.into_body().to_vec()).unwrap()
    }

    #[test]
    fn every_object_speaks_of_the_guest_and_prices_stay_as_they_were_written() {
        let body = planted(r#"{"data":[{"rate":129.00,"note":"a \"{\" b"},{}],"message":"no"}"#);
        assert_eq!(
            body.matches("\"guestEmail\":\"maria@example.com\"").count(),
            3
        );
        assert!(
            body.contains("\"rate\":129.00,\"note\":\"a \\\"{\\\" b\"}"),
            "{body}"
        );
        assert!(
            body.contains("\"message\":\"no (reservation of Maria"),
            "{body}"
        );
        let _: serde_json::Value = serde_json::from_str(&body).unwrap();
    }

    #[test]
    fn names_and_pages_speak_of_them_too_and_nothing_stays_nothing() {
        let named = planted(r#"{"propertyName":"Casa"}"#);
        assert!(named.contains("\"Casa (maria@example.com, +351"), "{named}");
        assert!(planted("<html>").contains("Maria Santos"));
        assert_eq!(planted(""), "");
    }
}

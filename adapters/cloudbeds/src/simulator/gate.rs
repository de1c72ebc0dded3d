//! Who may come in: keys, pace, and which property is meant.

use rackrate_core::clock::Mono;
use rackrate_core::secret::Secrets;
use rackrate_core::simulator::{Hotel, Meter, Record};

use super::http_text::{Answer, Asked};
use super::json::{object, text};

/// The secrets that open the door: a property's key with 5 requests a second, and a
/// partner's with 10.
const CLIENTS: [(&str, u32); 2] = [("api_key", 5), ("partner_api_key", 10)];

/// The client of a credential, by its place.
pub(super) fn client(
    secrets: &Secrets,
    revoked: bool,
    asked: &Asked,
    record: &mut Record,
) -> Result<usize, Answer> {
    let known = |credential: &str| {
        CLIENTS.iter().position(|(name, _)| {
            secrets
                .get(name)
                .is_some_and(|secret| secret.expose() == credential)
        })
    };
    let client = asked.credential.as_deref().map(known);
    if let (Some(Some(client)), false) = (client, revoked) {
        return Ok(client);
    }
    record.unauthorised += 1;
    Err(match client {
        Some(Some(_)) => revoked_key(),
        Some(None) => denied("Access token is invalid"),
        None => denied("Missing \"Authorization\" header"),
    })
}

fn denied(hint: &str) -> Answer {
    let said = "The resource owner or authorization server denied the request.";
    let fields = [
        ("error", text("access_denied")),
        ("error_description", text(said)),
        ("hint", text(hint)),
    ];
    Answer::json(401, object(&fields))
}

fn revoked_key() -> Answer {
    let fields = [
        ("type", text("unauthorized")),
        ("title", text("Unauthorized")),
        ("status", "401".to_owned()),
        ("detail", text("401 UNAUTHORIZED")),
    ];
    Answer::json(401, object(&fields))
}

/// A meter for each client.
pub(super) fn meters() -> Vec<Meter> {
    let second = std::time::Duration::from_secs(1);
    CLIENTS
        .iter()
        .map(|(_, limit)| Meter::new(*limit, second))
        .collect()
}

/// Counts a call; too many are refused, and the vendor does not say until when.
pub(super) fn pace(meter: &mut Meter, now: Mono, record: &mut Record) -> Result<(), Answer> {
    meter.arrive(now).map_err(|_| {
        record.breaches += 1;
        let fields = [
            ("success", "false".to_owned()),
            ("message", text("Too many requests")),
        ];
        Answer::json(429, object(&fields))
    })
}

/// The property meant. All places that name one must name the same: a group's key would
/// else write to the wrong hotel.
pub(super) fn property<'h>(hotels: &'h [Hotel], asked: &Asked) -> Result<&'h Hotel, Answer> {
    let names = [
        asked.fields.text("propertyID"),
        asked.query.text("propertyID"),
        asked.fields.text("propertyIDs"),
        asked.property_header.as_deref(),
    ];
    let mut names = names.into_iter().flatten();
    let Some(name) = names.next() else {
        return match hotels {
            [only] => Ok(only),
            _ => Err(Answer::failure(
                "Please specify \"propertyID\" parameter for this call",
            )),
        };
    };
    let foreign = "None of the included property id's match the access_token user's property id";
    if names.any(|other| other != name) {
        return Err(Answer::failure(foreign));
    }
    let found = hotels.iter().find(|hotel| hotel.id.as_str() == name);
    found.ok_or_else(|| Answer::failure(foreign))
}

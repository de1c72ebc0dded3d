//! Who may come in: keys and tokens, pace, scopes, and which property is meant.

use rackrate_core::clock::Mono;
use rackrate_core::secret::Secrets;
use rackrate_core::simulator::{Hotel, Meter, Record};

use super::grants::Habits;
use super::http_text::{Answer, Asked};
use super::json::{object, text};
use super::state::State;

/// The secrets that say who a client is: a property's key with 5 requests a second, a
/// partner's with 10, and the client whose grants people give with 10.
const CLIENTS: [(&str, u32); 3] = [("api_key", 5), ("partner_api_key", 10), ("client_id", 10)];
/// The place of the client whose grants people give.
pub(super) const OAUTH_CLIENT: usize = 2;

/// Who calls.
#[derive(Debug)]
pub(super) struct Caller {
    /// The client, by its place.
    pub(super) client: usize,
    /// What a grant covers; a key covers everything.
    pub(super) scopes: Option<Vec<String>>,
}

/// The caller of a credential: a key in either header, or an access token as bearer.
pub(super) fn caller(
    secrets: &Secrets,
    state: &mut State,
    asked: &Asked,
    now: Mono,
) -> Result<Caller, Answer> {
    let key = asked.credential.as_deref().and_then(|said| {
        let mut keys = CLIENTS[..OAUTH_CLIENT].iter();
        keys.position(|(name, _)| {
            let key = secrets.get(name);
            key.is_some_and(|key| key.expose() == said)
        })
    });
    if let (Some(client), false) = (key, state.revoked) {
        return Ok(Caller {
            client,
            scopes: None,
        });
    }
    // A token goes as bearer alone, a key by either header.
    let key_of_grant = asked
        .credential
        .as_deref()
        .filter(|said| state.grants.knows_key(said));
    let bearer = asked.bearer.as_deref().or(key_of_grant);
    if let Some(scopes) = bearer.and_then(|token| state.grants.call(token, now)) {
        return Ok(Caller {
            client: OAUTH_CLIENT,
            scopes: Some(scopes),
        });
    }
    state.record.unauthorised += 1;
    Err(match (key, &asked.credential) {
        (Some(_), _) => revoked_key(),
        (None, Some(_)) if key_of_grant.is_some() => revoked_key(),
        (None, Some(_)) => denied("Access token is invalid"),
        (None, None) => denied("Missing \"Authorization\" header"),
    })
}

/// What only a grant can lack: its user, its app, a scope for the method.
pub(super) fn granted(caller: &Caller, habits: &Habits, asked: &Asked) -> Result<(), Answer> {
    let Some(scopes) = &caller.scopes else {
        return Ok(());
    };
    account(habits)?;
    let needed = match asked.method.as_str() {
        "getHotels" => "read:hotel",
        "patchRate" | "putRate" => "write:rate",
        _ => "read:rate",
    };
    match scopes.iter().any(|scope| scope == needed) {
        true => Ok(()),
        false => Err(Answer::failure(
            "Scope required for this call was not granted by property.",
        )),
    }
}

/// What happened to the property's account since a person consented.
pub(super) fn account(habits: &Habits) -> Result<(), Answer> {
    if habits.approver_left {
        return Err(Answer::failure(
            "User who approved this connection is not active anymore",
        ));
    }
    if habits.app_removed {
        return Err(Answer::failure(
            "Application is not available to be connected. Reach out to rackrate support for \
             any questions.",
        ));
    }
    Ok(())
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

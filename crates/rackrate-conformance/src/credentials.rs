//! Clauses A: where a credential goes.

use rackrate_auth::assertion;
use rackrate_core::adapter::{Adapter, ReadAsk};
use rackrate_core::address;
use rackrate_core::auth::{Ask, Grant, Token};
use rackrate_core::clock::Wall;
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::{Operation, Request};
use rackrate_core::secret::{Secret, Secrets};

use crate::clause::{Check, Stop, ensure, skip};
use crate::vendor::Vendor;

/// Occurs nowhere else.
const TOKEN: &str = "planted-access-token-6f1d";

pub(crate) fn token() -> Token {
    Token {
        access: Secret::new(TOKEN.to_owned()),
        lifetime: None,
        refresh: None,
        scope: None,
    }
}

/// A code, its verifier and a refresh token; none of them occurs elsewhere.
const GRANTED: [&str; 3] = [
    "planted-code-0b52",
    "planted-verifier-d3c8",
    "planted-refresh-token-a917",
];

/// What a person's consent is turned into tokens with: the exchange of its code, and that of
/// a refresh token. None where nobody consents.
fn exchanges(vendor: &Vendor, adapter: &dyn Adapter) -> Result<Vec<Request>, Stop> {
    let auth = adapter.auth();
    if auth.consent().is_none() {
        return Ok(Vec::new());
    }
    let [code, verifier, refresh] = GRANTED.map(|text| Secret::new(text.to_owned()));
    let redirect = address::constant("https://rackrate.example.test/callback");
    let asks = [
        Ask::Code {
            code: &code,
            redirect: &redirect,
            verifier: Some(&verifier),
        },
        Ask::Refresh(&refresh),
    ];
    let exchange = |ask: Ask<'_>| -> Result<Request, Stop> {
        match auth.grant(&vendor.secrets, ask)? {
            Grant::Exchange(request) => signed(adapter, *request),
            Grant::Static | Grant::Person => Err("a code or a refresh token is not exchanged"
                .to_owned()
                .into()),
        }
    };
    asks.into_iter().map(exchange).collect()
}

/// The request as it leaves, at some time.
fn signed(adapter: &dyn Adapter, mut request: Request) -> Result<Request, Stop> {
    assertion::sign(&mut request, &adapter.manifest().vendor, Wall(0))?;
    Ok(request)
}

/// One request of every operation that begins an exchange, without credentials.
pub(crate) fn requests(vendor: &Vendor, adapter: &dyn Adapter) -> Result<Vec<Request>, Stop> {
    let mut requests = vec![
        adapter.discover(&vendor.discover)?,
        adapter.read(&ReadAsk {
            target: vendor.target.clone(),
            first: vendor.window.0,
            last: vendor.window.1,
        })?,
    ];
    for chunk in &vendor.chunks {
        requests.push(adapter.push(chunk)?);
    }
    if let (Some(jobs), Some(job), Some(chunk)) =
        (adapter.jobs(), &vendor.job, vendor.chunks.first())
    {
        requests.push(jobs.poll(chunk, job)?);
    }
    Ok(requests)
}

/// The same with credentials, and the token request.
fn complete(vendor: &Vendor, adapter: &dyn Adapter) -> Result<Vec<Request>, Stop> {
    let grant = adapter.auth().grant(&vendor.secrets, Ask::First)?;
    let mut requests = requests(vendor, adapter)?;
    requests.extend(exchanges(vendor, adapter)?);
    if let Grant::Exchange(request) = grant {
        requests.push(signed(adapter, *request)?);
    }
    for request in &mut requests {
        adapter
            .auth()
            .apply(&vendor.secrets, Some(&token()), request)?;
    }
    Ok(requests)
}

pub(crate) fn declared_addresses(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    let bases = &adapter.manifest().bases;
    for request in complete(vendor, &*adapter)? {
        let url = request.url();
        let below = url
            .as_str()
            .starts_with(request.base.as_str().trim_end_matches('/'));
        ensure(bases.contains(&request.base) && below, || {
            format!("{} goes to {url}", request.operation)
        })?;
    }
    Ok(())
}

pub(crate) fn nothing_shown(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    let secrets: Vec<&str> = vendor
        .secrets
        .names()
        .filter_map(|name| vendor.secrets.get(name))
        .map(Secret::expose)
        .chain([TOKEN])
        .chain(GRANTED)
        .collect();
    for request in complete(vendor, &*adapter)? {
        let wire = request.expose(&adapter.manifest().vendor)?;
        for shown in [
            request.url().to_string(),
            format!("{request:?}"),
            format!("{:?}", wire.headers()),
        ] {
            let found = secrets.iter().any(|secret| shown.contains(secret));
            ensure(!found, || format!("{} shows a secret", request.operation))?;
        }
    }
    Ok(())
}

pub(crate) fn no_token_for_a_token(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    let mut requests = exchanges(vendor, &*adapter)?;
    if let Grant::Exchange(request) = adapter.auth().grant(&vendor.secrets, Ask::First)? {
        requests.push(signed(&*adapter, *request)?);
    }
    if requests.is_empty() {
        return Err(skip("there is no token request"));
    }
    for mut request in requests {
        adapter
            .auth()
            .apply(&vendor.secrets, Some(&token()), &mut request)?;
        ensure(places(&*adapter, &request, TOKEN)?.is_empty(), || {
            "the token request carries an access token".to_owned()
        })?;
    }
    Ok(())
}

/// Where in a request a text is, as it goes over the wire.
fn places(adapter: &dyn Adapter, request: &Request, text: &str) -> Result<Vec<&'static str>, Stop> {
    let wire = request.expose(&adapter.manifest().vendor)?;
    let within = |bytes: &[u8]| {
        let mut parts = bytes.windows(text.len());
        parts.any(|part| part == text.as_bytes())
    };
    let mut headers = wire.headers().values();
    let places = [
        ("address", request.url().as_str().contains(text)),
        ("header", headers.any(|value| within(value.as_bytes()))),
        ("body", within(wire.body())),
    ];
    let there = places.into_iter().filter(|(_, there)| *there);
    Ok(there.map(|(place, _)| place).collect())
}

pub(crate) fn grants_in_the_body(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    let exchanges = exchanges(vendor, &*adapter)?;
    let [by_code, by_refresh] = exchanges.as_slice() else {
        return Err(skip("no person gives the grant"));
    };
    let [code, verifier, refresh] = GRANTED;
    for (request, own, may) in [(by_code, code, Some(verifier)), (by_refresh, refresh, None)] {
        let is_token = request.operation == Operation::Token;
        let is_there = (&request.base, &request.path) == (&by_code.base, &by_code.path);
        ensure(is_token && is_there, || {
            format!("the exchange of {own} goes to {}", request.path)
        })?;
        for text in GRANTED {
            let places = places(&*adapter, request, text)?;
            let good = if text == own {
                places == ["body"]
            } else {
                places.is_empty() || (may == Some(text) && places == ["body"])
            };
            ensure(good, || {
                format!("in the exchange of {own}, {text} is in {places:?}")
            })?;
        }
    }
    nowhere_else(vendor, &*adapter)
}

/// With a whole token at hand, calls carry no more of it than access.
fn nowhere_else(vendor: &Vendor, adapter: &dyn Adapter) -> Check {
    let [_, _, refresh] = GRANTED;
    let token = Token {
        refresh: Some(Secret::new(refresh.to_owned())),
        ..token()
    };
    for mut request in requests(vendor, adapter)? {
        let auth = adapter.auth();
        auth.apply(&vendor.secrets, Some(&token), &mut request)?;
        let places = places(adapter, &request, refresh)?;
        ensure(places.is_empty(), || {
            let operation = request.operation;
            format!("{operation} carries the refresh token in {places:?}")
        })?;
    }
    Ok(())
}

pub(crate) fn missing_secret(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    // With all secrets it has to work, else a refusal would mean nothing.
    complete(vendor, &*adapter)?;
    let none = Secrets::default();
    let wrong = match adapter.auth().grant(&none, Ask::First) {
        Err(error) => error,
        Ok(Grant::Exchange(_)) => {
            return Err("a token request was built without secrets"
                .to_owned()
                .into());
        }
        Ok(Grant::Static | Grant::Person) => {
            let mut request = adapter.discover(&vendor.discover)?;
            match adapter.auth().apply(&none, None, &mut request) {
                Err(error) => error,
                Ok(()) => return Err("a call was completed without secrets".to_owned().into()),
            }
        }
    };
    ensure(wrong.kind() == ErrorKind::Misconfigured, || {
        format!("a missing secret is {wrong}")
    })
}

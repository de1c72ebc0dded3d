//! Clauses A: where a credential goes.

use rackrate_core::adapter::{Adapter, ReadAsk};
use rackrate_core::auth::{Ask, Grant, Token};
use rackrate_core::error::ErrorKind;
use rackrate_core::exchange::Request;
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
    if let Grant::Exchange(request) = grant {
        requests.push(*request);
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
    let Grant::Exchange(mut request) = adapter.auth().grant(&vendor.secrets, Ask::First)? else {
        return Err(skip("there is no token request without a person"));
    };
    adapter
        .auth()
        .apply(&vendor.secrets, Some(&token()), &mut request)?;
    let wire = request.expose(&adapter.manifest().vendor)?;
    let text = format!("{}{:?}", request.url(), wire.body());
    let in_header = wire.headers().values().any(|value| {
        value
            .as_bytes()
            .windows(TOKEN.len())
            .any(|part| part == TOKEN.as_bytes())
    });
    ensure(!in_header && !text.contains(TOKEN), || {
        "the token request carries an access token".to_owned()
    })
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

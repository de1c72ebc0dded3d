//! Clauses C: settings.

use rackrate_core::exchange::Operation;
use rackrate_core::scope;
use serde_json::{Value, json};

use crate::clause::{Check, ensure, skip};
use crate::vendor::Vendor;

/// The good settings with one more or other field.
fn with(vendor: &Vendor, name: &str, value: Value) -> Result<String, String> {
    let mut config: Value =
        serde_json::from_str(&vendor.config).map_err(|error| format!("config: {error}"))?;
    config[name] = value;
    Ok(config.to_string())
}

pub(crate) fn unknown_setting(vendor: &Vendor) -> Check {
    vendor.adapter()?;
    let config = with(vendor, "no_adapter_has_such_a_setting", json!(true))?;
    ensure((vendor.build)(&config).is_err(), || {
        "an unknown setting was taken".to_owned()
    })
}

pub(crate) fn plain_http(vendor: &Vendor) -> Check {
    vendor.adapter()?;
    let addresses = addresses(vendor)?;
    if addresses.is_empty() {
        return Err(skip("no setting is an https address"));
    }
    for (name, https) in addresses {
        let plain = with(vendor, &name, json!(https.replacen("https:", "http:", 1)))?;
        ensure((vendor.build)(&plain).is_err(), || {
            format!("plain http to another machine was taken as {name}")
        })?;
    }
    Ok(())
}

/// Settings that are an https address: those given, and `base_url` where it may be given.
fn addresses(vendor: &Vendor) -> Result<Vec<(String, String)>, String> {
    let config: Value =
        serde_json::from_str(&vendor.config).map_err(|error| format!("config: {error}"))?;
    let fields = config.as_object().into_iter().flatten();
    let https = fields.filter_map(|(name, value)| {
        let text = value.as_str().filter(|text| text.starts_with("https:"))?;
        Some((name.clone(), text.to_owned()))
    });
    let mut addresses: Vec<_> = https.collect();
    let (name, other) = ("base_url", "https://api.example.test");
    let free = addresses.is_empty() && (vendor.build)(&with(vendor, name, json!(other))?).is_ok();
    addresses.extend(free.then(|| (name.to_owned(), other.to_owned())));
    Ok(addresses)
}

pub(crate) fn wildcard_scope(vendor: &Vendor) -> Check {
    let scopes = vendor.adapter()?.manifest().scopes.clone();
    if scopes.is_empty() {
        return Err(skip("the vendor has no scopes"));
    }
    ensure(!scopes.iter().any(|scope| scope.contains('*')), || {
        format!("the scopes {scopes:?} are asked for")
    })?;
    match vendor.scopes {
        // A person ticks them at the vendor; there is nothing to set.
        None => Ok(()),
        Some(setting) => wildcard_setting(vendor, setting, &scopes),
    }
}

/// The setting is seen to work with good scopes, else a refusal would mean nothing.
fn wildcard_setting(vendor: &Vendor, setting: &str, good: &[String]) -> Check {
    (vendor.build)(&with(vendor, setting, json!(good))?)?;
    let too_much = [
        "*",
        "rates:*",
        "guests:read",
        "reservations:read",
        "admin",
        "payments",
    ];
    for scopes in too_much.map(|scope| json!([scope])) {
        let config = with(vendor, setting, scopes.clone())?;
        ensure((vendor.build)(&config).is_err(), || {
            format!("the scopes {scopes} were taken")
        })?;
    }
    Ok(())
}

/// Of one who looks, of one who writes, and of the adapter as it is built.
pub(crate) fn scopes_by_operation(vendor: &Vendor) -> Check {
    let adapter = vendor.adapter()?;
    let Some(scopes) = adapter.scopes() else {
        return Err(skip("the vendor has no scopes"));
    };
    let asked = |operations: &[Operation]| {
        let narrowed = adapter.asking_for(operations);
        let manifest = narrowed
            .as_ref()
            .map_or(adapter.manifest(), |one| one.manifest());
        manifest.scopes.clone()
    };
    let (looking, writing) = (asked(&Operation::LOOKING), asked(&Operation::ALL));
    let needed = scopes.of(&Operation::ALL);
    let all = [&adapter.manifest().scopes, &looking, &writing, &needed];
    for scope in all.into_iter().flatten() {
        ensure(scope::refused(scope).is_none(), || {
            format!("the scope {scope} is asked for, which gives more than rates")
        })?;
    }
    for (asked, operations) in [
        (&looking, &Operation::LOOKING[..]),
        (&writing, &Operation::ALL),
    ] {
        let granted = scope::Granted::of(&asked.join(" "));
        for operation in operations {
            let missing = scopes.missing(*operation, &granted);
            ensure(missing.is_empty(), || {
                format!("to {operation}, {missing:?} are needed and not asked for")
            })?;
        }
    }
    let to_look = scopes.of(&Operation::LOOKING);
    let only_to_write = |scope: &&String| !to_look.contains(scope) && needed.contains(scope);
    let too_much: Vec<_> = looking.iter().filter(only_to_write).collect();
    // Of one list for everything nobody can tell what is for writing.
    ensure(too_much.is_empty() || to_look.is_empty(), || {
        format!("who only looks asks for {too_much:?}")
    })
}

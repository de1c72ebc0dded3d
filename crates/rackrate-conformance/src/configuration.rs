//! Clauses C: settings.

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

/// The good settings with each https address as plain http.
pub(crate) fn plain_http(vendor: &Vendor) -> Check {
    vendor.adapter()?;
    let mut config: Value =
        serde_json::from_str(&vendor.config).map_err(|error| format!("config: {error}"))?;
    let fields = config.as_object_mut().into_iter();
    let texts = fields.flat_map(|fields| fields.values_mut());
    let mut any = false;
    for value in texts {
        let plain = value.as_str().and_then(|text| text.strip_prefix("https:"));
        if let Some(rest) = plain {
            *value = json!(format!("http:{rest}"));
            any = true;
        }
    }
    if !any {
        return Err(skip("no setting is an https address"));
    }
    ensure((vendor.build)(&config.to_string()).is_err(), || {
        "plain http to another machine was taken".to_owned()
    })
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
    for scopes in [json!(["*"]), json!(["rates:*"])] {
        let config = with(vendor, setting, scopes.clone())?;
        ensure((vendor.build)(&config).is_err(), || {
            format!("the scopes {scopes} were taken")
        })?;
    }
    Ok(())
}

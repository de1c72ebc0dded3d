//! The settings of a connection whose vendor is described by a file.
//!
//! The file itself is opened by the program, which hands its text over.

use serde::Deserialize;
use url::Url;

use super::description::Description;
use crate::config::check_address;

/// The settings of one connection.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The description.
    pub description: Source,
    /// The address of the API. Default: `bases.api` of the description.
    #[serde(default)]
    pub base_url: Option<Url>,
    /// The address above the token endpoint's path. Default: `bases.token` of the
    /// description, else that of the API.
    #[serde(default)]
    pub token_base_url: Option<Url>,
    /// Allows plain http to other machines, for closed networks. Default: false.
    #[serde(default)]
    pub allow_plain_http: bool,
    /// Scopes to ask for, of those that the description lists. Default: all of them.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
    /// How long reads may still show old prices, in milliseconds. Default: as described.
    #[serde(default)]
    pub settle_ms: Option<u64>,
    /// How long a request may still arrive after it left, in milliseconds. Default: as
    /// described.
    #[serde(default)]
    pub flight_horizon_ms: Option<u64>,
}

/// A file that somebody has read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its name, for messages.
    pub file: String,
    /// What stands in it.
    pub text: String,
}

/// The addresses to use.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    pub(crate) api: Url,
    pub(crate) token: Url,
}

impl Settings {
    /// The addresses, from here or from the description.
    pub(crate) fn addresses(&self, description: &Description) -> Result<Addresses, String> {
        let bases = &description.bases;
        let api = self.base_url.as_ref().or(bases.api.as_ref());
        let api = api.ok_or("base_url is missing, and the description has no bases.api")?;
        // An address of the own would send the secret to one machine and get the token
        // from another.
        let described = bases.token.as_ref().filter(|_| self.base_url.is_none());
        let token = self.token_base_url.as_ref().or(described).unwrap_or(api);
        for (name, url) in [("base_url", api), ("token_base_url", token)] {
            let checked = check_address(name, url, self.allow_plain_http);
            checked.map_err(|error| error.to_string())?;
        }
        Ok(Addresses {
            api: api.clone(),
            token: token.clone(),
        })
    }

    /// The scopes to ask for.
    pub(crate) fn scopes(&self, described: &[String]) -> Result<Vec<String>, String> {
        let Some(asked) = &self.scopes else {
            return Ok(described.to_vec());
        };
        if asked.is_empty() || !asked.iter().all(|scope| described.contains(scope)) {
            let known = described.join(", ");
            return Err(format!(
                "scopes has to name some of the description's: {known}"
            ));
        }
        Ok(asked.clone())
    }
}

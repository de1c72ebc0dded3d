//! Client credentials: where a token comes from, and where it goes (section 1).

use rackrate_core::ids::Vendor;
use rackrate_core::oauth::ClientCredentials;

use crate::config::Config;

pub(crate) type Credentials = ClientCredentials;

pub(crate) fn credentials(vendor: &Vendor, config: &Config) -> Credentials {
    ClientCredentials::new(vendor, &config.base_url, "/token")
}

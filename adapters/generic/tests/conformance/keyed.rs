//! The sample with a grant that a person gives to a client that signs.

use std::sync::LazyLock;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rackrate_conformance::{Portfolio, Vendor};
use rackrate_core::secret::{Secret, Secrets};

use crate::sample::vendor;

const CONFIG: &str = r#"{"base_url":"https://pms.example.test/api","client_auth":"private_key_jwt","client_key_id":"k1","consent":{}}"#;

static KEY: LazyLock<String> = LazyLock::new(|| {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let der = STANDARD.encode(pair.to_pkcs8v1().unwrap().as_ref());
    format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n")
});

pub(crate) fn by_key() -> Vendor {
    let secret = |name: &str, text: &str| (name.to_owned(), Secret::new(text.to_owned()));
    Vendor {
        config: CONFIG.into(),
        portfolio: Portfolio::shared(CONFIG),
        secrets: Secrets::new([
            secret("client_id", "planted-client-41c7"),
            secret("client_key", &KEY),
        ]),
        ..vendor()
    }
}

//! The sample with a grant that a person gives.

use rackrate_conformance::{Portfolio, Vendor};

use crate::sample::vendor;

const CONFIG: &str = r#"{"base_url":"https://pms.example.test/api","consent":{}}"#;

pub(crate) fn by_consent() -> Vendor {
    Vendor {
        config: CONFIG.into(),
        portfolio: Portfolio::shared(CONFIG),
        ..vendor()
    }
}

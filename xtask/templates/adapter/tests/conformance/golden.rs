//! NewVendor's own examples: the answers with their meaning.

use rackrate_conformance::{Golden, Meaning};
use rackrate_core::exchange::{Operation, Response};

/// One answer to begin with: the example of RFC 6750, section 4, at
/// <https://www.rfc-editor.org/rfc/rfc6750#section-4>. Put the vendor's own in its place,
/// failures under a good status too. Those to pushes are about the first chunk.
pub(crate) fn golden() -> Vec<Golden> {
    vec![Golden {
        operation: Operation::Token,
        response: Response::new(200, include_str!("../../fixtures/token.json")),
        meaning: Meaning::Success,
    }]
}

//! Acme's own examples: the answers with their meaning, and the requests word for word.

use rackrate_conformance::{Golden, Meaning};
use rackrate_core::exchange::{Operation, Response};

/// Answers from Acme's page, sections 1 to 5. Those to pushes are about the first chunk.
pub(crate) fn golden() -> Vec<Golden> {
    use Meaning::{Failure, Success};
    use Operation::{Discover, Push, Read, Token};
    let no = r#"{"ok":false,"code":"unknown_rate","message":"STD/BARX"}"#;
    let all = [
        (Token, include_str!("../../fixtures/token.json"), Success),
        (
            Discover,
            include_str!("../../fixtures/hotels.json"),
            Success,
        ),
        (Read, include_str!("../../fixtures/rates.json"), Success),
        (Push, include_str!("../../fixtures/saved.json"), Success),
        (Token, r#"{"error":"invalid_client"}"#, Failure),
        (Discover, no, Failure),
        (Read, no, Failure),
        (Push, no, Failure),
        (Push, r#"{"ok":true,"saved":0}"#, Failure),
    ];
    all.into_iter()
        .map(|(operation, body, meaning)| Golden {
            operation,
            response: Response::new(200, body),
            meaning,
        })
        .collect()
}

#[test]
fn a_push_is_word_for_word_the_one_of_the_page() {
    let vendor = crate::sample::vendor();
    let adapter = (vendor.build)(&vendor.config).unwrap();
    let request = adapter.push(&vendor.chunks[0]).unwrap();
    let body = include_str!("../../fixtures/put.json").trim_end();
    assert_eq!(
        request.shown(),
        format!("PUT https://api.acme.example/v1/rates?hotel=H1 {body}")
    );
}

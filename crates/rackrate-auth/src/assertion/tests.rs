//! Statements, read back and verified as their server would.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use base64::engine::general_purpose::STANDARD;
use rackrate_core::client_auth::KeyJwt;
use serde_json::Value;

use super::*;

/// In milliseconds; 2026-12-01T12:00:00.999Z.
const NOW: Wall = Wall(1_796_126_400_999);

fn pem(der: &[u8]) -> Secret {
    let text = STANDARD.encode(der);
    Secret::new(format!(
        "-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n"
    ))
}

fn p256() -> (Vec<u8>, Secret) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let public = pair.public_key().as_ref().to_vec();
    (public, pem(pair.to_pkcs8v1().unwrap().as_ref()))
}

fn assertion(key: &Secret) -> Assertion {
    Assertion {
        key: key.clone(),
        client: Secret::new("app 1".to_owned()),
        says: KeyJwt {
            audience: "https://id.test".to_owned(),
            key_id: None,
            algorithms: None,
        },
    }
}

fn said(key: &Secret, key_id: Option<&str>) -> String {
    let mut assertion = assertion(key);
    assertion.says.key_id = key_id.map(String::from);
    jwt(&assertion, NOW).unwrap().expose().to_owned()
}

fn read(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn verified(jwt: &str, algorithm: &'static dyn VerificationAlgorithm, public: &[u8]) -> bool {
    let (message, signature) = jwt.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let key = UnparsedPublicKey::new(algorithm, public);
    key.verify(message.as_bytes(), &signature).is_ok()
}

#[test]
fn a_statement_says_who_for_whom_and_for_how_long() {
    let jwt = said(&p256().1, Some("k1"));
    let parts: Vec<_> = jwt.split('.').collect();
    assert_eq!(parts.len(), 3);
    let mut claims = read(parts[1]);
    let name = claims["jti"].take();
    assert!(name.as_str().is_some_and(|name| name.len() >= 43));
    insta::assert_snapshot!(
        format!("{} {claims}", read(parts[0])),
        @r#"{"alg":"ES256","kid":"k1","typ":"JWT"} {"aud":"https://id.test","exp":1796126460,"iat":1796126400,"iss":"app 1","jti":null,"sub":"app 1"}"#
    );
}

#[test]
fn each_kind_of_key_signs_with_its_own_algorithm() {
    let (public, key) = p256();
    let jwt = said(&key, None);
    assert!(verified(&jwt, &ECDSA_P256_SHA256_FIXED, &public));
    assert!(!verified(
        &format!("x{jwt}"),
        &ECDSA_P256_SHA256_FIXED,
        &public
    ));

    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let jwt = said(
        &pem(AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair)
            .unwrap()
            .as_ref()),
        None,
    );
    let public = pair.public_key().as_ref();
    assert!(verified(&jwt, &RSA_PKCS1_2048_8192_SHA256, public));
    assert_eq!(read(jwt.split('.').next().unwrap())["alg"], "RS256");

    // RFC 8410, section 10.3: a key without its public half.
    let key = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC";
    let der = STANDARD.decode(key).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).unwrap();
    let jwt = said(&pem(&der), None);
    assert!(verified(&jwt, &ED25519, pair.public_key().as_ref()));
    assert_eq!(read(jwt.split('.').next().unwrap())["alg"], "EdDSA");
}

#[test]
fn what_the_server_would_not_read_is_not_signed() {
    let mut assertion = assertion(&p256().1);
    let mut signed = |read: &[&str]| {
        assertion.says.algorithms = Some(read.iter().map(ToString::to_string).collect());
        jwt(&assertion, NOW)
            .map(drop)
            .map_err(|why| why.to_string())
    };
    assert_eq!(signed(&["RS256", "ES256"]), Ok(()));
    insta::assert_snapshot!(
        signed(&["RS256", "PS256"]).unwrap_err(),
        @"it is a key that signs by ES256, and the server reads RS256, PS256 only"
    );
}

#[test]
fn no_two_statements_are_the_same() {
    let key = p256().1;
    let name = |jwt: &str| read(jwt.split('.').nth(1).unwrap())["jti"].to_string();
    assert_ne!(name(&said(&key, None)), name(&said(&key, None)));
}

#[test]
fn what_is_no_key_is_told_without_it() {
    let key = |text: &str| Key::of(&Secret::new(text.to_owned())).map(|key| key.algorithm());
    assert_eq!(key("hunter2"), Err(Unsigned::Pem));
    assert_eq!(key(""), Err(Unsigned::Pem));
    let public = "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n";
    assert_eq!(key(public), Err(Unsigned::Pem));
    assert_eq!(key(pem(b"hunter2").expose()), Err(Unsigned::Kind));
}

//! What is believed of a server's metadata, and what is not.

use serde_json::{Value, json};

use super::*;
use crate::client_auth::KeyJwt;

fn issuer(text: &str) -> Issuer {
    Issuer::new(text).unwrap()
}

/// A server whose endpoints are on other hosts, as large ones have them.
fn told() -> Value {
    json!({
        "issuer": "https://id.test",
        "authorization_endpoint": "https://login.id.test/authorize?tenant=7",
        "token_endpoint": "https://tokens.test/v1/token",
        "code_challenge_methods_supported": ["plain", "S256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_post"],
    })
}

fn read(change: impl FnOnce(&mut Value)) -> Result<Metadata, Unfit> {
    let mut told = told();
    change(&mut told);
    Metadata::read(&issuer("https://id.test"), told.to_string().as_bytes())
}

fn signed() -> ClientAuth {
    ClientAuth::PrivateKeyJwt(KeyJwt {
        audience: String::new(),
        key_id: None,
        algorithms: None,
    })
}

#[test]
fn a_server_is_looked_for_where_the_standards_have_it() {
    let places = |text| issuer(text).places().map(|url| url.to_string());
    assert_eq!(
        places("https://id.test"),
        [
            "https://id.test/.well-known/oauth-authorization-server",
            "https://id.test/.well-known/openid-configuration",
        ]
    );
    assert_eq!(
        places("https://id.test/tenant/7/"),
        [
            "https://id.test/.well-known/oauth-authorization-server/tenant/7",
            "https://id.test/tenant/7/.well-known/openid-configuration",
        ]
    );
}

#[test]
fn an_issuer_vouches_for_endpoints_on_other_hosts() {
    let server = read(|_| ()).unwrap();
    assert_eq!(server.token.url().as_str(), "https://tokens.test/v1/token");
    let page = server.consents().unwrap();
    assert_eq!(page.as_str(), "https://login.id.test/authorize?tenant=7");
    assert_eq!((server.introspect, server.revoke), (None, None));
    assert!(!server.names_itself);
}

#[test]
fn only_the_issuer_that_was_asked_is_believed_to_the_letter() {
    for other in [
        "https://id.test/",
        "https://ID.test",
        "https://evil.test",
        "",
    ] {
        let said = read(|told| told["issuer"] = json!(other));
        assert_eq!(said, Err(Unfit::OtherIssuer(other.to_owned())));
    }
}

#[test]
fn no_credential_goes_where_it_could_be_read() {
    for (name, address) in [
        ("token_endpoint", "http://tokens.test/token"),
        ("token_endpoint", "http://127.0.0.1/token"),
        ("token_endpoint", "https://me@tokens.test/token"),
        ("token_endpoint", "https://tokens.test/token?x=1"),
        ("token_endpoint", "ftp://tokens.test/token"),
        ("token_endpoint", "/token"),
        ("authorization_endpoint", "http://login.id.test/authorize"),
        ("authorization_endpoint", "javascript:alert(1)"),
        ("introspection_endpoint", "http://tokens.test/state"),
        ("revocation_endpoint", "http://localhost/revoke"),
    ] {
        let said = read(|told| told[name] = json!(address));
        let why = said.unwrap_err();
        assert!(matches!(why, Unfit::Address(_)), "{address}: {why}");
        assert!(why.to_string().contains(name), "{why}");
    }
}

#[test]
fn an_address_is_mended_where_it_is_wrong() {
    let hint = |address: &str| {
        let said = read(|told| told["token_endpoint"] = json!(address));
        said.unwrap_err().hint()
    };
    assert!(hint("http://tokens.test/token").contains("by https"));
    assert!(hint("https://tokens.test/token?tenant=7").contains("a query"));
}

#[test]
fn a_server_on_this_machine_may_do_without_tls() {
    let home = "http://127.0.0.1:7";
    let told = json!({"issuer": home, "token_endpoint": "http://127.0.0.1:8/token"});
    let server = Metadata::read(&issuer(home), told.to_string().as_bytes()).unwrap();
    assert_eq!(server.token.url().as_str(), "http://127.0.0.1:8/token");
}

#[test]
fn a_weaker_pkce_or_none_is_a_way_to_steal_codes() {
    let methods = |methods: Value| {
        let server = read(|told| told["code_challenge_methods_supported"] = methods);
        server
            .unwrap()
            .consents()
            .map_err(|why| why.to_string())
            .err()
    };
    assert_eq!(
        methods(json!(["plain"])).unwrap(),
        "it offers PKCE with plain, and S256 is needed"
    );
    assert!(methods(json!([])).unwrap().contains("with nothing"));
    assert!(methods(Value::Null).unwrap().contains("with nothing"));
    assert_eq!(methods(json!(["S256"])), None);
}

#[test]
fn a_way_of_proof_that_is_not_offered_is_not_tried() {
    let server = read(|_| ()).unwrap();
    assert_eq!(server.takes(&signed()), Ok(()));
    assert_eq!(server.takes(&ClientAuth::Post), Ok(()));
    assert_eq!(
        server.takes(&ClientAuth::Basic).unwrap_err().to_string(),
        "it does not let clients prove who they are by client_secret_basic, but by private_key_jwt, client_secret_post"
    );
    // RFC 8414: who does not say has Basic.
    let silent = read(|told| told["token_endpoint_auth_methods_supported"] = Value::Null).unwrap();
    assert_eq!(silent.takes(&ClientAuth::Basic), Ok(()));
    assert!(silent.takes(&ClientAuth::Post).is_err());
}

#[test]
fn a_server_that_reads_nothing_that_we_could_sign_is_not_used() {
    let takes = |algorithms: Value, way: &ClientAuth| {
        let name = "token_endpoint_auth_signing_alg_values_supported";
        let server = read(|told| told[name] = algorithms).unwrap();
        server.takes(way).map_err(|why| why.to_string())
    };
    assert_eq!(
        takes(json!(["PS256", "HS256"]), &signed()).unwrap_err(),
        "it reads what clients sign by PS256, HS256, and client_key can sign by ES256, EdDSA, RS256 only"
    );
    assert!(
        takes(json!([]), &signed())
            .unwrap_err()
            .contains("by nothing")
    );
    assert_eq!(takes(json!(["PS256", "EdDSA"]), &signed()), Ok(()));
    assert_eq!(takes(Value::Null, &signed()), Ok(()));
    assert_eq!(takes(json!(["PS256"]), &ClientAuth::Post), Ok(()));
}

#[test]
fn only_a_server_that_lists_its_grant_types_can_lack_one() {
    let gives = |listed: Value, wanted: &'static str| {
        let server = read(|told| told["grant_types_supported"] = listed).unwrap();
        server.gives_for(wanted).map_err(|why| why.to_string())
    };
    let (code, client) = ("authorization_code", "client_credentials");
    assert_eq!(
        gives(json!(["implicit", "refresh_token"]), code).unwrap_err(),
        "it gives no tokens for authorization_code, but for implicit, refresh_token"
    );
    assert_eq!(
        gives(json!([]), client).unwrap_err(),
        "it gives no tokens for client_credentials, but for nothing"
    );
    assert_eq!(gives(json!(["refresh_token", code]), code), Ok(()));
    // Many servers with client credentials say nothing, though that means codes by the standard.
    assert_eq!(gives(Value::Null, client), Ok(()));
}

#[test]
fn what_is_no_metadata_is_told_as_that() {
    let issuer = issuer("https://id.test");
    for body in ["", "<html>", "[]", "{}", "null", r#"{"issuer":7}"#] {
        let said = Metadata::read(&issuer, body.as_bytes());
        assert_eq!(said, Err(Unfit::NoMetadata), "{body}");
    }
    let said = read(|told| told["token_endpoint"] = Value::Null);
    assert_eq!(said, Err(Unfit::Lacks("token_endpoint")));
}

#[test]
fn an_issuer_is_an_address_that_credentials_may_go_to() {
    for bad in [
        "id.test",
        "http://id.test",
        "https://id.test?x=1",
        "https://id.test#x",
        "https://me@id.test",
    ] {
        assert!(Issuer::new(bad).is_err(), "{bad}");
    }
}

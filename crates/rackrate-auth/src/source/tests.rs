//! References of every form: what is read, what is refused, and that none is shown.

use proptest::prelude::*;

use super::*;

fn refused(text: &str) -> ReferenceError {
    SecretRef::parse(text).unwrap_err()
}

#[test]
fn a_secret_in_the_place_of_a_reference_is_refused_unseen() {
    for text in [
        "cbat_s3cr3t",
        "s3cr3t:more",
        "vault:s3cr3t",
        "exec:'s3cr3t",
        "aws-sm:s3cr3t#",
    ] {
        let error = refused(text);
        assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{text}");
    }
}

#[test]
fn each_form_is_read_into_its_parts() {
    let vault = SecretRef::parse("vault:kv/hotel/cloudbeds#client_secret").unwrap();
    let expected = VaultRef {
        mount: "kv".to_owned(),
        path: "hotel/cloudbeds".to_owned(),
        field: "client_secret".to_owned(),
    };
    assert_eq!(vault, SecretRef::Vault(expected));
    let aws = SecretRef::parse("aws-sm:prod/mews#token").unwrap();
    let expected = AwsRef {
        name: "prod/mews".to_owned(),
        field: Some("token".to_owned()),
    };
    assert_eq!(aws, SecretRef::AwsSm(expected));
    let exec = SecretRef::parse("exec:op read 'op://Hotel PMS/key' \"\"").unwrap();
    let expected = Program {
        name: "op".into(),
        arguments: vec!["read".into(), "op://Hotel PMS/key".into(), String::new()],
    };
    assert_eq!(exec, SecretRef::Exec(expected));
}

#[test]
fn what_is_missing_in_a_reference_is_named() {
    use ReferenceError::*;
    let cases = [
        ("env:", NoVariable),
        ("env:A=B", NoVariable),
        ("file:", NoFile),
        ("vault:kv/hotel", NoField),
        ("vault:kv/hotel#", NoField),
        ("vault:kv#field", NoVaultPath),
        ("vault:kv/#field", NoVaultPath),
        ("vault:/hotel#field", NoVaultPath),
        ("vault:kv//hotel#field", NoVaultPath),
        ("vault:kv/../sys#field", NoVaultPath),
        ("aws-sm:", NoAwsName),
        ("aws-sm:#field", NoAwsName),
        ("aws-sm:a b", NoAwsName),
        ("aws-sm:name#", NoAwsField),
        ("exec:", NoProgram),
        ("exec:  ", NoProgram),
        ("exec:'' x", NoProgram),
        ("exec:op \"read", OpenQuote),
        ("file:a\nb", ControlCharacter),
        ("gcp-sm:name", NoReference),
        ("", NoReference),
    ];
    for (text, error) in cases {
        assert_eq!(refused(text), error, "{text:?}");
    }
}

#[test]
fn an_arn_is_a_name() {
    let arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/pms-a1b2c3";
    let SecretRef::AwsSm(aws) = SecretRef::parse(&format!("aws-sm:{arn}#key")).unwrap() else {
        panic!("another form");
    };
    assert_eq!(
        (aws.name.as_str(), aws.field.as_deref()),
        (arn, Some("key"))
    );
}

#[test]
fn a_reference_is_written_as_it_is_read() {
    let text = "\"exec:op read 'a b'\"";
    let reference: SecretRef = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&reference).unwrap(), text);
    let wrong = serde_json::from_str::<SecretRef>("\"s3cr3t\"").unwrap_err();
    assert!(!wrong.to_string().contains("s3cr3t"));
}

fn a_reference() -> impl Strategy<Value = SecretRef> {
    let segment = "[a-zA-Z0-9 _é#?%-]{1,8}";
    let path = prop::collection::vec(segment, 1..4).prop_map(|parts| parts.join("/"));
    let vault = ("[a-z-]{1,8}", path, "[a-zA-Z0-9_/ -]{1,8}");
    let aws = (
        "[a-zA-Z0-9/_+=.@:-]{1,20}",
        prop::option::of("[^\\p{Cc}]{1,8}"),
    );
    let program = (
        "[^\\p{Cc}]{1,8}",
        prop::collection::vec("[^\\p{Cc}]{0,8}", 0..4),
    );
    prop_oneof![
        "[A-Z_]{1,12}".prop_map(SecretRef::Env),
        "[^\\p{Cc}]{1,12}".prop_map(|path| SecretRef::File(path.into())),
        vault.prop_map(|(mount, path, field)| SecretRef::Vault(VaultRef { mount, path, field })),
        aws.prop_map(|(name, field)| SecretRef::AwsSm(AwsRef { name, field })),
        program.prop_map(|(name, arguments)| SecretRef::Exec(Program {
            name: name.into(),
            arguments,
        })),
    ]
}

proptest! {
    #[test]
    fn every_reference_survives_its_text(reference in a_reference()) {
        prop_assert_eq!(SecretRef::parse(&reference.to_string()), Ok(reference));
    }

    #[test]
    fn no_text_makes_the_parser_fail_and_no_error_repeats_it(
        form in prop::sample::select(vec!["", "env:", "file:", "vault:", "aws-sm:", "exec:"]),
        text in "[\\PC#/' \"]{0,3}MARKER[\\PC#/' \"]{0,12}",
    ) {
        if let Err(error) = SecretRef::parse(&format!("{form}{text}")) {
            let shown = format!("{error} {error:?}");
            prop_assert!(!shown.contains("MARKER"));
        }
    }
}

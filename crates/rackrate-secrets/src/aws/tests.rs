//! Secrets Manager behind real sockets: signatures, identities, answers.

use rackrate_auth::source::SecretRef;
use serde_json::json;
use wiremock::matchers::{body_json, header, header_regex, method, path};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};

use super::*;

const DEADLINE: Duration = Duration::from_secs(10);

const KEYS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "AKIDMARKER"),
    ("AWS_SECRET_ACCESS_KEY", "keyMARKER"),
    ("AWS_REGION", "eu-west-1"),
];

fn place(text: &str) -> AwsRef {
    match SecretRef::parse(text).unwrap() {
        SecretRef::AwsSm(place) => place,
        other => panic!("{other:?}"),
    }
}

fn settings(server: &MockServer) -> AwsSettings {
    AwsSettings {
        endpoint: Some(server.uri().parse().unwrap()),
        ..AwsSettings::default()
    }
}

fn aws(server: &MockServer, variables: &[(&str, &str)]) -> Aws {
    let environment = Environment::of(variables.iter().copied());
    Aws::new(settings(server), environment, DEADLINE)
}

fn holding(text: &str) -> ResponseTemplate {
    let body = json!({"Name": "prod/pms", "VersionId": "1", "SecretString": text});
    ResponseTemplate::new(200).set_body_json(body)
}

fn refused(status: u16, code: &str, message: &str) -> ResponseTemplate {
    let code = format!("com.amazonaws.secretsmanager#{code}");
    ResponseTemplate::new(status).set_body_json(json!({"__type": code, "message": message}))
}

fn calls() -> MockBuilder {
    Mock::given(method("POST")).and(path("/"))
}

/// The same, signed with that key for that region.
fn signed(key: &str, region: &str) -> MockBuilder {
    let scope = format!(
        "^AWS4-HMAC-SHA256 Credential={key}/[0-9]{{8}}/{region}/secretsmanager/aws4_request, SignedHeaders=[a-z0-9;-]*x-amz-target[a-z0-9;-]*, Signature=[0-9a-f]{{64}}$"
    );
    calls().and(header_regex("authorization", &scope))
}

/// What the server answers is told so.
async fn told(answer: ResponseTemplate, place: &AwsRef) -> SecretError {
    let server = MockServer::start().await;
    calls().respond_with(answer).mount(&server).await;
    aws(&server, &KEYS).fetch(place).await.unwrap_err()
}

#[tokio::test]
async fn a_secret_is_asked_for_by_one_signed_call() {
    let server = MockServer::start().await;
    let body = json!({"SecretId": "prod/pms"});
    signed("AKIDMARKER", "eu-west-1")
        .and(header("x-amz-target", "secretsmanager.GetSecretValue"))
        .and(header("content-type", "application/x-amz-json-1.1"))
        .and(header(
            "x-amz-content-sha256",
            hex_sha256(body.to_string().as_bytes()).as_str(),
        ))
        .and(header_regex("x-amz-date", "^[0-9]{8}T[0-9]{6}Z$"))
        .and(body_json(body))
        .respond_with(holding("plain text"))
        .expect(1)
        .mount(&server)
        .await;
    let secret = aws(&server, &KEYS).fetch(&place("aws-sm:prod/pms")).await;
    assert_eq!(secret.unwrap().expose(), "plain text");
}

#[tokio::test]
async fn a_field_is_taken_out_of_a_json_secret_each_time_anew() {
    let server = MockServer::start().await;
    let first = calls()
        .respond_with(holding(r#"{"key": "one"}"#))
        .up_to_n_times(1);
    first.mount(&server).await;
    calls()
        .respond_with(holding(r#"{"key": "two"}"#))
        .mount(&server)
        .await;
    let (aws, key) = (aws(&server, &KEYS), place("aws-sm:prod/pms#key"));
    assert_eq!(aws.fetch(&key).await.unwrap().expose(), "one");
    assert_eq!(aws.fetch(&key).await.unwrap().expose(), "two");
}

#[tokio::test]
async fn an_arn_is_asked_for_in_its_own_region_with_the_session() {
    let server = MockServer::start().await;
    signed("AKIDMARKER", "us-east-2")
        .and(header("x-amz-security-token", "sessionMARKER"))
        .respond_with(holding("v"))
        .expect(1)
        .mount(&server)
        .await;
    let variables = [&KEYS[..], &[("AWS_SESSION_TOKEN", "sessionMARKER")]].concat();
    let arn = place("aws-sm:arn:aws:secretsmanager:us-east-2:111122223333:secret:pms-a1b2c3");
    aws(&server, &variables).fetch(&arn).await.unwrap();
}

#[tokio::test]
async fn a_named_profile_is_used_and_nothing_else() {
    let server = MockServer::start().await;
    signed("AKIDPROFILE", "eu-west-1")
        .respond_with(holding("v"))
        .expect(1)
        .mount(&server)
        .await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials");
    let keys = "[hotels]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = keyMARKER\n";
    std::fs::write(&file, keys).unwrap();
    let file = file.display().to_string();
    let variables = [&KEYS[..], &[("AWS_SHARED_CREDENTIALS_FILE", file.as_str())]].concat();
    let with = |profile: &str| {
        let mut aws = aws(&server, &variables);
        aws.settings.profile = Some(profile.to_owned());
        aws
    };
    with("hotels")
        .fetch(&place("aws-sm:prod/pms"))
        .await
        .unwrap();
    let error = with("another")
        .fetch(&place("aws-sm:prod/pms"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "secret.misconfigured");
}

#[tokio::test]
async fn a_machine_is_asked_for_its_role() {
    let server = MockServer::start().await;
    let role = "/latest/meta-data/iam/security-credentials/";
    let given = json!({"Code": "Success", "AccessKeyId": "AKIDROLE", "SecretAccessKey": "k",
        "Token": "t", "Expiration": "2100-01-01T00:00:00Z"});
    Mock::given(path("/latest/api/token"))
        .respond_with(ResponseTemplate::new(200).set_body_string("imds"))
        .mount(&server)
        .await;
    Mock::given(path(role))
        .respond_with(ResponseTemplate::new(200).set_body_string("hotels"))
        .mount(&server)
        .await;
    Mock::given(path(format!("{role}hotels")))
        .and(header("x-aws-ec2-metadata-token", "imds"))
        .respond_with(ResponseTemplate::new(200).set_body_json(given))
        .expect(1)
        .mount(&server)
        .await;
    signed("AKIDROLE", "eu-west-1")
        .respond_with(holding("v"))
        .expect(2)
        .mount(&server)
        .await;
    let at = server.uri();
    let variables = [KEYS[2], ("AWS_EC2_METADATA_SERVICE_ENDPOINT", at.as_str())];
    let aws = aws(&server, &variables);
    aws.fetch(&place("aws-sm:prod/pms")).await.unwrap();
    aws.fetch(&place("aws-sm:prod/pms")).await.unwrap();
}

#[tokio::test]
async fn a_container_is_asked_for_its_role_with_its_token() {
    let server = MockServer::start().await;
    let given = json!({"AccessKeyId": "AKIDTASK", "SecretAccessKey": "k", "Token": "t",
        "Expiration": "2100-01-01T00:00:00Z"});
    Mock::given(path("/v1/credentials"))
        .and(header("authorization", "task"))
        .respond_with(ResponseTemplate::new(200).set_body_json(given))
        .mount(&server)
        .await;
    signed("AKIDTASK", "eu-west-1")
        .respond_with(holding("v"))
        .expect(1)
        .mount(&server)
        .await;
    let at = format!("{}/v1/credentials", server.uri());
    let variables = [
        KEYS[2],
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", at.as_str()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "task"),
    ];
    let aws = aws(&server, &variables);
    aws.fetch(&place("aws-sm:prod/pms")).await.unwrap();
}

#[tokio::test]
async fn a_web_identity_that_is_broken_is_not_replaced_by_another_one() {
    let server = MockServer::start().await;
    let at = server.uri();
    let variables = [
        KEYS[2],
        ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/hotels"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/rackrate/no/such/token"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", at.as_str()),
    ];
    let error = aws(&server, &variables)
        .fetch(&place("aws-sm:prod/pms"))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "AWS: the web identity is not set up rightly"
    );
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn credentials_that_became_invalid_are_looked_for_once_more() {
    let server = MockServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials");
    let write = |id: &str| {
        let keys = format!("[default]\naws_access_key_id={id}\naws_secret_access_key=k\n");
        std::fs::write(&file, keys).unwrap();
    };
    let shown = file.display().to_string();
    let variables = [KEYS[2], ("AWS_SHARED_CREDENTIALS_FILE", shown.as_str())];
    let aws = aws(&server, &variables);
    write("AKIDOLD");
    signed("AKIDOLD", "eu-west-1")
        .respond_with(holding("v"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    aws.fetch(&place("aws-sm:prod/pms")).await.unwrap();
    write("AKIDNEW");
    let gone = refused(400, "UnrecognizedClientException", "no");
    signed("AKIDOLD", "eu-west-1")
        .respond_with(gone)
        .expect(1)
        .mount(&server)
        .await;
    signed("AKIDNEW", "eu-west-1")
        .respond_with(holding("w"))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(
        aws.fetch(&place("aws-sm:prod/pms")).await.unwrap().expose(),
        "w"
    );
}

#[tokio::test]
async fn what_aws_answers_is_told_by_its_kind() {
    let binary = json!({"Name": "x", "SecretBinary": "TUFSS0VS"});
    let cases = [
        (
            refused(400, "ResourceNotFoundException", "MARKER"),
            "secret.not_found",
            "no such secret",
        ),
        (
            refused(400, "InvalidRequestException", "MARKER"),
            "secret.not_found",
            "state",
        ),
        (
            refused(
                400,
                "AccessDeniedException",
                "User: arn:x is not authorized",
            ),
            "secret.refused",
            "User: arn:x",
        ),
        (
            refused(
                400,
                "InvalidSignatureException",
                "x-amz-security-token:MARKER",
            ),
            "secret.refused",
            "InvalidSignature",
        ),
        (
            refused(400, "ThrottlingException", "MARKER"),
            "secret.unavailable",
            "Throttling",
        ),
        (
            ResponseTemplate::new(503),
            "secret.unavailable",
            "status 503",
        ),
        (
            ResponseTemplate::new(200).set_body_json(binary),
            "secret.unusable",
            "binary",
        ),
        (
            ResponseTemplate::new(200).set_body_string("MARKER"),
            "secret.unusable",
            "none of",
        ),
    ];
    for (answer, code, words) in cases {
        let error = told(answer, &place("aws-sm:prod/pms")).await;
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(words), "{error}");
        assert!(!format!("{error:?}").contains("MARKER"), "{error:?}");
    }
}

#[tokio::test]
async fn a_plain_secret_has_no_fields_and_is_not_shown() {
    let error = told(holding("MARKER"), &place("aws-sm:prod/pms#key")).await;
    assert_eq!(error.to_string(), "it is not a JSON object");
    assert!(!format!("{error:?}").contains("MARKER"));
}

#[tokio::test]
async fn what_is_kept_does_not_print() {
    let server = MockServer::start().await;
    calls().respond_with(holding("MARKER")).mount(&server).await;
    let aws = aws(&server, &KEYS);
    aws.fetch(&place("aws-sm:prod/pms")).await.unwrap();
    assert!(!format!("{aws:?}").contains("MARKER"), "{aws:?}");
}

#[tokio::test]
async fn without_credentials_or_region_nothing_is_asked() {
    let server = MockServer::start().await;
    let off = ("AWS_EC2_METADATA_DISABLED", "true");
    let error = aws(&server, &[KEYS[2], off])
        .fetch(&place("aws-sm:prod/pms"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "secret.misconfigured");
    assert!(error.to_string().contains("no AWS credentials"), "{error}");
    let error = aws(&server, &KEYS[..2])
        .fetch(&place("aws-sm:prod/pms"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("in which region"), "{error}");
    assert!(server.received_requests().await.unwrap().is_empty());
}

//! The checker can fail.

use super::*;

const STRUCTURE: &str = r#"{
    "about": {"vendor": "acme", "path": "/rates", "source": "", "version": "1", "notes": []},
    "body": {"type": "object", "required": ["id"], "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 4},
        "code": {"type": "string", "enum": ["Open", "Closed"]},
        "from": {"type": "string", "format": "date"},
        "rates": {"type": "array", "maxItems": 2, "items": {"type": "number"}},
        "stay": {"type": "integer", "nullable": true},
        "closed": {"type": "boolean"}}}
}"#;

fn faults(body: &str, spelling: Spelling) -> Vec<String> {
    let structure = Structure::read(STRUCTURE).unwrap();
    structure.weigh(body, spelling).unwrap()
}

#[test]
fn what_fits_has_no_faults() {
    let full =
        r#"{"id":"7","code":"Open","from":"2027-03-28","rates":[129.00,0],"stay":2,"closed":true}"#;
    assert_eq!(faults(full, Spelling::Json), [""; 0]);
    assert_eq!(faults(r#"{"id":"7","stay":null}"#, Spelling::Json), [""; 0]);
    let form = r#"{"id":"7","rates":["129.00"],"stay":"2","closed":"false"}"#;
    assert_eq!(faults(form, Spelling::Form), [""; 0]);
}

#[test]
fn every_kind_of_fault_is_told_with_its_place() {
    for (body, fault) in [
        ("[]", "body: [] is no Object"),
        ("{}", "body: id is missing"),
        (r#"{"id":7}"#, "body.id: 7 is no String"),
        (r#"{"id":"12345"}"#, "body.id: 5 characters, 1 to 4"),
        (r#"{"id":""}"#, "body.id: 0 characters, 1 to 4"),
        (r#"{"id":"7","Rates":[]}"#, "body.Rates: no such member"),
        (
            r#"{"id":"7","code":"Shut"}"#,
            r#"body.code: "Shut" is none of the values"#,
        ),
        (
            r#"{"id":"7","from":"2027-02-29"}"#,
            r#"body.from: "2027-02-29" is no date"#,
        ),
        (r#"{"id":"7","rates":{}}"#, "body.rates: {} is no Array"),
        (
            r#"{"id":"7","rates":["129.00"]}"#,
            r#"body.rates[0]: "129.00" is no Number"#,
        ),
        (
            r#"{"id":"7","rates":[1,2,3]}"#,
            "body.rates: 3 items, at most 2",
        ),
        (r#"{"id":"7","stay":2.5}"#, "body.stay: 2.5 is no Integer"),
        (r#"{"id":"7","closed":1}"#, "body.closed: 1 is no Boolean"),
        (
            r#"{"id":"7","closed":null}"#,
            "body.closed: null is no Boolean",
        ),
    ] {
        assert_eq!(faults(body, Spelling::Json), [fault]);
    }
}

#[test]
fn a_form_has_texts_alone_and_they_have_to_read_as_what_is_meant() {
    let wrong = r#"{"id":"7","rates":["129,00"],"stay":"2.5","closed":"yes"}"#;
    assert_eq!(
        faults(wrong, Spelling::Form),
        [
            r#"body.closed: "yes" is no Boolean"#,
            r#"body.rates[0]: "129,00" is no Number"#,
            r#"body.stay: "2.5" is no Integer"#,
        ]
    );
}

#[test]
fn a_word_that_is_not_checked_is_refused() {
    let text = STRUCTURE.replace("\"maxItems\": 2", "\"uniqueItems\": true");
    assert!(Structure::read(&text).is_err());
}

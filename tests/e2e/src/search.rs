//! Looks for a text in bytes in every form in which it could have got there.

/// A form, and the bytes a text has in it.
pub type Form = (&'static str, Vec<u8>);

/// Every form of a text: plain, base64 at three offsets, hex, URL form.
pub fn forms(text: &str) -> Vec<Form> {
    let bytes = text.as_bytes();
    let upper = hex(bytes).to_ascii_uppercase();
    let mut forms = vec![
        ("plain", bytes.to_vec()),
        ("hex", hex(bytes).into_bytes()),
        ("hex, capitals", upper.into_bytes()),
        ("URL form", url_form(bytes, true).into_bytes()),
        (
            "URL form, spaces as %20",
            url_form(bytes, false).into_bytes(),
        ),
    ];
    forms.extend(
        ["base64 at 0", "base64 at 1", "base64 at 2"]
            .into_iter()
            .zip((0..3).map(|offset| inner_base64(bytes, offset, b"+/"))),
    );
    forms.extend(
        ["base64url at 0", "base64url at 1", "base64url at 2"]
            .into_iter()
            .zip((0..3).map(|offset| inner_base64(bytes, offset, b"-_"))),
    );
    forms
}

/// The forms of a text that occur in bytes.
pub fn found(text: &str, within: &[u8]) -> Vec<&'static str> {
    // The search in texts is the standard library's and fast; what is no text in the bytes is
    // replaced, and no form holds any of that.
    let within = String::from_utf8_lossy(within);
    let is_there = |(_, form): &Form| within.contains(&*String::from_utf8_lossy(form));
    let there = forms(text).into_iter().filter(is_there);
    there.map(|(name, _)| name).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn url_form(bytes: &[u8], plus: bool) -> String {
    let one = |byte: &u8| match byte {
        b' ' if plus => "+".to_owned(),
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(*byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    bytes.iter().map(one).collect()
}

/// The characters that base64 gives a text which begins `offset` bytes after a multiple of
/// three, without those that its unknown neighbours share.
fn inner_base64(bytes: &[u8], offset: usize, last: &[u8; 2]) -> Vec<u8> {
    let mut padded = vec![0; offset];
    padded.extend(bytes);
    let all = base64(&padded, last);
    // The first characters mix with what is before, the last one with what comes after.
    let from = [0, 2, 3][offset];
    let to = padded.len() * 8 / 6;
    all[from..to].to_vec()
}

/// Base64 without padding; `last` are the two characters in which its alphabets differ.
pub fn base64(bytes: &[u8], last: &[u8; 2]) -> Vec<u8> {
    let alphabet: Vec<u8> = (b'A'..=b'Z')
        .chain(b'a'..=b'z')
        .chain(b'0'..=b'9')
        .chain(*last)
        .collect();
    let mut text = Vec::new();
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or_default());
        let number = byte(0) << 16 | byte(1) << 8 | byte(2);
        let digits = (0..=group.len()).map(|at| number >> (18 - 6 * at) & 63);
        text.extend(digits.map(|digit| alphabet[digit as usize]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        let text = |bytes: &[u8]| String::from_utf8(base64(bytes, b"+/")).unwrap();
        assert_eq!(text(b"foobar"), "Zm9vYmFy");
        assert_eq!(text(b"fooba"), "Zm9vYmE");
        assert_eq!(text(b"foob"), "Zm9vYg");
    }

    #[test]
    fn a_text_is_found_in_each_form_and_at_every_offset_of_base64() {
        let text = "hunter2 & co/é";
        for (name, form) in forms(text) {
            assert!(found(text, &form).contains(&name), "{name}");
        }
        for before in ["", "a", "ab", "abc"] {
            let mixed = base64(format!("{before}{text}tail").as_bytes(), b"+/");
            let form = format!("base64 at {}", before.len() % 3);
            assert!(found(text, &mixed).contains(&form.as_str()), "{form}");
        }
        assert!(found(text, b"hunter1 & co/e").is_empty());
    }
}

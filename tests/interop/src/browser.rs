//! A browser with a person who lets it go where it is sent: it keeps cookies and follows
//! redirects within one server.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

use url::Url;

/// More steps than a sign-in has.
const STEPS: usize = 20;

/// Goes from an address to where the server sends the browser away, which is not opened.
pub(crate) fn consent(address: &str) -> Url {
    let mut at = Url::parse(address).expect("an address");
    let server = at.origin();
    let mut cookies = BTreeMap::new();
    for _ in 0..STEPS {
        let answer = get(&at, &cookies);
        let head = answer.split("\r\n\r\n").next().unwrap_or_default();
        let mut to = None;
        for line in head.lines() {
            let Some((name, value)) = line.split_once(": ") else {
                continue;
            };
            match name.to_ascii_lowercase().as_str() {
                "location" => to = at.join(value).ok(),
                "set-cookie" => keep(&mut cookies, value),
                _ => {}
            }
        }
        at = to.unwrap_or_else(|| panic!("nobody is sent on from {at}: {answer}"));
        if at.origin() != server {
            return at;
        }
    }
    panic!("the sign-in does not end, at {at}")
}

/// A cookie without a value is one that was taken back.
fn keep(cookies: &mut BTreeMap<String, String>, cookie: &str) {
    let pair = cookie.split(';').next().unwrap_or_default();
    let Some((name, value)) = pair.split_once('=') else {
        return;
    };
    match value.is_empty() {
        true => cookies.remove(name),
        false => cookies.insert(name.to_owned(), value.to_owned()),
    };
}

fn get(at: &Url, cookies: &BTreeMap<String, String>) -> String {
    let host = format!(
        "{}:{}",
        at.host_str().unwrap_or_default(),
        at.port().unwrap_or(80)
    );
    let path = &at[url::Position::BeforePath..];
    let cookies: Vec<_> = cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncookie: {}\r\n\r\n",
        cookies.join("; ")
    );
    let mut stream = TcpStream::connect(&host).expect("the server listens");
    stream
        .write_all(request.as_bytes())
        .expect("the server reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the server answers");
    String::from_utf8_lossy(&answer).into_owned()
}

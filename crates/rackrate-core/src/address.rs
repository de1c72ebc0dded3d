//! Addresses that a connection is given: which of them may be used, and how an identifier
//! becomes a part of one.
//!
//! Credentials travel to these addresses, so every adapter takes the same ones: https
//! anywhere, plain http to the own machine only, where simulators and test doubles are.
//!
//! Invariant: an address that passes [`check`] gets a path added to it and nothing else of
//! it changes or leaks.

use url::{Host, Url};

use crate::error::{Error, Result};
use crate::exchange::Operation;
use crate::ids::{Vendor, VendorId};

/// Why an address cannot be used; names the setting that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is not one that a path can be added to.
    #[error("{0} has to be an http or https address without user, query or fragment")]
    Form(&'static str),
    /// Secrets would travel readable.
    #[error("{0} is plain http to another machine; use https")]
    Plain(&'static str),
}

/// Whether requests with credentials may go to that address, which `setting` gave.
///
/// # Errors
/// [`AddressError::Form`] for what no path can be added to or what carries more than an
/// address, [`AddressError::Plain`] only for what is good but for its http.
pub fn check(setting: &'static str, url: &Url) -> Result<(), AddressError> {
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    match url.scheme() {
        "https" if bare => Ok(()),
        "http" if bare && is_own_machine(url) => Ok(()),
        "http" if bare => Err(AddressError::Plain(setting)),
        _ => Err(AddressError::Form(setting)),
    }
}

/// Whether it leads to the machine we run on: `localhost`, 127.0.0.0/8 or `::1`.
pub fn is_own_machine(url: &Url) -> bool {
    url.host().is_some_and(|host| is_own_host(&host))
}

/// The same of a host alone.
pub fn is_own_host(host: &Host<impl AsRef<str>>) -> bool {
    match host {
        Host::Domain(name) => name.as_ref() == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// An address that stands in an adapter's source, such as a vendor's own as the default of a
/// setting.
///
/// # Panics
/// When the text is no address. It is a constant, so the first test that builds the adapter
/// finds that out.
#[expect(
    clippy::expect_used,
    reason = "the text is a constant of an adapter, parsed in its first test"
)]
pub fn constant(text: &'static str) -> Url {
    text.parse().expect("a constant address")
}

/// An identifier as one segment of a path: everything but unreserved characters (RFC 3986,
/// section 2.3) percent-encoded, whatever the vendor put into it.
///
/// # Errors
/// [`crate::error::ErrorKind::Bug`] for `.` and `..`: addresses are shortened by such segments,
/// encoded or not.
pub fn segment(vendor: &Vendor, operation: Operation, id: &VendorId) -> Result<String> {
    if matches!(id.as_str(), "." | "..") {
        let text = "an identifier that would lead to another path";
        return Err(Error::bug(vendor, operation, text));
    }
    let encoded = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    Ok(id.as_str().bytes().map(encoded).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(id: &VendorId) -> Result<String, ()> {
        let vendor = Vendor::constant("acme");
        segment(&vendor, Operation::Read, id).map_err(|_| ())
    }

    fn checked(text: &str) -> Result<(), AddressError> {
        check("base_url", &text.parse().unwrap())
    }

    #[test]
    fn https_goes_anywhere_and_plain_http_stays_at_home() {
        for good in [
            "https://api.example.test",
            "https://api.example.test:8443/v1/",
            "https://10.0.0.1",
            "http://localhost:7181/v1",
            "http://127.0.0.1",
            "http://127.255.0.9:80",
            "http://[::1]:7181",
        ] {
            assert_eq!(checked(good), Ok(()), "{good}");
        }
        for plain in [
            "http://api.example.test",
            "http://localhost.example.test",
            "http://10.0.0.1",
            "http://0.0.0.0",
            "http://128.0.0.1",
            "http://[::2]",
            "http://[::ffff:10.0.0.1]",
        ] {
            assert_eq!(
                checked(plain),
                Err(AddressError::Plain("base_url")),
                "{plain}"
            );
        }
    }

    #[test]
    fn an_address_carries_nothing_but_where_to() {
        for odd in [
            "https://user@api.example.test",
            "https://:word@api.example.test",
            "https://api.example.test/?x=1",
            "https://api.example.test/?",
            "https://api.example.test/#here",
            "http://user@localhost",
            "ftp://api.example.test",
            "mailto:a@b",
            "file:///v1",
        ] {
            assert_eq!(checked(odd), Err(AddressError::Form("base_url")), "{odd}");
        }
    }

    #[test]
    fn an_error_names_the_setting() {
        let plain = checked("http://api.example.test").unwrap_err();
        insta::assert_snapshot!(plain, @"base_url is plain http to another machine; use https");
    }

    #[test]
    fn an_identifier_stays_one_segment_whatever_it_holds() {
        let of = |id| encoded(&VendorId::new(id).unwrap());
        assert_eq!(of("MUC-BAR_1.a~").as_deref(), Ok("MUC-BAR_1.a~"));
        let odd = "a/b?c#d%2e é,";
        assert_eq!(of(odd).as_deref(), Ok("a%2Fb%3Fc%23d%252e%20%C3%A9%2C"));
        assert_eq!(of("...").as_deref(), Ok("..."));
        assert_eq!([of("."), of("..")], [Err(()), Err(())]);
    }

    proptest! {
        #[test]
        fn a_segment_is_read_back_as_the_identifier(text in "[^\\p{Cc}]{1,12}") {
            prop_assume!(!text.trim().is_empty());
            let id = VendorId::new(&text).unwrap();
            prop_assume!(!matches!(id.as_str(), "." | ".."));
            let mut url = constant("https://api.example.test/v1");
            url.set_path(&format!("/v1/{}/rates", encoded(&id).unwrap()));
            let segments: Vec<_> = url.path().split('/').collect();
            prop_assert_eq!(segments.len(), 4);
            let pair = format!("x={}", segments[2].replace('+', "%2B"));
            let read = form_urlencoded::parse(pair.as_bytes()).next().unwrap().1;
            prop_assert_eq!(read.as_ref(), id.as_str());
        }
    }
}

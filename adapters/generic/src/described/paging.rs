//! The next page, in any of the ways that a description knows.
//!
//! Invariant: pages end. One that names itself as the next is an error, and so is the
//! thousandth.

use rackrate_core::adapter::{Carry, Step};
use rackrate_core::error::{Error, Result};
use rackrate_core::exchange::{Operation, Request};
use rackrate_core::ids::Vendor;
use serde::{Deserialize, Serialize};
use url::Url;

use super::description::{LastPage, Next, Size};
use super::json::Json;
use super::route::Route;

/// More pages than any window has: more is a server that invents them for ever.
const MAX_PAGES: u32 = 1_000;

/// What a parser tells itself across pages.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Paging {
    /// The cursor or link that led to this page.
    from: Option<String>,
    /// Pages before this one.
    pages: u32,
}

/// Who asks, for its errors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker<'a> {
    pub(crate) vendor: &'a Vendor,
    pub(crate) operation: Operation,
    pub(crate) base: &'a Url,
}

/// Adds what the first page needs.
pub(crate) fn first(next: Option<&Next>, request: Request) -> Request {
    match next {
        Some(Next::Page {
            parameter, first, ..
        }) => request.with_query(parameter, first),
        _ => request,
    }
}

/// What to ask after this page; `plain` is the request without its page.
pub(crate) fn after(
    asker: Asker<'_>,
    next: Option<&Next>,
    carry: &Carry,
    body: &Json,
    plain: Request,
) -> Result<Step<()>> {
    let unclear = |text: &str| Error::malformed(asker.vendor, asker.operation, text);
    let paging: Paging = carry.get().map_err(|error| {
        let text = "the carry is not of this question";
        Error::bug(asker.vendor, asker.operation, text).with_source(error)
    })?;
    let told = told(next, &paging, body).map_err(|text| unclear(&text))?;
    let Some((request, from)) = told.request(asker, plain)? else {
        return Ok(Step::Done(()));
    };
    if from.is_some() && from == paging.from {
        return Err(unclear("the page names itself as the next one"));
    }
    let pages = paging.pages.saturating_add(1);
    if pages >= MAX_PAGES {
        return Err(unclear("the pages do not end"));
    }
    let carry = Carry::of(&Paging { from, pages })
        .map_err(|error| unclear("the page cannot be kept").with_source(error))?;
    Ok(Step::Next {
        request: Box::new(request),
        carry,
    })
}

/// What a page says of the next one.
enum Told<'n> {
    Last,
    Cursor(&'n str, String),
    Link(String),
    Page(&'n str, u64),
}

impl Told<'_> {
    /// The next question, and what to know it by.
    fn request(
        self,
        asker: Asker<'_>,
        plain: Request,
    ) -> Result<Option<(Request, Option<String>)>> {
        Ok(match self {
            Self::Last => None,
            Self::Cursor(name, cursor) => Some((plain.with_query(name, &cursor), Some(cursor))),
            Self::Page(name, page) => Some((plain.with_query(name, page), None)),
            Self::Link(link) => {
                let bases = std::slice::from_ref(asker.base);
                let request = Request::follow(asker.operation, asker.vendor, bases, &link)?;
                let headers = plain.headers;
                Some((Request { headers, ..request }, Some(link)))
            }
        })
    }
}

fn told<'n>(next: Option<&'n Next>, paging: &Paging, body: &Json) -> Result<Told<'n>, String> {
    Ok(match next {
        None => Told::Last,
        Some(Next::Cursor { at, parameter }) => match text(at, body)? {
            Some(cursor) => Told::Cursor(parameter, cursor),
            None => Told::Last,
        },
        Some(Next::Link { at }) => match text(at, body)? {
            Some(link) => Told::Link(link),
            None => Told::Last,
        },
        Some(Next::Page {
            parameter,
            first,
            last,
        }) => {
            let read = u64::from(paging.pages) + 1;
            let (at, each) = match last {
                LastPage::Pages(at) => (at, 1),
                LastPage::Items { at, size } => (at, items(size, body)?),
            };
            let all = at
                .find(body)
                .and_then(Json::whole)
                .ok_or("the page does not say how many there are")?;
            match read.saturating_mul(each) < all {
                true => Told::Page(parameter, u64::from(*first) + read),
                false => Told::Last,
            }
        }
    })
}

/// Items on a page; with none the pages would not end.
fn items(size: &Size, body: &Json) -> Result<u64, String> {
    let size = match size {
        Size::Fixed(size) => Some(u64::from(*size)),
        Size::At(at) => at.find(body).and_then(Json::whole),
    };
    let some = size.filter(|size| *size > 0);
    some.ok_or_else(|| "the page does not say how many are on one".to_owned())
}

/// A cursor or link; none on the last page.
fn text(at: &Route, body: &Json) -> Result<Option<String>, String> {
    match at.find_some(body) {
        None => Ok(None),
        Some(found) => match found.word() {
            Some(text) if !text.is_empty() => Ok(Some(text.to_owned())),
            _ => Err("the page names a next one that cannot be asked for".to_owned()),
        },
    }
}

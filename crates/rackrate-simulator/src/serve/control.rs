//! The control port: what tests and people see of the vendors, and do to them.
//!
//! All of it is JSON. A refusal is `{"error": "…"}` with words about what was wrong.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use rackrate_core::simulator::Control;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::reply::{self, Reply, Reset};
use super::rules::Rule;
use super::vendor::{Awaited, Vendor};

/// The longest body of a command.
const LONGEST: usize = 1024 * 1024;

/// Who waits for an event hears of none after so long, and after a minute at most.
const WAIT: Duration = Duration::from_secs(30);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
pub(super) struct Desk {
    pub(super) address: SocketAddr,
    pub(super) vendors: Arc<[Arc<Vendor>]>,
}

struct Refusal(StatusCode, String);

type Answer = Result<http::Response<Bytes>, Refusal>;

impl Desk {
    pub(super) async fn handle(
        self,
        request: http::Request<Incoming>,
    ) -> Result<http::Response<Reply>, Reset> {
        let answer = self.answer(request).await.unwrap_or_else(|refusal| {
            reply::json(refusal.0.as_u16(), &json!({ "error": refusal.1 }))
        });
        Ok(answer.map(Reply::whole))
    }

    async fn answer(&self, request: http::Request<Incoming>) -> Answer {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().trim_start_matches('/');
        if path.is_empty() {
            only_get(&parts.method)?;
            return Ok(reply::json(200, &self.list()));
        }
        let (name, what) = path.split_once('/').unwrap_or((path, ""));
        let vendor = self.vendors.iter().find(|vendor| vendor.name == name);
        let vendor = vendor.ok_or_else(|| {
            let words = format!("there is no simulator {name:?}; GET / lists them");
            Refusal(StatusCode::NOT_FOUND, words)
        })?;
        match what {
            "control" => control(vendor, &parts.method, body).await,
            "faults" => faults(vendor, &parts.method, body).await,
            "guest" => guest(vendor, &parts.method, body).await,
            _ => {
                only_get(&parts.method)?;
                seen(vendor, what, parts.uri.query().unwrap_or("")).await
            }
        }
    }

    fn list(&self) -> Value {
        let one = |vendor: &Arc<Vendor>| {
            json!({
                "name": vendor.name,
                "address": vendor.address.to_string(),
                "url": format!("http://{}", vendor.address),
            })
        };
        let simulators: Vec<Value> = self.vendors.iter().map(one).collect();
        json!({ "control": self.address.to_string(), "simulators": simulators })
    }
}

async fn seen(vendor: &Vendor, what: &str, query: &str) -> Answer {
    let answer = match what {
        "record" => vendor.look(|inner, _| reply::json(200, inner.simulator.record())),
        "held" => vendor.look(|inner, _| reply::json(200, &inner.simulator.held())),
        "requests" => vendor.look(|inner, _| reply::json(200, &inner.log.since(0))),
        "events" => reply::json(200, &vendor.news(awaited(query)?).await),
        _ => {
            let words = format!(
                "there is no {what:?}; there are record, held, requests, events, control, faults, guest"
            );
            return Err(Refusal(StatusCode::NOT_FOUND, words));
        }
    };
    Ok(answer)
}

async fn control(vendor: &Vendor, method: &Method, body: Incoming) -> Answer {
    if method != Method::POST {
        return Err(not_allowed("a command is sent with POST"));
    }
    let command = command(&read(body).await?)?;
    vendor.act(|inner, now| inner.simulator.control(&command, now));
    Ok(done())
}

async fn guest(vendor: &Vendor, method: &Method, body: Incoming) -> Answer {
    let guest = match *method {
        Method::DELETE => None,
        Method::POST => Some(parse(&read(body).await?)?),
        _ => return Err(not_allowed("a guest knows POST and DELETE")),
    };
    vendor.look(|inner, _| inner.guest = guest);
    Ok(done())
}

fn done() -> http::Response<Bytes> {
    let mut done = http::Response::new(Bytes::new());
    *done.status_mut() = StatusCode::NO_CONTENT;
    done
}

async fn faults(vendor: &Vendor, method: &Method, body: Incoming) -> Answer {
    match *method {
        Method::GET => {}
        Method::DELETE => vendor.look(|inner, _| inner.rules.clear()),
        Method::POST => {
            let rules: Vec<Rule> = parse(&read(body).await?)?;
            vendor
                .look(|inner, _| inner.rules.add(rules))
                .map_err(refused)?;
        }
        _ => return Err(not_allowed("rules know GET, POST and DELETE")),
    }
    Ok(vendor.look(|inner, _| reply::json(200, &inner.rules.left())))
}

/// A command in which everything was understood. The type alone would let a field pass
/// that it does not know, because it is told apart by a field of its own.
fn command(body: &[u8]) -> Result<Control, Refusal> {
    let sent: Value = parse(body)?;
    let command: Control = parse(body)?;
    let understood = serde_json::to_value(&command).map_err(|error| refused(error.to_string()))?;
    match unknown(&sent, &understood) {
        Some(field) => Err(refused(format!("the field {field:?} is not known here"))),
        None => Ok(command),
    }
}

/// A field that was sent and means nothing.
fn unknown(sent: &Value, understood: &Value) -> Option<String> {
    match (sent, understood) {
        (Value::Object(sent), Value::Object(understood)) => {
            sent.iter()
                .find_map(|(name, value)| match understood.get(name) {
                    Some(known) => unknown(value, known),
                    // An optional field that says nothing may be left out again.
                    None => (!value.is_null()).then(|| name.clone()),
                })
        }
        _ => None,
    }
}

fn awaited(query: &str) -> Result<Awaited, Refusal> {
    let mut awaited = Awaited {
        from: 0,
        arrived: None,
        answered: None,
        wait: WAIT,
    };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
        let number = text
            .parse()
            .map_err(|_| refused(format!("{name} has to be a whole number, not {text:?}")))?;
        match name {
            "from" => awaited.from = number,
            "arrived" => awaited.arrived = Some(number),
            "answered" => awaited.answered = Some(number),
            "wait_ms" => awaited.wait = Duration::from_millis(number).min(LONGEST_WAIT),
            _ => {
                let words =
                    format!("{name:?} is not known; there are from, arrived, answered, wait_ms");
                return Err(refused(words));
            }
        }
    }
    Ok(awaited)
}

async fn read(body: Incoming) -> Result<Bytes, Refusal> {
    let all = Limited::new(body, LONGEST).collect().await;
    all.map(|all| all.to_bytes())
        .map_err(|error| refused(format!("the body cannot be read: {error}")))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| refused(error.to_string()))
}

fn only_get(method: &Method) -> Result<(), Refusal> {
    match *method {
        Method::GET => Ok(()),
        _ => Err(not_allowed("this can only be read, with GET")),
    }
}

fn refused(words: String) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, words)
}

fn not_allowed(words: &str) -> Refusal {
    Refusal(StatusCode::METHOD_NOT_ALLOWED, words.to_owned())
}

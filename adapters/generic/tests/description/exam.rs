//! A description, a sample of what is written to it, and exchanges that somebody has seen.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

use rackrate_conformance::{Golden, Meaning, Portfolio, Price, Vendor};
use rackrate_core::adapter::{Adapter, DiscoverAsk, ReadAsk};
use rackrate_core::chunk::{Chunk, Facts, Row, Target};
use rackrate_core::error::Error;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::{ConnectionId, JobRef, PropertyCode, VendorId};
use rackrate_core::money::Currency;
use rackrate_core::night::Night;
use rackrate_core::secret::{Secret, Secrets};
use rackrate_generic::described::{Described, Settings};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// What the exchanges are about.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    property: VendorId,
    currency: Currency,
    today: Night,
    /// The first and last night of the golden reads.
    window: (Night, Night),
    #[serde(default)]
    job: Option<JobRef>,
    /// Each of them a write; the golden pushes and polls are about the first.
    chunks: Vec<Vec<Row>>,
}

/// One exchange, as somebody has seen it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    operation: Operation,
    /// The body that was sent, for pushes.
    #[serde(default)]
    request: Option<Value>,
    status: u16,
    /// The body that came back, as it is; raw, so that no number changes on the way.
    body: Box<RawValue>,
    meaning: Seen,
    /// Of a read: how its only price is spelled in the body.
    #[serde(default)]
    amount: Option<String>,
    /// Of a poll: how the state is spelled in the body.
    #[serde(default)]
    state: Option<String>,
    /// There is another page.
    #[serde(default)]
    more: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Seen {
    Success,
    Failure,
}

/// All that the clauses need.
#[derive(Debug)]
pub(crate) struct Exam {
    settings: String,
    sample: Sample,
    exchanges: Vec<Exchange>,
    minor: bool,
}

/// Bodies that functions without a memory make answers of: before and after what is replaced.
#[derive(Clone, Default)]
struct Patterns {
    page: Option<(String, String)>,
    state: Option<(String, String)>,
}

thread_local! {
    static PATTERNS: RefCell<Patterns> = RefCell::default();
}

impl Exam {
    /// Reads a description and the folder beside it.
    pub(crate) fn open(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file).map_err(|error| at(file, &error))?;
        Self::of(file, text)
    }

    /// The same with a text in place of the file's.
    pub(crate) fn of(file: &Path, text: String) -> Result<Self, String> {
        let folder = file.with_extension("");
        let list = std::fs::read_dir(&folder).map_err(|error| at(&folder, &error))?;
        let mut paths: Vec<_> = list.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|end| end == "json"));
        paths.sort();
        let (samples, others): (Vec<_>, Vec<_>) = paths
            .into_iter()
            .partition(|path| path.ends_with("sample.json"));
        let sample = samples
            .first()
            .ok_or_else(|| at(&folder, &"it has no sample.json"))?;
        let exchanges = others.iter().map(|path| json_of(path));
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let minor = text.contains("\nmoney = \"minor\"");
        Ok(Self {
            settings: json!({
                "base_url": "https://vendor.example.test/api",
                "description": {"file": name, "text": text},
            })
            .to_string(),
            sample: json_of(sample)?,
            exchanges: exchanges.collect::<Result<_, _>>()?,
            minor,
        })
    }

    /// Why a clause cannot be checked on a description.
    pub(crate) fn not_applicable(&self, id: &str) -> Option<String> {
        let golden = self
            .exchanges
            .iter()
            .filter(|one| one.request.is_some())
            .count();
        let reason = match id {
            "S3" | "M1" => format!(
                "nothing but the description reads its pushes; golden requests compared instead: \
                 {golden}"
            ),
            "M2" if self.minor => "the clause speaks of major units".to_owned(),
            "M2" if self.pattern(|one| one.amount.as_ref()).is_none() => {
                "no golden read names its `amount`".to_owned()
            }
            _ => return None,
        };
        Some(reason)
    }

    /// What the suite wants to know of an adapter.
    pub(crate) fn vendor(&self) -> Vendor {
        PATTERNS.set(Patterns {
            page: self.pattern(|one| one.amount.as_ref()),
            state: self.pattern(|one| one.state.as_ref()),
        });
        let adapter = build(&self.settings);
        let manifest = adapter
            .as_ref()
            .ok()
            .map(|adapter| adapter.manifest().clone());
        let names = manifest
            .as_ref()
            .map(|known| known.secrets.clone())
            .unwrap_or_default();
        let secret = |name: &str| {
            let planted = Secret::new(format!("planted-{name}-5b1c"));
            (name.to_owned(), planted)
        };
        let has_jobs = adapter.is_ok_and(|adapter| adapter.jobs().is_some());
        let states = PATTERNS.with_borrow(|known| known.state.is_some());
        Vendor {
            build,
            config: self.settings.clone(),
            portfolio: Portfolio::apart(&self.settings),
            scopes: manifest
                .filter(|known| !known.scopes.is_empty())
                .map(|_| "scopes"),
            secrets: Secrets::new(names.into_iter().map(secret)),
            target: self.target(),
            chunks: self.chunks(),
            discover: self.discover(),
            window: self.sample.window,
            job: self.sample.job.clone(),
            golden: self.exchanges.iter().map(Exchange::golden).collect(),
            written: |_| Vec::new(),
            page,
            first_pages: self
                .exchanges
                .iter()
                .filter(|one| one.more)
                .map(|one| (one.operation, one.response()))
                .collect(),
            job_state: (has_jobs && states).then_some(job_state),
            stage: None,
        }
    }

    /// Where a golden request differs from what the description sends.
    pub(crate) fn requests(&self) -> Vec<String> {
        let adapter = match build(&self.settings) {
            Ok(adapter) => adapter,
            Err(error) => return vec![error],
        };
        let chunks = self.chunks();
        let Some(first) = chunks.first() else {
            return vec!["the sample has no chunk".to_owned()];
        };
        let golden = self
            .exchanges
            .iter()
            .filter_map(|one| Some((one, one.request.as_ref()?)));
        let differences = golden.filter_map(|(one, golden)| {
            let sent = match one.operation {
                Operation::Push => sent(&*adapter, adapter.push(first)),
                Operation::Read => sent(&*adapter, adapter.read(&self.window())),
                Operation::Discover => sent(&*adapter, adapter.discover(&self.discover())),
                other => return Some(format!("{other}: its request cannot be compared")),
            };
            (sent != *golden).then(|| format!("{}: golden {golden}\nsent {sent}", one.operation))
        });
        differences.collect()
    }

    fn target(&self) -> Arc<Target> {
        Arc::new(Target {
            connection: ConnectionId::new("sample").unwrap(),
            property: PropertyCode::new("sample").unwrap(),
            vendor_property: self.sample.property.clone(),
            facts: Facts {
                name: "Sample".into(),
                currency: self.sample.currency,
                basis: None,
                time_zone: None,
                sellables: Default::default(),
            },
        })
    }

    fn chunks(&self) -> Vec<Chunk> {
        let chunk = |rows: &Vec<Row>| Chunk {
            target: self.target(),
            operation: Operation::Push,
            rows: rows.clone(),
        };
        self.sample.chunks.iter().map(chunk).collect()
    }

    fn discover(&self) -> DiscoverAsk {
        DiscoverAsk {
            property: Some(self.sample.property.clone()),
            mapped: Vec::new(),
            today: self.sample.today,
        }
    }

    fn window(&self) -> ReadAsk {
        ReadAsk {
            target: self.target(),
            first: self.sample.window.0,
            last: self.sample.window.1,
        }
    }

    /// The first body that names such a thing, in two parts around it.
    fn pattern(&self, of: impl Fn(&Exchange) -> Option<&String>) -> Option<(String, String)> {
        self.exchanges.iter().find_map(|one| {
            let (before, after) = one.body.get().split_once(of(one)?.as_str())?;
            Some((before.to_owned(), after.to_owned()))
        })
    }
}

impl Exchange {
    fn response(&self) -> Response {
        Response::new(self.status, self.body.get().to_owned())
    }

    fn golden(&self) -> Golden {
        Golden {
            operation: self.operation,
            response: self.response(),
            meaning: match self.meaning {
                Seen::Success => Meaning::Success,
                Seen::Failure => Meaning::Failure,
            },
        }
    }
}

fn at(path: &Path, why: &dyn std::fmt::Display) -> String {
    format!("{}: {why}", path.display())
}

fn json_of<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = std::fs::read_to_string(path).map_err(|error| at(path, &error))?;
    serde_json::from_str(&text).map_err(|error| at(path, &error))
}

fn build(config: &str) -> Result<Box<dyn Adapter>, String> {
    let settings: Settings = serde_json::from_str(config).map_err(|error| error.to_string())?;
    Ok(Box::new(Described::new(&settings)?))
}

/// Method, address below the base, and body, as golden requests give them.
fn sent(adapter: &dyn Adapter, request: Result<Request, Error>) -> Value {
    let request = request.and_then(|request| {
        let wire = request.expose(&adapter.manifest().vendor)?;
        Ok((request, wire))
    });
    let (request, wire) = match request {
        Ok(both) => both,
        Err(error) => return Value::String(error.to_string()),
    };
    let url = request.url();
    let base = request.base.as_str().trim_end_matches('/');
    let mut shown = json!({
        "method": request.method.as_str(),
        "path": url.as_str().strip_prefix(base),
    });
    if !wire.body().is_empty() {
        shown["body"] = serde_json::from_slice(wire.body())
            .unwrap_or_else(|_| String::from_utf8_lossy(wire.body()).into());
    }
    shown
}

fn page(price: &Price<'_>) -> Response {
    let (before, after) = PATTERNS.with_borrow(|known| known.page.clone().unwrap_or_default());
    Response::new(200, format!("{before}{}{after}", price.amount))
}

fn job_state(_job: &JobRef, state: &str) -> Response {
    let (before, after) = PATTERNS.with_borrow(|known| known.state.clone().unwrap_or_default());
    Response::new(200, format!("{before}\"{state}\"{after}"))
}

//! Prints the tables of vendors that stand in the README, from what the adapters declare.
//!
//! `cargo xtask codegen` puts them there. Nothing is written by hand but what no adapter can
//! know of itself: against what it was verified, which is a line of its README.

#![expect(clippy::print_stdout, reason = "its output is its purpose")]

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use rackrate_catalog::{Entry, VENDORS};
use rackrate_core::adapter::Adapter;
use rackrate_core::auth::{Ask, Grant};
use rackrate_core::exchange::{Body, Operation, Request, Value};
use rackrate_core::idempotency::Guarantee;
use rackrate_core::limit::{Penalty, Quota, Scope, Window};
use rackrate_core::secret::{Secret, Secrets};

fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "| Vendor | `vendor =` | Credential | Writes | A repeated write | Restrictions | Adults | Shown after | Verified against |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let mut quotas = Vec::new();
    for entry in VENDORS {
        let adapter = (entry.adapter)(defaults(entry)?)?;
        println!("{}", row(entry, &*adapter));
        let of = adapter.limits().quotas().iter();
        quotas.extend(of.map(|quota| format!("| {} | {}", entry.title, allowance(quota))));
    }
    println!("\n| Vendor | Allowance | Beyond it | Source, date |\n|---|---|---|---|");
    println!("{}", quotas.join("\n"));
    Ok(())
}

/// The settings that have to be given, so that the others show their defaults: a sample is
/// for a simulator, which shows a change sooner.
fn defaults(entry: &Entry) -> Result<toml::Table, toml::de::Error> {
    let mut settings: toml::Table = (entry.sample)("http://127.0.0.1:1").parse()?;
    let names: Vec<String> = settings.keys().cloned().collect();
    for name in names {
        let mut fewer = settings.clone();
        fewer.remove(&name);
        if (entry.adapter)(fewer.clone()).is_ok() {
            settings = fewer;
        }
    }
    Ok(settings)
}

fn row(entry: &Entry, adapter: &dyn Adapter) -> String {
    let manifest = adapter.manifest();
    let cells = [
        format!("[{}](adapters/{}/README.md)", entry.title, entry.id),
        format!("`\"{}\"`", entry.id),
        credential(adapter),
        writes(adapter),
        guarantees(adapter),
        restrictions(adapter),
        match manifest.adults {
            None => "a price for each number".to_owned(),
            Some(_) => "one price a night".to_owned(),
        },
        words(manifest.settle),
        verified(entry),
    ];
    format!("| {} |", cells.join(" | "))
}

fn credential(adapter: &dyn Adapter) -> String {
    let named = |name: &&'static str| ((*name).to_owned(), Secret::new("x".to_owned()));
    let secrets = Secrets::new(adapter.manifest().secrets.iter().map(named));
    match adapter.auth().grant(&secrets, Ask::First) {
        Ok(Grant::Static) => "fixed secret".to_owned(),
        Ok(Grant::Exchange(request)) => match kind(&request) {
            Some(kind) => format!("token by `{kind}`"),
            None => "token".to_owned(),
        },
        Ok(Grant::Person) => "a person's consent".to_owned(),
        Err(_) => "not written yet".to_owned(),
    }
}

/// The kind of grant that a token request in the standard's form asks for.
fn kind(request: &Request) -> Option<&str> {
    let Body::Form(fields) = &request.body else {
        return None;
    };
    fields.iter().find_map(|(name, value)| match value {
        Value::Plain(text) if name == "grant_type" => Some(text.as_str()),
        _ => None,
    })
}

fn writes(adapter: &dyn Adapter) -> String {
    match (adapter.shape(Operation::Push), adapter.jobs()) {
        (None, _) => "none",
        (Some(_), Some(_)) => "may become jobs",
        (Some(_), None) => "answered at once",
    }
    .to_owned()
}

fn guarantees(adapter: &dyn Adapter) -> String {
    let of = |operation| guarantee(adapter.idempotency().guarantee(operation));
    let (prices, rules) = (of(Operation::Push), of(Operation::Restrict));
    match adapter.shape(Operation::Restrict) {
        Some(_) if prices != rules => format!("{prices}; restrictions: {rules}"),
        _ => prices,
    }
}

fn guarantee(guarantee: Guarantee) -> String {
    match guarantee {
        Guarantee::Keyed { retention } => format!("known by its key for {}", words(retention)),
        Guarantee::Absolute { not_again_within } if not_again_within.is_zero() => {
            "sets the same again".to_owned()
        }
        Guarantee::Absolute { not_again_within } => {
            format!(
                "sets the same again, not within {}",
                words(not_again_within)
            )
        }
        Guarantee::LookUp { absent_after } => {
            format!("looked up, {} after it left", words(absent_after))
        }
        Guarantee::None => "unknown".to_owned(),
    }
}

fn restrictions(adapter: &dyn Adapter) -> String {
    let kinds = adapter.manifest().restrictions.iter();
    let names: Vec<_> = kinds.map(|kind| format!("`{kind}`")).collect();
    match (names.is_empty(), adapter.shape(Operation::Restrict)) {
        (true, _) => "none".to_owned(),
        (false, None) => names.join(", "),
        (false, Some(_)) => format!("{}; by requests of their own", names.join(", ")),
    }
}

fn allowance(quota: &Quota) -> String {
    let scope = match quota.scope {
        Scope::Address => "address",
        Scope::Client => "client",
        Scope::Connection => "connection",
        Scope::Property => "property",
        Scope::Plan => "rate plan",
    };
    let how = match quota.window {
        Window::Rolling(span) => format!("{} in {}", quota.limit, words(span)),
        Window::Concurrency => format!("{} at once", quota.limit),
    };
    let beyond = match quota.penalty {
        Penalty::Wait => "wait",
        Penalty::Suspend => "may suspend",
    };
    format!(
        "{how}, by {scope}: {} | {beyond} | {} |",
        quota.name, quota.source
    )
}

/// In the largest unit that is whole.
fn words(span: Duration) -> String {
    let millis = span.as_millis();
    let units = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "min"),
        (1_000, "s"),
    ];
    let unit = units
        .iter()
        .find(|(length, _)| millis.is_multiple_of(*length));
    match unit {
        _ if millis == 0 => "at once".to_owned(),
        Some((length, name)) => format!("{} {name}", millis / length),
        None => format!("{millis} ms"),
    }
}

/// What the adapter's README says in its row `Verified against`; nothing unless it says so.
fn verified(entry: &Entry) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../adapters");
    let page = std::fs::read_to_string(root.join(entry.id).join("README.md"));
    let page = page.unwrap_or_default();
    let mut rows = page.lines();
    let said = rows.find_map(|line| line.strip_prefix("| Verified against | "));
    let said = said.and_then(|rest| rest.split(" |").next());
    said.unwrap_or("nothing live").trim().to_owned()
}

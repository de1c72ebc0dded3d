//! The same bodies through a bare client: what a request costs without any of our care.

use anyhow::{Result, ensure};
use bytes::Bytes;
use rackrate_core::adapter::Adapter;
use rackrate_core::auth::Token;
use rackrate_core::key::Key;
use rackrate_core::secret::Secret;

use crate::children::Figures;
use crate::load::{self, LANES};
use crate::usage::cpu;

/// Sends all writes, each lane one after the other, all lanes at once. Requests are made
/// beforehand and not counted.
#[tokio::main]
pub(crate) async fn run(url: &str, requests: usize) -> Result<Figures> {
    // An error only says that one is installed already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let each = requests.div_ceil(LANES);
    let lanes = (0..LANES).map(|lane| lane_of(url, lane, each));
    let lanes: Vec<_> = lanes.collect::<Result<_>>()?;
    let before = cpu()?;
    let mut sending = tokio::task::JoinSet::new();
    for lane in lanes {
        sending.spawn(send(client.clone(), lane));
    }
    while let Some(sent) = sending.join_next().await {
        sent??;
    }
    Ok(Figures::of([
        ("cpu_us", cpu()? - before),
        ("requests", (each * LANES) as u64),
    ]))
}

fn lane_of(url: &str, lane: usize, writes: usize) -> Result<Vec<http::Request<Bytes>>> {
    let (adapter, target) = (load::adapter(url)?, load::target(lane)?);
    let token = Token {
        access: Secret::new("bench".to_owned()),
        lifetime: None,
        refresh: None,
        scope: None,
    };
    let mut made = Vec::new();
    for (at, chunk) in load::chunks(&target, writes)?.iter().enumerate() {
        let mut request = adapter.push(chunk)?;
        let key = Key::of(&[&lane.to_be_bytes(), &at.to_be_bytes()]);
        adapter.idempotency().stamp(&key, &mut request);
        adapter
            .auth()
            .apply(&load::secrets(), Some(&token), &mut request)?;
        made.push(request.expose(&adapter.manifest().vendor)?);
    }
    Ok(made)
}

async fn send(client: reqwest::Client, lane: Vec<http::Request<Bytes>>) -> Result<()> {
    for request in lane {
        let answer = client.execute(reqwest::Request::try_from(request)?).await?;
        let (status, body) = (answer.status(), answer.bytes().await?);
        ensure!(status.is_success() && !body.is_empty(), "{status}");
    }
    Ok(())
}

//! The metrics of a run as a file in Prometheus' text format, for the textfile collector.

use std::path::PathBuf;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Bounds of latency buckets, in seconds.
const SECONDS: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Metrics that will be written when the run ends.
#[derive(Debug)]
pub(crate) struct MetricsFile {
    path: PathBuf,
    handle: Option<PrometheusHandle>,
}

impl MetricsFile {
    /// Begins to record. What cannot be recorded is told; it stops no prices.
    pub(crate) fn begin(path: PathBuf) -> Self {
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .and_then(PrometheusBuilder::install_recorder);
        if let Err(error) = &handle {
            tracing::warn!("metrics cannot be recorded: {error}");
        }
        rackrate_runtime::transport::describe();
        Self {
            path,
            handle: handle.ok(),
        }
    }

    /// Writes the file; a failure is told.
    pub(crate) fn write(&self) {
        let Some(handle) = &self.handle else { return };
        if let Err(finding) = crate::files::write(&self.path, handle.render().as_bytes()) {
            tracing::warn!("{finding}");
        }
    }
}

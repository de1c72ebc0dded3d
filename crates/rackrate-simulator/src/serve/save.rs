//! Keeping what vendors know when the host ends.
//!
//! Invariant: a file has the old state or the new one, never a part.

use std::path::Path;
use std::sync::Arc;

use super::error::ServeError;
use super::vendor::Vendor;

/// Writes each vendor's state to `{name}.json` in the directory.
pub(super) async fn save(directory: &Path, vendors: &[Arc<Vendor>]) -> Result<(), ServeError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ServeError::Save { path, source }
    };
    let made = tokio::fs::create_dir_all(directory).await;
    made.map_err(failed(directory))?;
    for vendor in vendors {
        let state = vendor.look(|inner, _| inner.simulator.save());
        let path = directory.join(format!("{}.json", vendor.name));
        let fresh = path.with_extension("json.new");
        let written = tokio::fs::write(&fresh, state).await;
        written.map_err(failed(&fresh))?;
        let renamed = tokio::fs::rename(&fresh, &path).await;
        renamed.map_err(failed(&path))?;
    }
    Ok(())
}

//! A certificate and its key, for the door.

use std::path::Path;
use std::sync::Arc;

use rackrate_core::finding::{Finding, Place};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::files;

/// Speaks TLS 1.2 and 1.3 with these files, read once.
///
/// # Errors
/// `file.…` for files that cannot be read, `creds.tls` for what is no certificate, no key, or
/// no pair. What is in the files is not repeated.
pub(crate) fn acceptor(cert: &Path, key: &Path) -> Result<TlsAcceptor, Finding> {
    let (chain, name) = files::read(cert)?;
    let no_cert = |_| wrong(&name, "it holds no certificate as PEM");
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain).collect();
    let chain = chain.map_err(no_cert)?;
    let (key, key_name) = files::read(key)?;
    let key = zeroize::Zeroizing::new(key);
    let no_key = |_| wrong(&key_name, "it holds no private key as PEM");
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(no_key)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key));
    let no_pair = |_| {
        wrong(
            &name,
            "the certificate does not go with its key, or cannot be used",
        )
    };
    let mut config = config.map_err(no_pair)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn wrong(file: &str, message: &str) -> Finding {
    Finding::error("creds.tls", Place::file(file), message)
        .hint("Give the certificate with its chain, and its key, as PEM files.")
}

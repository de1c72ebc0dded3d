//! Why simulators cannot be served.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why simulators cannot be served, or their state cannot be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Others could reach the simulators, which guard nothing.
    #[error("{what} may only listen on this machine, at 127.0.0.1 or [::1], not at {address}")]
    NotLoopback {
        /// A simulator's name, or the control port.
        what: String,
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The name cannot be a part of an address and of a file's name.
    #[error("{0:?} cannot name a simulator: use a to z, 0 to 9, - and _")]
    Name(String),
    /// Two simulators share a name.
    #[error("two simulators have the name {0:?}")]
    Twice(String),
    /// The system gives no such port.
    #[error("{what} cannot listen at {address}")]
    Bind {
        /// A simulator's name, or the control port.
        what: String,
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A simulator's state was not written.
    #[error("the state cannot be written to {}", path.display())]
    Save {
        /// The file, or the directory when that cannot be made.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

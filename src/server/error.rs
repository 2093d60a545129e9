//! Why the process cannot serve.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::config::Fault;
use crate::keygen::MarkFault;

/// What keeps the server from starting.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The configuration has faults; all of them.
    #[error("the configuration has {} faults", .0.len())]
    Config(Vec<Fault>),
    /// An address cannot be listened on.
    #[error(
        "cannot listen on {address}: {source}; is another process on this port? choose another listen address"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Cause.
        source: io::Error,
    },
    /// A certificate or key cannot be used.
    #[error("cannot use {path}: {reason}")]
    Tls {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An account cannot be used.
    #[error("account of the configuration cannot be used: {0}")]
    Account(String),
    /// Another process makes ids with the same worker id here.
    #[error(transparent)]
    Mark(#[from] MarkFault),
    /// The configuration names no logical database.
    #[error("the configuration has no logical database: add a file with databaseName")]
    NoDatabase,
    /// The runtime or a signal could not be set up.
    #[error(transparent)]
    Io(#[from] io::Error),
}

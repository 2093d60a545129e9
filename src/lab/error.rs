//! What can go wrong with a private server.

use std::io;
use std::path::PathBuf;

/// A fault of the laboratory; every message says what to do where something can be done.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// No program of that name on this machine.
    #[error(
        "{program} is not installed (looked in PATH, /usr/sbin, /usr/local/sbin); on Debian or Ubuntu: apt-get install {package}"
    )]
    Missing {
        /// The program looked for.
        program: &'static str,
        /// The Debian package that carries it.
        package: &'static str,
    },
    /// No MySQL was named.
    #[error(
        "no MySQL server is named: set SHARDGATE_TEST_MYSQLD=/path/to/mysqld, or SHARDGATE_TEST_MYSQL_ROOT=/dir of a debootstrap folder that holds one"
    )]
    NoMysql,
    /// A path named in the environment holds no server.
    #[error("{path} is not a MySQL server program")]
    NotAServer {
        /// The path as named.
        path: PathBuf,
    },
    /// The operating system said no.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system answered.
        source: io::Error,
    },
    /// The data folder could not be initialized.
    #[error("{program} could not initialize a data folder: {detail}")]
    Initialize {
        /// The program run.
        program: String,
        /// Its last words.
        detail: String,
    },
    /// The server ended, or did not answer in time, while starting.
    #[error("the private server on port {port} did not start: {detail}")]
    Start {
        /// Its port.
        port: u16,
        /// The end of its error log.
        detail: String,
    },
    /// A statement failed.
    #[error("the private server on port {port} refused a statement: {detail}")]
    Sql {
        /// The server's port.
        port: u16,
        /// What the client program printed.
        detail: String,
    },
    /// A replica does not follow, or not in time.
    #[error("the replica on port {port} does not follow its primary: {detail}")]
    Replication {
        /// The replica's port.
        port: u16,
        /// What it says of itself.
        detail: String,
    },
    /// No port of 127.0.0.1 is free in the range tried.
    #[error("no free port on 127.0.0.1 between {from} and {to}")]
    NoPort {
        /// First port tried.
        from: u16,
        /// Last port tried.
        to: u16,
    },
}

impl LabError {
    /// Wraps an operating system error with what was tried.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> LabError {
        let what = what.into();
        move |source| LabError::Io { what, source }
    }
}

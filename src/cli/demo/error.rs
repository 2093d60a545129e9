//! Why the demo could not go on.

use std::io;

use crate::lab::LabError;
use crate::protocol::{ErrPacket, ProtocolError};

/// A fault of the demo; its text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Somebody listens on the port already.
    #[error(
        "port {port} of 127.0.0.1 is taken: stop what listens there (ss -ltnp 'sport = :{port}'), or choose another with --port"
    )]
    PortTaken {
        /// The port asked for.
        port: u16,
    },
    /// A private server could not be had.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// The proxy ended, or did not answer in time.
    #[error("the proxy did not start; it said: {log}")]
    Proxy {
        /// The end of its log.
        log: String,
    },
    /// The proxy ended while it was to stay up.
    #[error("the proxy has ended by itself, and everything else is ended now; it said: {log}")]
    Ended {
        /// The end of its log.
        log: String,
    },
    /// The connection to the proxy broke.
    #[error("connection to the proxy: {0}")]
    Connection(#[from] io::Error),
    /// The proxy sent what cannot be read.
    #[error("answer of the proxy: {0}")]
    Protocol(#[from] ProtocolError),
    /// A statement of the tour was refused that should not be.
    #[error("{sql}: error {} ({}): {}", packet.code, packet.state(), packet.text())]
    Statement {
        /// The statement.
        sql: String,
        /// The refusal.
        packet: ErrPacket,
    },
    /// A statement went through that should be refused.
    #[error("{sql}: was answered, although it must be refused")]
    NotRefused {
        /// The statement.
        sql: String,
    },
    /// What the tour promises did not come out.
    #[error("{0}")]
    Promise(String),
    /// Ctrl-C, or SIGTERM.
    #[error("interrupted")]
    Interrupted,
}

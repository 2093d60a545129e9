//! Why a client connection ends.

use std::io;

use thiserror::Error;

use crate::protocol::ProtocolError;

/// What went wrong on a client connection. After any of them the connection is closed.
#[derive(Debug, Error)]
pub enum SessionError {
    /// The socket failed.
    #[error("client connection: {0}")]
    Io(#[from] io::Error),
    /// The client went away in the middle of something.
    #[error("the client closed the connection")]
    Closed,
    /// A part of a command came, and nothing more for a while.
    #[error("the client sent a part of a command and nothing more for {0:?}")]
    Stalled(std::time::Duration),
    /// The client's bytes cannot be read.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// A packet with another sequence id than its place asks for.
    #[error("packets out of order: sequence id {found} instead of {expected}")]
    OutOfOrder {
        /// What the place asks for.
        expected: u8,
        /// What came.
        found: u8,
    },
    /// A command longer than allowed; to be answered with 1153.
    #[error("a command is longer than {max} bytes")]
    CommandTooLong {
        /// The limit in bytes.
        max: usize,
    },
    /// Plain bytes behind the SSLRequest, which must never be taken for the client's.
    #[error("plain bytes behind the request for tls")]
    BytesBehindSslRequest,
    /// The TLS handshake failed.
    #[error("tls handshake: {0}")]
    Tls(io::Error),
    /// The login took too long.
    #[error("the login was not completed in time")]
    LoginTimeout,
    /// The login was refused and the client has been told so.
    #[error("login refused with {code}: {message}")]
    Refused {
        /// The error's number.
        code: u16,
        /// What the client was told.
        message: String,
    },
}

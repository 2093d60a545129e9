//! Why a relay broke off, and how far it had come.

use std::io;

use crate::backend::ConnError;
use crate::protocol::ProtocolError;

/// How much of a response the client has been given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The statement itself was not sent yet.
    Unsent,
    /// Nothing: any other answer may still be given.
    Nothing,
    /// Some column definitions, or a part of a row: no answer can follow, the client's connection must end.
    Columns,
    /// Whole rows, or whole results: an ERR packet may follow.
    Rows,
}

/// Why a relay broke off.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The backend's side.
    #[error("{source}")]
    Backend {
        /// Cause.
        source: ConnError,
        /// How far the response had come.
        progress: Progress,
    },
    /// The backend sent what cannot be read.
    #[error("a backend's response cannot be read: {source}")]
    Malformed {
        /// Cause.
        source: ProtocolError,
        /// How far the response had come.
        progress: Progress,
    },
    /// It has other columns than the answer whose rows it should follow.
    #[error("the data sources answer with different columns")]
    ColumnsDiffer,
    /// A killed statement got no answer within the time that is given to it.
    #[error("a backend does not answer")]
    Silent,
    /// The result set is larger than allowed.
    #[error("a result is larger than the limits allow")]
    TooLarge,
    /// The client is gone.
    #[error("the client is gone: {0}")]
    Client(#[from] io::Error),
}

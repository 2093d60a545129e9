//! Why placement cannot be verified.

use std::path::PathBuf;

use crate::backend::{AcquireError, ConnError};

/// Why placement cannot be verified, as a whole or of one node.
#[derive(Debug, thiserror::Error)]
pub enum PlacementError {
    /// A table was asked for that the rules do not shard.
    #[error("there is no sharded table {table} in {database}: name one of {known}")]
    UnknownTable {
        /// Logical database.
        database: String,
        /// As it was asked for.
        table: String,
        /// What there is.
        known: String,
    },
    /// The data source of a node gives no connection.
    #[error("{0}")]
    Acquire(#[from] AcquireError),
    /// A query failed.
    #[error("{0}")]
    Query(#[from] ConnError),
    /// The node's table lacks a column that the rule shards by, or is not there.
    #[error("{table} has no column {column}, by which the rule places its rows")]
    NoColumn {
        /// Actual table.
        table: String,
        /// Sharding column.
        column: String,
    },
    /// The type of a sharding column has no exact values.
    #[error("the type of {column} in {table} has no exact values that rows could be placed by")]
    NoValues {
        /// Actual table.
        table: String,
        /// Sharding column.
        column: String,
    },
    /// The node's table is not there.
    #[error("there is no table {0}")]
    NoTable(String),
    /// The table cannot be read in pages of an order that the server keeps.
    #[error(
        "{0} has neither a primary key nor sharding columns of types that can be read in order: verify it by hand"
    )]
    NoOrder(String),
    /// The checkpoint cannot be read or written.
    #[error("checkpoint {}: {reason}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

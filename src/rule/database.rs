//! One logical database.

use super::{Group, ShardedTable};
use crate::model::SourceId;

/// One logical table's rule.
#[derive(Clone, Debug)]
pub enum TableRule {
    /// Rows spread by rule.
    Sharded(Box<ShardedTable>),
    /// Same rows in every data source.
    Broadcast {
        /// Logical name.
        name: String,
        /// Where it lives.
        sources: Vec<SourceId>,
    },
    /// One of the same name in each data source, written where the transaction is.
    Local {
        /// Logical name.
        name: String,
        /// Where it lives.
        sources: Vec<SourceId>,
    },
    /// In one data source.
    Single {
        /// Logical name.
        name: String,
        /// Where it lives.
        source: SourceId,
    },
}

/// One logical database: immutable, shared.
#[derive(Clone, Debug)]
pub struct Database {
    /// Logical name.
    pub name: String,
    /// Data sources; `SourceId` indexes this.
    pub groups: Vec<Group>,
}

//! Where a piece of a logical table lives.

use std::fmt;
use std::sync::Arc;

/// Index of a data source (a read-write group, or a plain data source standing alone)
/// within one logical database; dense, from 0, in the order of the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u16);

impl SourceId {
    /// The index as a `usize`, for looking up in a slice.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// One actual table in one data source, `ds_0.inv_stock_3`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DataNode {
    /// The data source that holds the table.
    pub source: SourceId,
    /// The actual table's name as the server spells it.
    pub table: Arc<str>,
}

impl fmt::Display for DataNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}.{}", self.source.0, self.table)
    }
}

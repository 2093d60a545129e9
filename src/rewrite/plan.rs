//! What the pure half hands to the waiting half.

use crate::model::SourceId;

use super::edit::Edit;

/// One statement for one data source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionUnit {
    /// The data source.
    pub source: SourceId,
    /// Edits of the client's text, ascending.
    pub edits: Vec<Edit>,
    /// Actual table name -> logical table name, for editing names in answers; empty if none changed.
    pub names: Vec<(String, String)>,
}

/// Everything that runs for one statement. Several units of one data source follow each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The units.
    pub units: Vec<ExecutionUnit>,
}

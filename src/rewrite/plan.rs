//! What the pure half hands to the waiting half.

use crate::model::{ShardingValue, SourceId};
use crate::rule::Database;

use super::edit::{Edit, apply};

/// A generated key among the parameters of a prepared INSERT: its text stays the same from key to key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyParameter {
    /// Index among the client's parameters: the one whose value it takes the place of, or that it goes before.
    pub index: usize,
    /// It is a parameter more than the client's.
    pub is_new: bool,
    /// The key.
    pub value: ShardingValue,
}

/// One statement for one data source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionUnit {
    /// The data source.
    pub source: SourceId,
    /// Edits of the client's text, ascending.
    pub edits: Vec<Edit>,
    /// Actual table name -> logical table name, for editing names in answers; empty if none changed.
    pub names: Vec<(String, String)>,
    /// Generated keys among the parameters, ascending; empty for a text that was not prepared.
    pub keys: Vec<KeyParameter>,
}

impl ExecutionUnit {
    /// The SQL that the data source gets for the client's `text`.
    #[must_use]
    pub fn sql(&self, text: &[u8]) -> Vec<u8> {
        let mut sql = Vec::with_capacity(text.len() + 32 * self.edits.len());
        apply(text, &self.edits, &mut sql);
        sql
    }
}

/// Everything that runs for one statement. Several units of one data source follow each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The units.
    pub units: Vec<ExecutionUnit>,
}

impl Plan {
    /// Name of the data source and actual SQL of each unit, as `PREVIEW` shows them.
    pub fn actual<'p>(
        &'p self,
        text: &'p [u8],
        database: &'p Database,
    ) -> impl Iterator<Item = (&'p str, String)> {
        self.units.iter().map(move |unit| {
            let name = database
                .groups
                .get(unit.source.index())
                .map_or("?", |group| group.name.as_str());
            (name, String::from_utf8_lossy(&unit.sql(text)).into_owned())
        })
    }
}

//! Where the rows of an INSERT belong, by what all texts of its shape have in common.

use std::sync::Arc;

use crate::model::{ColumnKind, ShardingValue};
use crate::rule::ShardedTable;
use crate::sql::{Insert, Kind, Row};

use super::input::RouteInput;
use super::insert::sharding_columns;
use super::key_need::{KeyColumn, KeyNeed, inserted_rows, key_column};
use super::scope::{Bound, Scope};
use super::shape_route::MOST_COLUMNS;
use super::value::{Reading, Worth};

/// A sharding column of the rows.
#[derive(Clone, Debug)]
struct RowColumn {
    /// Where the rows hold it; `None` where only the generated key fills it.
    position: Option<usize>,
    reading: Reading,
    /// What it can hold; `None` if that is not known.
    kind: Option<ColumnKind>,
    /// The generated key is its value in rows that lack one.
    is_key: bool,
}

/// The rows of all texts of one shape: their values are the text's, everything else is alike.
#[derive(Clone, Debug)]
pub(super) struct ShapeRows {
    pub(super) table: Arc<ShardedTable>,
    columns: Vec<RowColumn>,
    key: Option<KeyColumn>,
}

impl ShapeRows {
    /// What the rows of `insert` into `table`, which routing calls `bound`, have in common with those of its shape.
    pub(super) fn of(
        scope: &Scope<'_>,
        insert: &Insert,
        bound: &Bound<'_>,
        table: &Arc<ShardedTable>,
    ) -> Option<Self> {
        let rows = inserted_rows(insert)?;
        let key = match &table.key {
            Some(key) => Some((key, key_column(scope.input, insert, table, key).ok()?)),
            None => None,
        };
        let place = key.map(|(key, column)| (key.column.as_str(), column.place()));
        let columns = sharding_columns(scope, insert, table, rows, place).ok()?;
        let columns = table.columns.iter().zip(columns);
        let columns = columns.map(|(name, (position, reading))| RowColumn {
            position,
            reading,
            kind: bound.kind(name).cloned(),
            is_key: key.is_some_and(|(key, _)| key.column.eq_ignore_ascii_case(name)),
        });
        Some(Self {
            table: Arc::clone(table),
            columns: columns.collect(),
            key: key.map(|(_, column)| column),
        })
    }

    /// The generated keys that another text of the shape needs; `None` where its table has none.
    pub(super) fn key_need(&self, input: &RouteInput<'_>) -> Option<KeyNeed<'_>> {
        let (column, key) = (self.key?, self.table.key.as_ref()?);
        let rows = rows_of(input)?;
        let need = KeyNeed::by_column(column, &self.table, key, rows, input);
        Some(need)
    }

    /// The one node of another text's rows; `None` where they have several, or a value is not plainly there.
    pub(super) fn node(&self, input: &RouteInput<'_>, need: Option<&KeyNeed<'_>>) -> Option<usize> {
        let mut common = None;
        for (index, row) in rows_of(input)?.iter().enumerate() {
            let key = need.and_then(|need| need.key_of(index, input.generated));
            let node = self.node_of(input, row, key)?;
            if common.is_some_and(|common| common != node) {
                return None;
            }
            common = Some(node);
        }
        common
    }

    fn node_of(
        &self,
        input: &RouteInput<'_>,
        row: &Row,
        key: Option<&ShardingValue>,
    ) -> Option<usize> {
        // values are few and small: none of this needs the heap
        let mut values = [const { ShardingValue::Int(0) }; MOST_COLUMNS];
        for (value, column) in values.iter_mut().zip(&self.columns) {
            *value = match key.filter(|_| column.is_key) {
                Some(key) => key.clone(),
                None => column.value(input, row)?,
            };
        }
        let values = values.get(..self.columns.len())?;
        // what leads nowhere is told by the long way
        self.table.place_row(values).ok()
    }
}

impl RowColumn {
    /// What is plainly there and fits; anything else is told, or looked at closer, by the long way.
    fn value(&self, input: &RouteInput<'_>, row: &Row) -> Option<ShardingValue> {
        let (operand, ..) = row.values.get(self.position?)?;
        match self.reading.worth(*operand, input) {
            Worth::Value(value) if self.kind.as_ref().is_none_or(|kind| kind.holds(&value)) => {
                Some(value)
            }
            _ => None,
        }
    }
}

/// The rows as the shape has them: operands that name the tokens and parameters of each of its texts.
fn rows_of<'i>(input: &RouteInput<'i>) -> Option<&'i [Row]> {
    match &input.statement.kind {
        Kind::Insert(insert) => inserted_rows(insert),
        _ => None,
    }
}

//! Whether the rows of two tables that a join brings together lie in the same data source.

use std::collections::BTreeSet;

use crate::model::{ShardingValue, SourceId};
use crate::rule::{ShardedTable, ValueSet};
use crate::sql::{ColumnRef, Predicate};

use super::known::{Solver, compare_alike};
use super::land::Chosen;
use super::scope::Scope;

/// Whether the statement joins `other` to `anchor` by the column that decides the data source of each, and every value
/// that is asked for leads both to one data source.
pub fn lies_beside(scope: &Scope<'_>, anchor: &Chosen<'_>, other: &Chosen<'_>) -> bool {
    let (Some(own), Some(theirs)) = (lead(anchor.table), lead(other.table)) else {
        return false;
    };
    let reading = |one: &Chosen<'_>, column: &str| {
        let bound = scope.tables.get(one.index)?;
        bound.reading(column).ok()
    };
    let (Some(reading), Some(other_reading)) = (reading(anchor, own), reading(other, theirs))
    else {
        return false;
    };
    if !compare_alike(reading, other_reading) || !are_joined(scope, anchor, own, other, theirs) {
        return false;
    }
    let known = Solver::new(scope).known(anchor.index, own, reading);
    let Some(points) = known.as_ref().and_then(ValueSet::points) else {
        return false;
    };
    points.iter().all(|point| {
        let one = sources(anchor.table, own, point);
        one.len() == 1 && one == sources(other.table, theirs, point)
    })
}

/// The one column that decides the data source.
fn lead(table: &ShardedTable) -> Option<&str> {
    match table.database_columns.as_slice() {
        [column] => table.columns.get(*column).map(String::as_str),
        _ => None,
    }
}

/// An equality that keeps rows of `other` out which do not fit `anchor`'s.
fn are_joined(
    scope: &Scope<'_>,
    anchor: &Chosen<'_>,
    own: &str,
    other: &Chosen<'_>,
    theirs: &str,
) -> bool {
    let is =
        |column: &ColumnRef, one: &Chosen<'_>, name: &str| scope.is_column(column, one.index, name);
    scope
        .conditions(other.index)
        .any(|condition| match &condition.predicate {
            Predicate::Same { left, right } => {
                (is(left, anchor, own) && is(right, other, theirs))
                    || (is(right, anchor, own) && is(left, other, theirs))
            }
            _ => false,
        })
}

fn sources(table: &ShardedTable, column: &str, point: &ShardingValue) -> BTreeSet<SourceId> {
    let values: Vec<Option<ValueSet>> = table
        .columns
        .iter()
        .map(|name| (name == column).then(|| ValueSet::Points(vec![point.clone()])))
        .collect();
    let nodes = table.place(&values).map(|placement| placement.nodes);
    let nodes = nodes.unwrap_or_default();
    nodes
        .into_iter()
        .filter_map(|node| Some(table.nodes.get(node)?.source))
        .collect()
}

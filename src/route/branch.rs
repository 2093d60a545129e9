//! What the branches of a derived table hold: columns, conditions, and each the values that lead to its node.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{ShardingValue, SourceId};
use crate::rule::{ShardedTable, ValueSet};

use super::derived::columns;
use super::filter::{Filter, filters, known_columns};
use super::input::RouteInput;
use super::refusal::Refusal;
use super::scope::Scope;

/// The values of one column that lead to each actual table.
pub type ByTable = BTreeMap<Arc<str>, Vec<ShardingValue>>;

/// The branches of one table reference in one data source.
#[derive(Clone, Debug, PartialEq)]
pub struct Branches {
    /// The columns; `None` for `*`.
    pub columns: Option<Vec<String>>,
    /// Conditions of every branch.
    pub filters: Vec<Filter>,
    /// A column of whose values each actual table has its own.
    pub apart: Option<(String, ByTable)>,
}

/// What a derived table in the place of reference `table` needs in `source`.
///
/// # Errors
/// As those of routing.
pub fn branches(
    input: &RouteInput<'_>,
    table: usize,
    source: SourceId,
) -> Result<Branches, Refusal> {
    let scope = Scope::of(input)?;
    let Some((bound, rule)) = scope
        .tables
        .get(table)
        .and_then(|bound| Some((bound, bound.sharded()?)))
    else {
        return Ok(Branches {
            columns: None,
            filters: Vec::new(),
            apart: None,
        });
    };
    let key = rule.columns.first().map_or("", String::as_str);
    let apart = told_apart(&scope, table, rule, source);
    Ok(Branches {
        columns: columns(input, bound.columns, key),
        filters: filters(
            &scope,
            table,
            apart.as_ref().map(|(column, _)| column.as_str()),
        ),
        apart,
    })
}

/// The first column with several values, and those that lead to each node.
fn told_apart(
    scope: &Scope<'_>,
    table: usize,
    rule: &ShardedTable,
    source: SourceId,
) -> Option<(String, ByTable)> {
    let known = known_columns(scope, table);
    let (column, points) = known.iter().find_map(|(column, values)| {
        let points = values.points().filter(|points| points.len() > 1)?;
        Some((column, points))
    })?;
    let of = |name: &String| {
        let values = known.iter().find(|(column, _)| column == name);
        values.map(|(_, values)| values.clone())
    };
    let mut values: Vec<Option<ValueSet>> = rule.columns.iter().map(of).collect();
    let position = rule.columns.iter().position(|name| name == column)?;
    let mut by_table = ByTable::new();
    for point in points {
        *values.get_mut(position)? = Some(ValueSet::Points(vec![point.clone()]));
        let placement = rule.place(&values).ok()?;
        let nodes = placement.nodes.iter();
        for node in nodes.filter_map(|node| rule.nodes.get(*node)) {
            if node.source == source {
                let own = by_table.entry(Arc::clone(&node.table)).or_default();
                own.push(point.clone());
            }
        }
    }
    Some((column.clone(), by_table))
}

//! INSERT and REPLACE: the node of every row.

use std::collections::BTreeMap;

use crate::model::{ShardingValue, ShortList};
use crate::rule::ShardedTable;
use crate::sql::{Assignment, Insert, InsertSource, Row};

use super::choice::{Purpose, unplaced};
use super::hint_values;
use super::kept_moment::kept_moment;
use super::key_need::{KeyNeed, KeyPlace, column_count, inserted_rows, ordered_columns};
use super::land::{Preset, land, local};
use super::outcome::{Route, Target};
use super::purpose::difference_by_server;
use super::refusal::Refusal;
use super::refusal_code::RefusalCode;
use super::scope::{Bound, Class, Scope};
use super::selected::insert_selected;
use super::spread::insert_nodes;
use super::value::{Reading, Worth};

/// Routes an INSERT or REPLACE.
///
/// # Errors
/// Whatever keeps its rows from one node.
pub fn insert(scope: &Scope<'_>, insert: &Insert) -> Result<Route, Refusal> {
    let target = usize::from(insert.table);
    let Some(bound) = scope.tables.get(target) else {
        return Ok(Route::to(Target::Source(
            scope.input.database.default_source,
        )));
    };
    let name = &bound.reference.name;
    match bound.class {
        Class::Sharded(table) => sharded(scope, insert, table),
        Class::Broadcast(sources) => {
            every_copy_alike(scope, name)?;
            check_broadcast_readers(scope, target, name)?;
            Ok(Route::to(Target::Every(sources.to_vec())))
        }
        Class::Local(_) => into_local(scope, insert, name),
        Class::Single(source) => into_single(scope, insert, source),
        Class::System => Err(Refusal::new(
            RefusalCode::NotSupported,
            format!("{name} belongs to the server: it is not written through the proxy"),
        )),
    }
}

/// Refuses values that differ by server in a statement that every data source runs (contract 4.7).
///
/// # Errors
/// 29008 naming what differs.
pub fn every_copy_alike(scope: &Scope<'_>, name: &str) -> Result<(), Refusal> {
    match difference_by_server(&scope.input.statement.facts) {
        None => Ok(()),
        Some(what) => {
            let text = format!(
                "{name} is a broadcast table: {what} would give each data source another value; compute it in the application"
            );
            Err(Refusal::new(RefusalCode::WriteOverNodes, text))
        }
    }
}

fn check_broadcast_readers(scope: &Scope<'_>, target: usize, name: &str) -> Result<(), Refusal> {
    let others = scope
        .tables
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != target);
    match others
        .map(|(_, table)| table)
        .find(|table| !matches!(table.class, Class::Broadcast(_)))
    {
        None => Ok(()),
        Some(table) => {
            let text = format!(
                "{name} is written in every data source, but {} is not in all of them: read it first, then insert the values",
                table.reference.name
            );
            Err(Refusal::new(RefusalCode::InsertSelect, text))
        }
    }
}

fn into_local(scope: &Scope<'_>, insert: &Insert, name: &str) -> Result<Route, Refusal> {
    let is_alone = scope.tables.iter().enumerate().all(|(index, table)| {
        index == usize::from(insert.table) || matches!(table.class, Class::Broadcast(_))
    });
    if is_alone {
        Ok(Route::to(Target::TransactionWriter))
    } else {
        Err(local(name))
    }
}

fn into_single(
    scope: &Scope<'_>,
    insert: &Insert,
    source: crate::model::SourceId,
) -> Result<Route, Refusal> {
    if scope.sharded().next().is_some() {
        let landing = land(scope, Purpose::Write { has_limit: false }, None).map_err(
            |refusal| match refusal.code {
                RefusalCode::TablesNotTogether
                    if matches!(insert.source, InsertSource::Select(_)) =>
                {
                    Refusal::new(RefusalCode::InsertSelect, refusal.message)
                }
                _ => refusal,
            },
        )?;
        return Ok(Route {
            reasons: landing.reasons,
            ..Route::to(Target::Units(ShortList::one(landing.unit)))
        });
    }
    super::unsharded::meet(scope, Purpose::Write { has_limit: false })?;
    Ok(Route::to(Target::Source(source)))
}

fn sharded(scope: &Scope<'_>, insert: &Insert, table: &ShardedTable) -> Result<Route, Refusal> {
    check_on_duplicate(&insert.on_duplicate, table)?;
    let Some(rows) = inserted_rows(insert) else {
        return insert_selected(scope, insert, table);
    };
    let node = match Rows::of(scope, insert, table, rows)?.nodes()? {
        Nodes::One(node) => node,
        Nodes::Several(rows) => return insert_nodes(scope, insert, table, rows),
    };
    let landing = land(
        scope,
        Purpose::Write { has_limit: false },
        Some(Preset {
            table: usize::from(insert.table),
            node,
        }),
    )?;
    Ok(Route {
        reasons: landing.reasons,
        ..Route::to(Target::Units(ShortList::one(landing.unit)))
    })
}

/// ON DUPLICATE KEY UPDATE may set a sharding column only to the very value that was to be inserted (contract 4.5).
fn check_on_duplicate(assignments: &[Assignment], table: &ShardedTable) -> Result<(), Refusal> {
    let is_key = |assignment: &&Assignment| {
        table
            .columns
            .iter()
            .any(|column| column.eq_ignore_ascii_case(&assignment.column.name))
    };
    let moves = |assignment: &&Assignment| {
        !assignment
            .inserted_column
            .as_deref()
            .is_some_and(|inserted| inserted.eq_ignore_ascii_case(&assignment.column.name))
    };
    match assignments.iter().filter(is_key).find(moves) {
        None => Ok(()),
        Some(assignment) => Err(column_updated(table, &assignment.column.name)),
    }
}

/// 20031: a row would have to move.
#[must_use]
pub fn column_updated(table: &ShardedTable, column: &str) -> Refusal {
    let text = format!(
        "{}: sharding column {column} would change, and the row with it its node; delete the row and insert it anew",
        table.name
    );
    Refusal::new(RefusalCode::ShardingColumnUpdated, text)
}

/// Where the rows of an INSERT hold each sharding column, and how it is read.
///
/// # Errors
/// 1136 for rows of another width than the columns, 29002 for columns that are not known.
pub(super) fn sharding_columns(
    scope: &Scope<'_>,
    insert: &Insert,
    table: &ShardedTable,
    rows: &[Row],
    key: Option<(&str, KeyPlace)>,
) -> Result<Vec<(Option<usize>, Reading)>, Refusal> {
    let names = row_columns(scope, insert, table, rows, key)?;
    if let Some(row) = rows.iter().position(|row| row.values.len() != names.len()) {
        return Err(column_count(row + 1));
    }
    let Some(bound) = scope.tables.get(usize::from(insert.table)) else {
        return Err(column_count(1));
    };
    let columns = table.columns.iter().map(|name| {
        let mut names = names.iter();
        let position = names.position(|column| column.eq_ignore_ascii_case(name));
        Ok((position, bound.reading(name)?))
    });
    columns.collect()
}

/// The rows of an INSERT with the position of each sharding column.
struct Rows<'s, 'a> {
    scope: &'s Scope<'a>,
    table: &'s ShardedTable,
    target: &'s Bound<'a>,
    rows: &'s [Row],
    need: Option<KeyNeed<'a>>,
    /// Per sharding column: position in a row and how it is read.
    columns: Vec<(Option<usize>, Reading)>,
}

impl<'s, 'a> Rows<'s, 'a> {
    fn of(
        scope: &'s Scope<'a>,
        insert: &Insert,
        table: &'s ShardedTable,
        rows: &'s [Row],
    ) -> Result<Self, Refusal> {
        let need = KeyNeed::of(scope.input)?;
        let place = need.as_ref().map(|need| (need.column, need.place));
        let columns = sharding_columns(scope, insert, table, rows, place)?;
        let Some(bound) = scope.tables.get(usize::from(insert.table)) else {
            return Err(column_count(1));
        };
        Ok(Self {
            scope,
            table,
            target: bound,
            rows,
            need,
            columns,
        })
    }

    /// The node of each row.
    fn nodes(&self) -> Result<Nodes, Refusal> {
        let mut common: Option<usize> = None;
        let mut apart: Option<BTreeMap<usize, Vec<u32>>> = None;
        let mut values = Vec::with_capacity(self.columns.len());
        let hints = hint_values::of_table(self.scope.input, self.table);
        for (index, row) in self.rows.iter().enumerate() {
            values.clear();
            for column in 0..self.columns.len() {
                values.push(self.value(index, row, column)?);
            }
            let node = self
                .table
                .place_row_with_hints(&values, &hints)
                .map_err(|error| unplaced(self.table, &error))?;
            let row = row_index(index);
            match (&mut apart, common) {
                (Some(rows), _) => rows.entry(node).or_default().push(row),
                (None, Some(first)) if first != node => {
                    let before = (0..row).collect();
                    apart = Some(BTreeMap::from([(first, before), (node, vec![row])]));
                }
                (None, _) => common = Some(node),
            }
        }
        match (apart, common) {
            (Some(rows), _) => Ok(Nodes::Several(rows)),
            (None, Some(node)) => Ok(Nodes::One(node)),
            (None, None) => Err(column_count(1)),
        }
    }

    fn value(&self, index: usize, row: &Row, column: usize) -> Result<ShardingValue, Refusal> {
        let (Some((position, reading)), Some(name)) =
            (self.columns.get(column), self.table.columns.get(column))
        else {
            return Err(column_count(index + 1));
        };
        if let Some(need) = self
            .need
            .as_ref()
            .filter(|need| need.column.eq_ignore_ascii_case(name))
            && let Some(key) = need.key_of(index, self.scope.input.generated)
        {
            return Ok(key.clone());
        }
        let Some((operand, ..)) = position.and_then(|position| row.values.get(position)) else {
            return Err(self.missing(name, index, "no value"));
        };
        match reading.worth(*operand, self.scope.input) {
            Worth::Value(value) if !self.holds(name, &value) => {
                if let Some(kept) = kept_moment(self.target, self.table, name, &value) {
                    return Ok(kept);
                }
                let text = format!(
                    "{}: row {} gives sharding column {name} a value that its type does not hold; the server could store another in its place",
                    self.table.name,
                    index + 1
                );
                Err(Refusal::new(RefusalCode::RowOverNodes, text))
            }
            Worth::Value(value) => Ok(value),
            Worth::Null => Err(self.missing(name, index, "NULL")),
            Worth::Default => Err(self.missing(name, index, "DEFAULT")),
            Worth::Unknown => {
                let text = format!(
                    "{}: row {} gives sharding column {name} something that is no exact value of its type, so the row could \
                     belong to any of {} nodes; write the value itself",
                    self.table.name,
                    index + 1,
                    self.table.nodes.len()
                );
                Err(Refusal::new(RefusalCode::RowOverNodes, text))
            }
        }
    }

    /// Without a strict `sql_mode`, and by INSERT IGNORE, a number that does not fit becomes the nearest that does, a text is cut.
    fn holds(&self, column: &str, value: &ShardingValue) -> bool {
        self.target
            .kind(column)
            .is_none_or(|kind| kind.holds(value))
    }

    fn missing(&self, column: &str, row: usize, what: &str) -> Refusal {
        let text = format!(
            "{}: row {} has {what} for sharding column {column}; give it a value",
            self.table.name,
            row + 1
        );
        Refusal::new(RefusalCode::KeyMissing, text)
    }
}

/// Where the rows of an INSERT belong.
enum Nodes {
    /// All to one node.
    One(usize),
    /// Indices of rows by node.
    Several(BTreeMap<usize, Vec<u32>>),
}

/// A text of 64 MiB cannot hold as many rows.
fn row_index(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Names of the values of each row, in their order.
fn row_columns<'n>(
    scope: &Scope<'n>,
    insert: &'n Insert,
    table: &ShardedTable,
    rows: &[Row],
    key: Option<(&str, KeyPlace)>,
) -> Result<Vec<&'n str>, Refusal> {
    if let Some(columns) = &insert.columns {
        return Ok(columns.iter().map(|(name, _)| name.as_str()).collect());
    }
    if rows.iter().all(|row| row.values.is_empty()) {
        return Ok(Vec::new());
    }
    let mut columns = ordered_columns(scope.input, table)?;
    if let Some((key, KeyPlace::Short)) = key {
        columns.retain(|name| !name.eq_ignore_ascii_case(key));
    }
    Ok(columns)
}

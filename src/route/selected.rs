//! INSERT ... SELECT into a sharded table: served where all its rows belong to one node that is known before reading.

use crate::model::{ShardingValue, ShortList};
use crate::rule::{ShardedTable, ValueSet};
use crate::sql::{ColumnRef, Insert, Operand, Selected};

use super::choice::{Purpose, unplaced};
use super::kept_moment::kept_moment;
use super::key_need::{column_count, ordered_columns};
use super::known::Solver;
use super::land::{Preset, land};
use super::outcome::{Route, Target};
use super::refusal::Refusal;
use super::refusal_code::RefusalCode;
use super::scope::{Bound, Scope};
use super::value::{Reading, Worth};

/// Routes an INSERT or REPLACE ... SELECT into `table`.
///
/// # Errors
/// 20034 where the rows' node is known only after reading, or the rows that are read lie elsewhere.
pub fn insert_selected(
    scope: &Scope<'_>,
    insert: &Insert,
    table: &ShardedTable,
) -> Result<Route, Refusal> {
    let items = expanded(scope, insert, table)?;
    let names = column_names(scope, insert, table)?;
    if items.len() != names.len() {
        return Err(column_count(1));
    }
    let item = |column: &str| {
        let position = names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(column));
        position.and_then(|position| items.get(position))
    };
    check_key(scope, table, item)?;
    let index = usize::from(insert.table);
    let Some(bound) = scope.tables.get(index) else {
        return Err(column_count(1));
    };
    let mut values = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        let Some(item) = item(column) else {
            return Err(missing(table, column, "is not among its columns"));
        };
        values.push(value(scope, bound, table, column, item)?);
    }
    let node = table
        .place_row(&values)
        .map_err(|error| unplaced(table, &error))?;
    let preset = Preset { table: index, node };
    let landing = land(scope, Purpose::Write { has_limit: false }, Some(preset))
        .map_err(|refusal| elsewhere(table, refusal))?;
    Ok(Route {
        reasons: landing.reasons,
        ..Route::to(Target::Units(ShortList::one(landing.unit)))
    })
}

/// One item of the list with `*` written out.
enum Item<'a> {
    Written(&'a Selected),
    /// A column of the table at this index.
    Star(usize, &'a str),
}

fn expanded<'a>(
    scope: &Scope<'a>,
    insert: &'a Insert,
    table: &ShardedTable,
) -> Result<Vec<Item<'a>>, Refusal> {
    if insert.selected.is_empty() {
        let text = format!(
            "INSERT ... SELECT into {}: which column gives which value is told only by one SELECT with a list of its \
             columns; write it so, or read first, then insert the values",
            table.name
        );
        return Err(Refusal::new(RefusalCode::InsertSelect, text));
    }
    let mut items = Vec::with_capacity(insert.selected.len());
    for item in &insert.selected {
        let Selected::All(index) = item else {
            items.push(Item::Written(item));
            continue;
        };
        let index = usize::from(*index);
        let source = scope.tables.get(index);
        let Some(columns) = source.and_then(|bound| bound.columns) else {
            let text = format!(
                "INSERT ... SELECT * into {}: the columns of the table that is read are not known; name them",
                table.name
            );
            return Err(Refusal::new(RefusalCode::InsertSelect, text));
        };
        let visible = columns.columns.iter().filter(|column| !column.is_invisible);
        items.extend(visible.map(|column| Item::Star(index, &column.name)));
    }
    Ok(items)
}

fn column_names<'n>(
    scope: &Scope<'n>,
    insert: &'n Insert,
    table: &ShardedTable,
) -> Result<Vec<&'n str>, Refusal> {
    match &insert.columns {
        Some(columns) => Ok(columns.iter().map(|(name, _)| name.as_str()).collect()),
        None => ordered_columns(scope.input, table),
    }
}

/// A key that rows lack cannot be generated: how many there are is known only to the server.
fn check_key<'i, 'a: 'i>(
    scope: &Scope<'_>,
    table: &ShardedTable,
    item: impl Fn(&str) -> Option<&'i Item<'a>>,
) -> Result<(), Refusal> {
    let Some(key) = &table.key else { return Ok(()) };
    let is_absent = match item(&key.column) {
        None => true,
        Some(Item::Written(Selected::Value(operand))) => {
            let reading = Reading::Integer {
                quoted_is_text: false,
            };
            match reading.worth(*operand, scope.input) {
                Worth::Null | Worth::Default => true,
                Worth::Value(ShardingValue::Int(0)) => !scope.input.keeps_zero,
                Worth::Value(_) | Worth::Unknown => false,
            }
        }
        Some(_) => false,
    };
    if !is_absent {
        return Ok(());
    }
    let text = format!(
        "INSERT ... SELECT into {}: no key can be generated for {}, since how many rows there are is known only after \
         reading; select a value for it, or read first, then insert the values",
        table.name, key.column
    );
    Err(Refusal::new(RefusalCode::InsertSelect, text))
}

fn value(
    scope: &Scope<'_>,
    target: &Bound<'_>,
    table: &ShardedTable,
    column: &str,
    item: &Item<'_>,
) -> Result<ShardingValue, Refusal> {
    let reading = target.reading(column)?;
    let known = match item {
        Item::Written(Selected::Value(operand)) => {
            return constant(scope, target, table, column, (*operand, reading));
        }
        Item::Written(Selected::Column(reference)) => {
            of_column(scope, reading, scope.owner(reference), reference)
        }
        Item::Star(index, name) => of_named(scope, reading, *index, name),
        Item::Written(Selected::Other | Selected::All(_)) => None,
    };
    let Some(value) = known.filter(|value| holds(target, column, value)) else {
        return Err(missing(
            table,
            column,
            "is neither a literal nor a column that the conditions hold to one value",
        ));
    };
    Ok(value)
}

fn of_column(
    scope: &Scope<'_>,
    reading: Reading,
    owner: Option<usize>,
    reference: &ColumnRef,
) -> Option<ShardingValue> {
    of_named(scope, reading, owner?, &reference.name)
}

/// The one value that a column has in every row that is read. Only of integers: equal texts need not be the same.
fn of_named(
    scope: &Scope<'_>,
    reading: Reading,
    index: usize,
    name: &str,
) -> Option<ShardingValue> {
    let plain = Reading::Integer {
        quoted_is_text: false,
    };
    let source = scope.tables.get(index)?;
    let theirs = Reading::of(source.kind(name), source.sharded()).ok()?;
    if reading != plain || theirs != plain {
        return None;
    }
    match Solver::new(scope).known(index, name, reading)? {
        ValueSet::Points(points) => match points.as_slice() {
            [value] => Some(value.clone()),
            _ => None,
        },
        ValueSet::Range { .. } => None,
    }
}

fn constant(
    scope: &Scope<'_>,
    target: &Bound<'_>,
    table: &ShardedTable,
    column: &str,
    (operand, reading): (Operand, Reading),
) -> Result<ShardingValue, Refusal> {
    match reading.worth(operand, scope.input) {
        Worth::Value(value) if holds(target, column, &value) => Ok(value),
        Worth::Null | Worth::Default => {
            let text = format!(
                "{}: INSERT ... SELECT has NULL for sharding column {column}; give it a value",
                table.name
            );
            Err(Refusal::new(RefusalCode::KeyMissing, text))
        }
        Worth::Value(value) => kept_moment(target, table, column, &value)
            .ok_or_else(|| missing(table, column, "is no exact value of its type")),
        Worth::Unknown => Err(missing(table, column, "is no exact value of its type")),
    }
}

fn holds(target: &Bound<'_>, column: &str, value: &ShardingValue) -> bool {
    target.kind(column).is_none_or(|kind| kind.holds(value))
}

fn missing(table: &ShardedTable, column: &str, why: &str) -> Refusal {
    let text = format!(
        "INSERT ... SELECT into {}: sharding column {column} {why}, so the rows' nodes are known only after reading; \
         select a literal for it, add `{column} = ?` to the WHERE of the SELECT, or read first, then insert the values",
        table.name
    );
    Refusal::new(RefusalCode::InsertSelect, text)
}

/// What is read lies on several nodes, or on another one than what is written.
fn elsewhere(table: &ShardedTable, refusal: Refusal) -> Refusal {
    let is_elsewhere = matches!(
        refusal.code,
        RefusalCode::TablesNotTogether | RefusalCode::WriteOverNodes | RefusalCode::NeedsMerge
    );
    if !is_elsewhere {
        return refusal;
    }
    let text = format!(
        "INSERT ... SELECT into {}: {}; read first, then insert the values",
        table.name, refusal.message
    );
    Refusal::new(RefusalCode::InsertSelect, text)
}

//! UPDATE and DELETE.

use crate::model::ShortList;
use crate::rule::ShardedTable;
use crate::sql::{Assignment, Binding, Block, Delete, Update};

use super::choice::Purpose;
use super::insert::{column_updated, every_copy_alike};
use super::known::Solver;
use super::land::{apart, land, local};
use super::outcome::{Route, Target};
use super::refusal::Refusal;
use super::refusal_code::RefusalCode;
use super::scope::{Class, Scope};
use super::spread::change_nodes;
use super::value::Worth;

/// Routes an UPDATE.
///
/// # Errors
/// Whatever keeps it from one data source.
pub fn update(scope: &Scope<'_>, update: &Update) -> Result<Route, Refusal> {
    let written = written_tables(scope, &update.assignments);
    let target = change(scope, &written, &update.blocks)?;
    check_assignments(scope, &update.assignments)?;
    Ok(target)
}

/// Routes a DELETE.
///
/// # Errors
/// Whatever keeps it from one data source.
pub fn delete(scope: &Scope<'_>, delete: &Delete) -> Result<Route, Refusal> {
    let written: Vec<usize> = delete
        .targets
        .iter()
        .map(|index| usize::from(*index))
        .collect();
    change(scope, &written, &delete.blocks)
}

fn change(scope: &Scope<'_>, written: &[usize], blocks: &[Block]) -> Result<Route, Refusal> {
    let traits = blocks.first().map(|block| block.traits).unwrap_or_default();
    let purpose = Purpose::Write {
        has_limit: traits.has_limit,
    };
    for table in written.iter().filter_map(|index| scope.tables.get(*index)) {
        let name = &table.reference.name;
        match table.class {
            Class::Local(_) => return Err(local(name)),
            Class::System => {
                let text =
                    format!("{name} belongs to the server: it is not written through the proxy");
                return Err(Refusal::new(RefusalCode::NotSupported, text));
            }
            Class::Broadcast(sources) => {
                check_broadcast(scope, name)?;
                if traits.has_limit && !traits.has_order_by {
                    let text = format!(
                        "{name} is a broadcast table: LIMIT without ORDER BY would hit other rows in each data source; add ORDER BY"
                    );
                    return Err(Refusal::new(RefusalCode::LimitOverNodes, text));
                }
                return Ok(Route::to(Target::Every(sources.to_vec())));
            }
            Class::Sharded(_) | Class::Single(_) => {}
        }
    }
    if scope.sharded().next().is_some() {
        let landing = match land(scope, purpose, None) {
            Err(refusal) if refusal.code == RefusalCode::WriteOverNodes => {
                return change_nodes(scope, written);
            }
            landed => landed?,
        };
        return Ok(Route {
            reasons: landing.reasons,
            ..Route::to(Target::Units(ShortList::one(landing.unit)))
        });
    }
    let source = super::unsharded::meet(scope, purpose)?;
    Ok(Route::to(Target::Source(
        source.unwrap_or(scope.input.database.default_source),
    )))
}

fn check_broadcast(scope: &Scope<'_>, name: &str) -> Result<(), Refusal> {
    every_copy_alike(scope, name)?;
    match scope
        .tables
        .iter()
        .find(|table| !matches!(table.class, Class::Broadcast(_)))
    {
        None => Ok(()),
        Some(table) => {
            let text = format!(
                "{name} is written in every data source, but {} is not in all of them",
                table.reference.name
            );
            Err(apart(Purpose::Write { has_limit: false }, &text))
        }
    }
}

/// The tables that the assignments change; all of the block where a column cannot be told.
fn written_tables(scope: &Scope<'_>, assignments: &[Assignment]) -> Vec<usize> {
    let mut written = Vec::with_capacity(1);
    for assignment in assignments {
        match scope.owner(&assignment.column) {
            Some(index) if written.contains(&index) => {}
            Some(index) => written.push(index),
            None => {
                let root = scope
                    .tables
                    .iter()
                    .enumerate()
                    .filter(|(_, table)| table.reference.block == 0);
                return root.map(|(index, _)| index).collect();
            }
        }
    }
    written
}

/// A sharding column may only be set to the very value that the conditions fix (contract 4.5).
fn check_assignments(scope: &Scope<'_>, assignments: &[Assignment]) -> Result<(), Refusal> {
    for assignment in assignments {
        for (index, bound, table) in scope.sharded() {
            let name = assignment.column.name.as_str();
            let Some(column) = table
                .columns
                .iter()
                .find(|column| column.eq_ignore_ascii_case(name))
            else {
                continue;
            };
            let is_other = match (scope.owner(&assignment.column), assignment.column.binding) {
                (Some(owner), _) => owner != index,
                (None, Binding::Unqualified(block)) => bound.reference.block != block,
                (None, _) => false,
            };
            if !is_other && !keeps_value(scope, index, table, column, assignment)? {
                return Err(column_updated(table, column));
            }
        }
    }
    Ok(())
}

fn keeps_value(
    scope: &Scope<'_>,
    index: usize,
    table: &ShardedTable,
    column: &str,
    assignment: &Assignment,
) -> Result<bool, Refusal> {
    let Some(bound) = scope.tables.get(index) else {
        return Ok(false);
    };
    debug_assert!(bound.sharded().is_some_and(|own| own.name == table.name));
    let reading = bound.reading(column)?;
    let Worth::Value(value) = reading.worth(assignment.value, scope.input) else {
        return Ok(false);
    };
    let known = Solver::new(scope).known(index, column, reading);
    Ok(known.as_ref().and_then(|set| set.points()) == Some(std::slice::from_ref(&value)))
}

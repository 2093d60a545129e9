//! UPDATE: its tables and conditions are those of `SELECT values FROM tables WHERE ...`.

use super::adapt::Adapter;
use super::assignment::{Written, assignments, find_word};
use super::layout::Layout;
use super::source::{Clear, Source, Unclear, token_index};
use super::statement::Shape;
use super::walk::Walk;
use crate::sql::statement::{Assignment, Binding, BlockKind, Kind, Operand, Update, Usage};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

/// Reads the UPDATE at token `verb`; what stands before it is its WITH.
pub(super) fn update(source: Source<'_>, layout: &Layout, verb: usize) -> Clear<Shape> {
    let mut tables = verb + 1;
    while source.is_any(tables, &["LOW_PRIORITY", "IGNORE"]) {
        tables += 1;
    }
    let set = find_word(source, layout, tables, source.end, &["SET"])?
        .ok_or(Unclear::Construct("UPDATE without SET"))?;
    let tail = find_word(
        source,
        layout,
        set,
        source.end,
        &["WHERE", "ORDER", "LIMIT"],
    )?
    .unwrap_or(source.end);
    let written = assignments(source, layout, set + 1, tail)?;
    let mut adapter = Adapter::new(source, layout);
    adapter.copy(source.first, verb)?;
    adapter.stream().glue(Keyword::SELECT);
    adapter.stream().value(verb);
    copy_values(&mut adapter, &written)?;
    adapter.stream().glue(Keyword::FROM);
    adapter.copy(tables, set)?;
    adapter.copy(tail, source.end)?;
    let query = adapter.into_stream().parse()?;
    let mut walk = Walk::new(source, layout);
    walk.query(&query, BlockKind::Root, None, None)?;
    let mut assigned = assign(&mut walk, &written)?;
    mark_written(&mut walk, &assigned);
    Shape::of(walk, |order, blocks| {
        assigned
            .iter_mut()
            .for_each(|assignment| order.assignment(assignment));
        Kind::Update(Update {
            assignments: assigned,
            blocks,
        })
    })
}

/// Appends the values that are expressions: sub-queries and qualifiers may be in them.
pub(super) fn copy_values(adapter: &mut Adapter<'_>, written: &[Written]) -> Clear<()> {
    for written in written
        .iter()
        .filter(|written| written.value == Operand::Expression)
    {
        adapter.stream().glue_token(Token::Comma);
        adapter.copy(written.first, written.end)?;
    }
    Ok(())
}

fn assign(walk: &mut Walk<'_>, written: &[Written]) -> Clear<Vec<Assignment>> {
    let mut assigned = Vec::with_capacity(written.len());
    for written in written {
        if written.column.len() > 1 {
            walk.qualifier(&written.column, 0)?;
        }
        assigned.push(Assignment {
            column: walk.column(&written.column, 0)?,
            column_token: token_index(written.column.last().copied().unwrap_or_default())?,
            value: written.value,
            inserted_column: None,
        });
    }
    Ok(assigned)
}

/// The tables that a SET names are written; an unqualified column may be any table's.
fn mark_written(walk: &mut Walk<'_>, assigned: &[Assignment]) {
    let is_known = |table: u16| {
        assigned
            .iter()
            .any(|assignment| assignment.column.binding == Binding::Table(table))
    };
    let is_doubtful = assigned
        .iter()
        .any(|assignment| !matches!(assignment.column.binding, Binding::Table(_)));
    for (index, table) in walk.tables.iter_mut().enumerate() {
        let is_written = is_doubtful || u16::try_from(index).is_ok_and(is_known);
        if table.block == 0 && is_written {
            table.usage = Usage::Write;
        }
    }
}

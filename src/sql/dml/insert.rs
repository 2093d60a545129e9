//! INSERT and REPLACE: rows are scanned as tokens, in linear time; sub-queries and expressions go to the parser.

use super::adapt::Adapter;
use super::assignment::{Written, assignments, find_word};
use super::layout::Layout;
use super::rows::{
    Body, Head, RowAlias, body, duplicate_clause, head, is_open, range_of, row_alias,
};
use super::scope::{Factor, Owner};
use super::source::{Clear, Source, Unclear, token_index};
use super::statement::Shape;
use super::walk::Walk;
use crate::sql::statement::{
    Assignment, Binding, BlockKind, ColumnRef, Insert, InsertSource, Kind, Selected, Usage,
};
use sqlparser::ast::{Query, SelectItem, SetExpr};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

/// Reads the INSERT or REPLACE that the statement is.
pub(super) fn insert(source: Source<'_>, layout: &Layout) -> Clear<Shape> {
    let head = head(source, layout)?;
    let tail =
        find_word(source, layout, head.body, source.end, &["RETURNING"])?.unwrap_or(source.end);
    let duplicate = duplicate_clause(source, layout, head.body, tail)?;
    let mut body = body(source, layout, head.body, duplicate.unwrap_or(tail))?;
    let alias = row_alias(source, layout, body.end, duplicate.unwrap_or(tail))?;
    let on_duplicate = match duplicate {
        Some(at) => assignments(source, layout, at + 4, tail)?,
        None => Vec::new(),
    };
    if tail < source.end {
        body.expressions.push((tail + 1, source.end));
    }
    body.expressions.extend(
        on_duplicate
            .iter()
            .filter(|written| is_open(source, written))
            .map(range_of),
    );
    finish(source, layout, &head, body, &alias, &on_duplicate)
}

fn finish(
    source: Source<'_>,
    layout: &Layout,
    head: &Head,
    body: Body,
    alias: &RowAlias,
    on_duplicate: &[Written],
) -> Clear<Shape> {
    let mut walk = Walk::new(source, layout);
    let root = walk.open_block(BlockKind::Root, None, None)?;
    let mut table = walk.add_table(&head.table, None, root, Usage::Write)?;
    if let Some(target) = walk.tables.first_mut() {
        target.takes_alias = false;
    }
    let mut rows = body.source;
    let mut selected = Vec::new();
    if let Some((first, end)) = body.query {
        let query = parse(source, layout, first, end)?;
        let block = walk.query(&query, BlockKind::Derived, Some(root), None)?;
        rows = InsertSource::Select(block);
        selected = walk.selected(&query, block)?;
        lend_factors(&mut walk, block, root);
    }
    if let Some(name) = alias.name {
        let exposed = source.name(name);
        walk.scopes.add(
            root,
            Factor {
                exposed,
                schema: None,
                has_alias: true,
                owner: Owner::Foreign,
                derived: None,
            },
        );
    }
    expressions(&mut walk, &body.expressions, root)?;
    let columns = head.columns.as_ref().or(body.columns.as_ref());
    let columns = columns
        .map(|columns| column_list(&mut walk, columns, root))
        .transpose()?;
    let mut assigned = on_duplicate
        .iter()
        .map(|written| duplicate_assignment(&mut walk, written, table, alias, columns.as_deref()))
        .collect::<Clear<Vec<_>>>()?;
    let column_list = head
        .column_list
        .map(|(open, close)| Ok((token_index(open)?, token_index(close)?)))
        .transpose()?;
    Shape::of(walk, |order, blocks| {
        order.table(&mut table);
        assigned
            .iter_mut()
            .for_each(|assignment| order.assignment(assignment));
        selected.iter_mut().for_each(|item| match item {
            Selected::Column(column) => order.column(column),
            Selected::All(table) => order.table(table),
            Selected::Value(_) | Selected::Other => {}
        });
        Kind::Insert(Insert {
            is_replace: head.is_replace,
            is_ignore: head.is_ignore,
            table,
            columns,
            column_list,
            source: rows,
            selected,
            on_duplicate: assigned,
            blocks,
        })
    })
}

fn parse(source: Source<'_>, layout: &Layout, first: usize, end: usize) -> Clear<Box<Query>> {
    let mut adapter = Adapter::new(source, layout);
    adapter.copy(first, end)?;
    adapter.into_stream().parse()
}

/// Walks expressions that stand in `block` as the list of a SELECT.
fn expressions(walk: &mut Walk<'_>, ranges: &[(usize, usize)], block: u16) -> Clear<()> {
    if ranges.is_empty() {
        return Ok(());
    }
    let mut adapter = Adapter::new(walk.source, walk.layout);
    adapter.stream().glue(Keyword::SELECT);
    for (position, &(first, end)) in ranges.iter().enumerate() {
        if position > 0 {
            adapter.stream().glue_token(Token::Comma);
        }
        adapter.copy(first, end)?;
    }
    let query = adapter.into_stream().parse()?;
    let SetExpr::Select(select) = query.body.as_ref() else {
        return Err(Unclear::Construct("a value"));
    };
    let is_list = select.from.is_empty() && select.selection.is_none() && query.order_by.is_none();
    if !is_list {
        return Err(Unclear::Construct("a value"));
    }
    select
        .projection
        .iter()
        .try_for_each(|item: &SelectItem| walk.select_item(item, block))
}

/// ON DUPLICATE KEY UPDATE sees the tables of the query too.
fn lend_factors(walk: &mut Walk<'_>, from: u16, to: u16) {
    let factors = walk
        .scopes
        .of(from)
        .map(|scope| scope.factors.clone())
        .unwrap_or_default();
    factors
        .into_iter()
        .for_each(|factor| walk.scopes.add(to, factor));
}

fn column_list(
    walk: &mut Walk<'_>,
    columns: &[Vec<usize>],
    block: u16,
) -> Clear<Vec<(String, u32)>> {
    let mut list = Vec::with_capacity(columns.len());
    for parts in columns {
        if parts.len() > 1 {
            walk.qualifier(parts, block)?;
        }
        let Some(&last) = parts.last() else {
            continue;
        };
        list.push((walk.source.name(last), token_index(last)?));
    }
    Ok(list)
}

fn duplicate_assignment(
    walk: &mut Walk<'_>,
    written: &Written,
    table: u16,
    alias: &RowAlias,
    columns: Option<&[(String, u32)]>,
) -> Clear<Assignment> {
    if written.column.len() > 1 {
        walk.qualifier(&written.column, 0)?;
    }
    let column = written.column.last().copied().unwrap_or_default();
    Ok(Assignment {
        column: ColumnRef {
            binding: Binding::Table(table),
            name: walk.source.name(column),
        },
        column_token: token_index(column)?,
        value: written.value,
        inserted_column: inserted_column(walk.source, written, alias, columns),
    })
}

/// The column `c` of `VALUES(c)`, `VALUE(c)` or `alias.c`.
fn inserted_column(
    source: Source<'_>,
    written: &Written,
    alias: &RowAlias,
    columns: Option<&[(String, u32)]>,
) -> Option<String> {
    let (first, end) = (written.first, written.end);
    let is_call = source.is_any(first, &["VALUES", "VALUE"]) && source.is_punct(first + 1, b'(');
    if is_call && source.is_punct(end - 1, b')') {
        let parts = source.dotted(first + 2).ok()?;
        let last = *parts.last()?;
        return (last + 2 == end).then(|| source.name(last));
    }
    let row = source.name(alias.name?);
    let is_alias = end == first + 3
        && source.is_name(first)
        && source.is_punct(first + 1, b'.')
        && source.is_name(first + 2)
        && source.name(first).eq_ignore_ascii_case(&row);
    if !is_alias {
        return None;
    }
    let name = source.name(first + 2);
    if alias.columns.is_empty() {
        return Some(name);
    }
    let position = alias
        .columns
        .iter()
        .position(|&token| source.name(token).eq_ignore_ascii_case(&name))?;
    columns?.get(position).map(|(column, _)| column.clone())
}

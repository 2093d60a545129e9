//! INSERT and REPLACE: rows are scanned as tokens, in linear time; sub-queries and expressions go to the parser.

use super::adapt::Adapter;
use super::assignment::{Written, assignments, find_word};
use super::layout::Layout;
use super::operand::{for_each_element, operand};
use super::scope::{Factor, Owner};
use super::skip::names;
use super::source::{Clear, Source, Unclear, token_index};
use super::statement::Shape;
use super::walk::Walk;
use crate::sql::statement::{
    Assignment, Binding, BlockKind, ColumnRef, Insert, InsertSource, Kind, Operand, Row, Usage,
};
use sqlparser::ast::{Query, SelectItem, SetExpr};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

/// What stands before the rows.
struct Head {
    is_replace: bool,
    is_ignore: bool,
    table: Vec<usize>,
    /// Parts of each column's name.
    columns: Option<Vec<Vec<usize>>>,
    column_list: Option<(usize, usize)>,
    /// First token of the rows, SET or query.
    body: usize,
}

/// Rows or query, as read from the tokens.
struct Body {
    source: InsertSource,
    /// Columns of SET.
    columns: Option<Vec<Vec<usize>>>,
    /// First token and the one behind the last of INSERT's query.
    query: Option<(usize, usize)>,
    /// Expressions that may hold a sub-query or qualifier.
    expressions: Vec<(usize, usize)>,
    /// Behind it.
    end: usize,
}

/// Alias and column aliases of the new row.
#[derive(Default)]
struct RowAlias {
    name: Option<usize>,
    columns: Vec<usize>,
}

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
    if let Some((first, end)) = body.query {
        let query = parse(source, layout, first, end)?;
        let block = walk.query(&query, BlockKind::Derived, Some(root), None)?;
        rows = InsertSource::Select(block);
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
        Kind::Insert(Insert {
            is_replace: head.is_replace,
            is_ignore: head.is_ignore,
            table,
            columns,
            column_list,
            source: rows,
            on_duplicate: assigned,
            blocks,
        })
    })
}

/// `INSERT [modifiers] [INTO] table [PARTITION (...)] [(columns)]`
fn head(source: Source<'_>, layout: &Layout) -> Clear<Head> {
    let mut at = source.first + 1;
    let mut is_ignore = false;
    while source.is_any(at, &["LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE"]) {
        is_ignore |= source.is_word(at, "IGNORE");
        at += 1;
    }
    if source.is_word(at, "INTO") {
        at += 1;
    }
    let table = source.dotted(at)?;
    at = table.last().map_or(at, |last| last + 1);
    if source.is_word(at, "PARTITION") {
        at = names(source, layout, at + 1)?;
    }
    let mut head = Head {
        is_replace: source.is_word(source.first, "REPLACE"),
        is_ignore,
        table,
        columns: None,
        column_list: None,
        body: at,
    };
    let is_list = source.is_punct(at, b'(')
        && !source.is_any(at + 1, &["SELECT", "WITH", "TABLE", "VALUES"])
        && !source.is_punct(at + 1, b'(');
    if is_list {
        let close = layout.partner(at)?;
        head.columns = Some(columns(source, at, close)?);
        head.column_list = Some((at, close));
        head.body = close + 1;
    }
    Ok(head)
}

fn columns(source: Source<'_>, open: usize, close: usize) -> Clear<Vec<Vec<usize>>> {
    let mut columns = Vec::new();
    let mut at = open + 1;
    while at < close {
        let parts = source.dotted(at)?;
        at = parts.last().map_or(at, |last| last + 1);
        columns.push(parts);
        if at < close && !source.is_punct(at, b',') {
            return Err(Unclear::Syntax { token: at });
        }
        at += 1;
    }
    Ok(columns)
}

/// `ON DUPLICATE KEY UPDATE`
fn duplicate_clause(
    source: Source<'_>,
    layout: &Layout,
    first: usize,
    end: usize,
) -> Clear<Option<usize>> {
    let mut from = first;
    while let Some(on) = find_word(source, layout, from, end, &["ON"])? {
        if source.are_words(on, &["ON", "DUPLICATE", "KEY", "UPDATE"]) {
            return Ok(Some(on));
        }
        from = on + 1;
    }
    Ok(None)
}

fn body(source: Source<'_>, layout: &Layout, first: usize, end: usize) -> Clear<Body> {
    if source.is_any(first, &["VALUES", "VALUE"]) {
        return rows(source, layout, first + 1, end);
    }
    if source.is_word(first, "SET") {
        return set(source, layout, first, end);
    }
    if source.is_any(first, &["SELECT", "WITH", "TABLE"]) || source.is_punct(first, b'(') {
        return Ok(Body {
            source: InsertSource::Rows(Vec::new()),
            columns: None,
            query: Some((first, end)),
            expressions: Vec::new(),
            end,
        });
    }
    Err(Unclear::Syntax { token: first })
}

fn rows(source: Source<'_>, layout: &Layout, first: usize, end: usize) -> Clear<Body> {
    let mut rows = Vec::new();
    let mut expressions = Vec::new();
    let mut at = first;
    loop {
        if source.is_word(at, "ROW") {
            at += 1;
        }
        if !source.is_punct(at, b'(') {
            return Err(Unclear::Syntax { token: at });
        }
        let close = layout.partner(at)?;
        rows.push(row(source, layout, at, close, &mut expressions)?);
        at = close + 1;
        if at >= end || !source.is_punct(at, b',') {
            break;
        }
        at += 1;
    }
    Ok(Body {
        source: InsertSource::Rows(rows),
        columns: None,
        query: None,
        expressions,
        end: at,
    })
}

fn row(
    source: Source<'_>,
    layout: &Layout,
    open: usize,
    close: usize,
    expressions: &mut Vec<(usize, usize)>,
) -> Clear<Row> {
    let mut values = Vec::new();
    let is_read = for_each_element(source, layout, open, close, |first, end| {
        let (Ok(first_token), Ok(last_token)) =
            (token_index(first), token_index(end.saturating_sub(1)))
        else {
            return false;
        };
        let value = operand(source, layout, first, end);
        if value == Operand::Expression && may_hold_names(source, first, end) {
            expressions.push((first, end));
        }
        values.push((value, first_token, last_token));
        first < end
    });
    if !is_read {
        return Err(Unclear::Syntax { token: open });
    }
    Ok(Row {
        open_token: token_index(open)?,
        close_token: token_index(close)?,
        values,
    })
}

/// `SET a = 1, b = 2`
fn set(source: Source<'_>, layout: &Layout, first: usize, end: usize) -> Clear<Body> {
    // the row alias of MySQL stands behind the values
    let alias = find_word(source, layout, first, end, &["AS"])?.unwrap_or(end);
    let written = assignments(source, layout, first + 1, alias)?;
    let mut values = Vec::with_capacity(written.len());
    for written in &written {
        values.push((
            written.value,
            token_index(written.first)?,
            token_index(written.end - 1)?,
        ));
    }
    let close_token = token_index(alias - 1)?;
    let expressions = written
        .iter()
        .filter(|written| is_open(source, written))
        .map(range_of)
        .collect();
    Ok(Body {
        source: InsertSource::Set(Row {
            open_token: token_index(first)?,
            close_token,
            values,
        }),
        columns: Some(written.into_iter().map(|written| written.column).collect()),
        query: None,
        expressions,
        end: alias,
    })
}

/// `AS alias [(columns)]`, up to `end`.
fn row_alias(source: Source<'_>, layout: &Layout, first: usize, end: usize) -> Clear<RowAlias> {
    if first == end {
        return Ok(RowAlias::default());
    }
    if !source.is_word(first, "AS") || !source.is_name(first + 1) {
        return Err(Unclear::Syntax { token: first });
    }
    let mut alias = RowAlias {
        name: Some(first + 1),
        columns: Vec::new(),
    };
    let mut next = first + 2;
    if source.is_punct(next, b'(') {
        let close = layout.partner(next)?;
        alias.columns = columns(source, next, close)?
            .into_iter()
            .filter_map(|parts| parts.last().copied())
            .collect();
        next = close + 1;
    }
    if next == end {
        Ok(alias)
    } else {
        Err(Unclear::Syntax { token: next })
    }
}

fn is_open(source: Source<'_>, written: &Written) -> bool {
    written.value == Operand::Expression && may_hold_names(source, written.first, written.end)
}

fn range_of(written: &Written) -> (usize, usize) {
    (written.first, written.end)
}

/// A sub-query or a qualifier may stand in the tokens `first..end`.
fn may_hold_names(source: Source<'_>, first: usize, end: usize) -> bool {
    (first..end).any(|at| {
        source.is_punct(at, b'.')
            || source.is_any(at, &["SELECT", "TABLE", "VALUES", "WITH", "FROM"])
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

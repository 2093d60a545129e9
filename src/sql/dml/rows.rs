//! The parts of an INSERT as tokens: head, rows or SET, row alias. Linear in the number of tokens.

use super::assignment::{Written, assignments, find_word};
use super::layout::Layout;
use super::operand::{for_each_element, operand};
use super::skip::names;
use super::source::{Clear, Source, Unclear, token_index};
use crate::sql::statement::{InsertSource, Operand, Row};

/// What stands before the rows.
pub(super) struct Head {
    /// REPLACE
    pub(super) is_replace: bool,
    /// IGNORE
    pub(super) is_ignore: bool,
    /// Parts of the table's name.
    pub(super) table: Vec<usize>,
    /// Parts of each column's name.
    pub(super) columns: Option<Vec<Vec<usize>>>,
    /// Its parentheses.
    pub(super) column_list: Option<(usize, usize)>,
    /// First token of the rows, SET or query.
    pub(super) body: usize,
}

/// Rows or query, as read from the tokens.
pub(super) struct Body {
    /// Rows, or none yet for a query.
    pub(super) source: InsertSource,
    /// Columns of SET.
    pub(super) columns: Option<Vec<Vec<usize>>>,
    /// First token and the one behind the last of INSERT's query.
    pub(super) query: Option<(usize, usize)>,
    /// Expressions that may hold a sub-query or qualifier.
    pub(super) expressions: Vec<(usize, usize)>,
    /// Behind it.
    pub(super) end: usize,
}

/// Alias and column aliases of the new row.
#[derive(Default)]
pub(super) struct RowAlias {
    /// Its name.
    pub(super) name: Option<usize>,
    /// Names of its columns.
    pub(super) columns: Vec<usize>,
}

/// `INSERT [modifiers] [INTO] table [PARTITION (...)] [(columns)]`
pub(super) fn head(source: Source<'_>, layout: &Layout) -> Clear<Head> {
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
pub(super) fn duplicate_clause(
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

/// Rows, SET or the tokens of the query between `first` and `end`.
pub(super) fn body(source: Source<'_>, layout: &Layout, first: usize, end: usize) -> Clear<Body> {
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
pub(super) fn row_alias(
    source: Source<'_>,
    layout: &Layout,
    first: usize,
    end: usize,
) -> Clear<RowAlias> {
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

/// The value must be walked.
pub(super) fn is_open(source: Source<'_>, written: &Written) -> bool {
    written.value == Operand::Expression && may_hold_names(source, written.first, written.end)
}

/// The tokens of the value.
pub(super) fn range_of(written: &Written) -> (usize, usize) {
    (written.first, written.end)
}

/// A sub-query or a qualifier may stand in the tokens `first..end`.
fn may_hold_names(source: Source<'_>, first: usize, end: usize) -> bool {
    (first..end).any(|at| {
        source.is_punct(at, b'.')
            || source.is_any(at, &["SELECT", "TABLE", "VALUES", "WITH", "FROM"])
    })
}

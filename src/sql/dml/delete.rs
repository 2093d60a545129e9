//! DELETE: its tables and conditions are those of `SELECT 1 FROM tables WHERE ...`.

use super::adapt::Adapter;
use super::assignment::find_word;
use super::layout::Layout;
use super::scope::Owner;
use super::source::{Clear, Source, Unclear};
use super::statement::Shape;
use super::walk::Walk;
use crate::sql::statement::{BlockKind, Delete, Kind, Usage};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

/// Where the parts of a DELETE stand.
struct Parts {
    /// Names of the targets, if it is of several tables.
    targets: Option<(usize, usize)>,
    /// Table references.
    tables: (usize, usize),
    /// WHERE, ORDER BY, LIMIT.
    tail: (usize, usize),
    /// The expressions of RETURNING.
    returning: Option<(usize, usize)>,
}

/// Reads the DELETE at token `verb`; what stands before it is its WITH.
pub(super) fn delete(source: Source<'_>, layout: &Layout, verb: usize) -> Clear<Shape> {
    let parts = parts(source, layout, verb)?;
    let mut adapter = Adapter::new(source, layout);
    adapter.copy(source.first, verb)?;
    adapter.stream().glue(Keyword::SELECT);
    adapter.stream().value(verb);
    if let Some((first, end)) = parts.returning {
        adapter.stream().glue_token(Token::Comma);
        adapter.copy(first, end)?;
    }
    adapter.stream().glue(Keyword::FROM);
    adapter.copy(parts.tables.0, parts.tables.1)?;
    adapter.copy(parts.tail.0, parts.tail.1)?;
    let query = adapter.into_stream().parse()?;
    let mut walk = Walk::new(source, layout);
    walk.query(&query, BlockKind::Root, None, None)?;
    let mut targets = match parts.targets {
        Some((first, end)) => named_targets(&mut walk, first, end)?,
        None => vec![only_table(&mut walk)?],
    };
    for &target in &targets {
        if let Some(table) = walk.tables.get_mut(usize::from(target)) {
            table.usage = Usage::Write;
        }
    }
    Shape::of(walk, |order, blocks| {
        targets.iter_mut().for_each(|target| order.table(target));
        Kind::Delete(Delete { targets, blocks })
    })
}

fn parts(source: Source<'_>, layout: &Layout, verb: usize) -> Clear<Parts> {
    let mut at = verb + 1;
    while source.is_any(at, &["LOW_PRIORITY", "QUICK", "IGNORE"]) {
        at += 1;
    }
    let returning = find_word(source, layout, at, source.end, &["RETURNING"])?;
    let end = returning.unwrap_or(source.end);
    let tail = find_word(source, layout, at, end, &["WHERE", "ORDER", "LIMIT"])?.unwrap_or(end);
    let from = find_word(source, layout, at, tail, &["FROM"])?
        .ok_or(Unclear::Construct("DELETE without FROM"))?;
    let using = find_using(source, layout, from + 1, tail)?;
    let (targets, tables) = match (from == at, using) {
        (false, _) => (Some((at, from)), (from + 1, tail)),
        (true, Some(using)) => (Some((from + 1, using)), (using + 1, tail)),
        (true, None) => (None, (from + 1, tail)),
    };
    let returning = returning.map(|returning| (returning + 1, source.end));
    Ok(Parts {
        targets,
        tables,
        tail: (tail, end),
        returning,
    })
}

/// The USING of `DELETE FROM t USING ...`, not that of a join: only names, dots and commas stand before it.
fn find_using(
    source: Source<'_>,
    layout: &Layout,
    first: usize,
    end: usize,
) -> Clear<Option<usize>> {
    let Some(using) = find_word(source, layout, first, end, &["USING"])? else {
        return Ok(None);
    };
    let is_list = (first..using)
        .all(|at| !source.is_any(at, &["JOIN", "STRAIGHT_JOIN"]) && !source.is_punct(at, b'('));
    Ok((is_list && !source.is_punct(using + 1, b'(')).then_some(using))
}

/// `t1, t2.*, s.t3`: names of factors of the statement.
fn named_targets(walk: &mut Walk<'_>, first: usize, end: usize) -> Clear<Vec<u16>> {
    let source = walk.source;
    let mut targets = Vec::new();
    let mut at = first;
    loop {
        let (name, next) = target(source, at)?;
        let mut parts = name.clone();
        // the target stands where a qualifier would
        parts.push(at);
        match walk.qualifier(&parts, 0)? {
            Some(Owner::Table(table)) => targets.push(table),
            _ => return Err(Unclear::Construct("a target of DELETE that no table has")),
        }
        if next == end {
            return Ok(targets);
        }
        if !source.is_punct(next, b',') {
            return Err(Unclear::Syntax { token: next });
        }
        at = next + 1;
    }
}

/// The name at `first` without its `.*`, and the token behind it.
fn target(source: Source<'_>, first: usize) -> Clear<(Vec<usize>, usize)> {
    let mut name = vec![first];
    let mut at = first + 1;
    if source.is_punct(at, b'.') && source.is_name(at + 1) {
        name.push(at + 1);
        at += 2;
    }
    if source.is_punct(at, b'.') && source.is_punct(at + 1, b'*') {
        at += 2;
    }
    if source.is_name(first) {
        Ok((name, at))
    } else {
        Err(Unclear::Syntax { token: first })
    }
}

/// The table of a DELETE from one: MariaDB takes no alias there.
fn only_table(walk: &mut Walk<'_>) -> Clear<u16> {
    let mut direct = walk
        .tables
        .iter_mut()
        .enumerate()
        .filter(|(_, table)| table.block == 0);
    let (Some((index, table)), None) = (direct.next(), direct.next()) else {
        return Err(Unclear::Construct(
            "DELETE from several tables without naming the target",
        ));
    };
    table.takes_alias = false;
    u16::try_from(index).map_err(|_| Unclear::Construct("DELETE"))
}
